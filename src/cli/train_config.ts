import { readFileSync } from "node:fs";
import { parse as parseYaml, stringify } from "yaml";
import { z } from "zod";
import { cellNames, cells } from "../cells/index";
import { InputError } from "../errors";
import { initialisations } from "../initialise";
import { taskNames } from "../tasks/index";

const count = (least: number) => z.int().min(least);
const positive = z.number().positive();

/** Everything that decides the numbers of a training run; the keys of its YAML file, and with - for _ the options. */
export const trainSchema = z
  .strictObject({
    task: z.enum([...taskNames, "file"]).describe(`what is learnt: ${taskNames.join(", ")} or file`),
    delay: count(1).optional().describe("the paper's d for copy and xor, the code's Δ for xor-tree"),
    depth: count(0).default(1).describe("depth h of xor-tree, which has 2^h taps"),
    reference_labels: z.boolean().default(false).describe("count the first step as the paper's code does: its label is a coin flip"),
    data: z.string().optional().describe("for the task file: safetensors with x [B, T, S] and y [B, T, R]"),
    loss: z.enum(["bce", "mse"]).optional().describe("for the task file"),
    first_step: count(0).optional().describe("for the task file: first counted step, from 0"),
    cell: z
      .enum(cellNames)
      .default("rnn")
      .describe(`cell: ${cellNames.join(", ")}`),
    hidden: count(1).default(80).describe("hidden units"),
    batch: count(1).default(16).describe("sequences of a batch"),
    steps: count(1).default(300).describe("steps of a sequence"),
    gain: z.number().default(1).describe("gain g of the recurrent weights"),
    init: z
      .enum(initialisations)
      .default("gaussian")
      .describe(`recurrent weights: ${initialisations.join(", ")}`),
    forget_bias: z.number().optional().describe("bias added to an LSTM's forget gate (default: 0)"),
    readout: z
      .enum(["pre-activation", "activation"])
      .optional()
      .describe("what the readout sees (default: the paper's code's pre-activation; of gated cells the activation)"),
    epochs: count(1).describe("Adam steps on the task"),
    lr: positive.default(0.001).describe("Adam's learning rate"),
    clip: z.number().min(0).default(0.03).describe("largest gradient norm; 0 is no limit"),
    clip_kind: z.enum(["tensor", "global"]).default("tensor").describe("what is limited: each tensor, or all together"),
    weight_decay: z.number().min(0).default(0).describe("AdamW's weight decay"),
    train_parameters: z
      .array(z.enum(["input", "recurrent", "bias", "readout", "start"]))
      .min(1)
      .default(["input", "recurrent", "bias", "readout", "start"])
      .describe("which the task trains"),
    k: count(1).optional().describe("exponents that are flossed and measured"),
    target: z.number().default(0).describe("target of the exponents, nats per step"),
    preflossing: count(0).default(0).describe("flossing steps before training"),
    floss_at: z.array(count(1)).default([]).describe("epochs before which networks are flossed again"),
    floss_every: count(1).optional().describe("floss again every so many epochs"),
    floss_times: count(1).optional().describe("at most so often, with floss_every"),
    floss_epochs: count(1).default(500).describe("flossing steps each time"),
    floss_steps: count(1).optional().describe("steps of the flossing window (default: min(55, steps))"),
    floss_warmup: count(0).optional().describe("of them, not counted (default: min(10 + n/10, n/2))"),
    floss_lr: positive.default(0.001).describe("Adam's learning rate for flossing"),
    floss_input: z.enum(["bernoulli", "gaussian", "none"]).default("bernoulli").describe("inputs of the flossing window"),
    interval: z
      .union([z.literal("auto"), count(1)])
      .default("auto")
      .describe("steps between orthonormalisations while flossing"),
    floss_continuous: positive.optional().describe("adds this times the flossing gradient in every epoch"),
    floss_when: z
      .enum(["gradient", "exponent"])
      .optional()
      .describe("floss where this leaves the band: norm of the gradient at the start, or first exponent"),
    floss_low: z.number().optional().describe("lower end of the band"),
    floss_high: z.number().optional().describe("upper end of the band"),
    floss_check_every: count(1).default(100).describe("epochs between looks at the band"),
    measure_every: count(0).default(100).describe("epochs between measurements on fresh sequences; 0: none"),
    checkpoint_every: count(1).default(100).describe("epochs between checkpoints"),
    seeds: z.array(count(0)).min(1).default([0]).describe("one network each, as in 0-4 or 0,3,7"),
    seed_network: count(0).optional().describe("seed of the weights of all networks"),
    seed_state: count(0).optional().describe("seed of the starts"),
    seed_input: count(0).optional().describe("seed of the sequences"),
    seed_frame: count(0).optional().describe("seed of the initial tangent vectors"),
  })
  .describe("floss train");

type Settings = z.infer<typeof trainSchema>;

/** Settings with what depends on other settings filled in. */
export type TrainConfig = Settings & { readonly readout: NonNullable<Settings["readout"]> };

/** Names of the paper's Julia code (paper.md section 1.2). */
const juliaNames: Readonly<Record<string, keyof TrainConfig>> = {
  ...{ N: "hidden", E: "epochs", Ef: "floss_every", Ei: "floss_epochs", Ep: "preflossing", Ni: "floss_times", B: "batch", T: "steps" },
  ...{ Tp: "floss_steps", sIC: "seed_state", sIn: "seed_input", sNet: "seed_network", sONS: "seed_frame", g: "gain", nLE: "k", Lwnt: "target" },
};

/** A config of the paper's code in our names; `notes` says what became what. @throws InputError where a name has two values */
function renamed(raw: Record<string, unknown>, notes: string[]): Record<string, unknown> {
  const result: Record<string, unknown> = {};
  const put = (key: string, value: unknown, from = key) => {
    if (key in result) throw new InputError(`the config gives ${key} twice (once as ${from}): keep one`);
    result[key] = value;
    if (from !== key) notes.push(`config: ${from} is ${key} here: ${value}`);
  };
  for (const [key, value] of Object.entries(raw)) {
    if (key === "task" && typeof value === "number") {
      put("task", value === 0 ? "copy" : "xor-tree", "task");
      notes.push(`config: task ${value} of the paper's code is ${value === 0 ? "copy" : `xor-tree of depth ${Math.abs(value)}`}`);
      if (value !== 0) put("depth", Math.abs(value), "task");
    } else if (key === "IC") put("init", value === 3 ? "orthogonal" : "gaussian", key);
    else put(juliaNames[key] ?? key, value, key);
  }
  // Ni = 0 flosses never again, Ep = 0 not before.
  if (result.floss_times === 0) {
    delete result.floss_times;
    delete result.floss_every;
  }
  return result;
}

/** Lists and numbers as people write them in an option. */
function fromOption(key: string, text: unknown): unknown {
  if (typeof text !== "string") return text;
  if (key === "seeds") return seedList(text);
  if (key === "floss_at" || key === "train_parameters") return text.split(",").map((part) => scalar(part.trim()));
  return scalar(text);
}

function scalar(text: string): unknown {
  return /^[+-]?(\d+\.?\d*|\.\d+)(e[+-]?\d+)?$/i.test(text) ? Number(text) : text;
}

/** 0-4, 3, or 0,2,5-7. */
function seedList(text: string): unknown {
  const parts = text.split(",").map((part) => /^\s*(\d+)\s*(?:-\s*(\d+)\s*)?$/.exec(part));
  if (parts.some((part) => !part)) return text;
  return parts.flatMap((part) => {
    const [first, last = first] = [part?.[1], part?.[2]].filter((value) => value !== undefined).map(Number);
    return Array.from({ length: Math.max(0, last - first + 1) }, (_, i) => first + i);
  });
}

/**
 * The config of a run from a YAML file and options, which win.
 * @param options by the schema's keys
 * @throws InputError with the key, the value and what is allowed
 */
export function readTrainConfig(path: string | undefined, options: Readonly<Record<string, unknown>>, notes: string[]): TrainConfig {
  const raw = path === undefined ? {} : renamed(readYaml(path), notes);
  if (typeof raw.seeds === "string" || typeof raw.seeds === "number") raw.seeds = seedList(String(raw.seeds));
  for (const [key, value] of Object.entries(options)) if (value !== undefined) raw[key] = fromOption(key, value);
  const result = trainSchema.safeParse(raw);
  if (!result.success) throw new InputError(explain(result.error.issues[0], raw));
  const { readout = cells[result.data.cell].closed ? "pre-activation" : "activation" } = result.data;
  const filled: TrainConfig = { ...result.data, readout };
  // In the schema's order, whatever was given: equal configs are equal texts.
  const config = Object.fromEntries(
    Object.keys(trainSchema.shape).flatMap((key) => (key in filled ? [[key, filled[key as keyof TrainConfig]]] : [])),
  ) as TrainConfig;
  checkTogether(config);
  return config;
}

function readYaml(path: string): Record<string, unknown> {
  let text: string;
  try {
    text = readFileSync(path, "utf8");
  } catch (error) {
    throw new InputError(`--config ${path} cannot be read (${(error as NodeJS.ErrnoException).code})`);
  }
  let value: unknown;
  try {
    value = parseYaml(text);
  } catch (error) {
    throw new InputError(`--config ${path}: ${(error as Error).message.split("\n")[0]}`);
  }
  if (typeof value !== "object" || value === null || Array.isArray(value))
    throw new InputError(`--config ${path}: must be a list of 'key: value' lines`);
  return value as Record<string, unknown>;
}

function explain(issue: z.core.$ZodIssue, raw: Readonly<Record<string, unknown>>): string {
  if (issue.code === "unrecognized_keys") return `there is no setting '${issue.keys[0]}': floss train --help has the list`;
  const [key] = issue.path;
  const value = raw[String(key)];
  if (value === undefined) return `${String(key)} is missing: give --${String(key).replaceAll("_", "-")}, or set it in the config`;
  return `${String(key)} = ${JSON.stringify(value)}: ${issue.message.replace(/^Invalid input: /, "")}`;
}

function checkTogether(config: TrainConfig): void {
  const { k, preflossing, floss_at, floss_every, floss_times, floss_continuous, floss_when, floss_low, floss_high } = config;
  const flosses = preflossing > 0 || floss_at.length > 0 || floss_every !== undefined || floss_continuous !== undefined || floss_when !== undefined;
  if (flosses && k === undefined) throw new InputError("k is missing: flossing needs the number of exponents, give --k");
  if (floss_times !== undefined && floss_every === undefined) throw new InputError("floss_times needs floss_every: give --floss-every");
  if (floss_when !== undefined && floss_low === undefined && floss_high === undefined)
    throw new InputError("floss_when needs a band: give --floss-low or --floss-high, or both");
  if (new Set(config.seeds).size < config.seeds.length) throw new InputError(`seeds = ${config.seeds.join(",")}: each only once`);
  const file = config.task === "file";
  if (file && config.data === undefined) throw new InputError("data is missing: the task file needs --data");
  for (const key of ["data", "loss", "first_step"] as const)
    if (!file && config[key] !== undefined)
      throw new InputError(`${key} is for the task file, the task is ${config.task}: leave --${key.replace("_", "-")} out`);
}

/** The config as YAML, every default filled in. */
export function configYaml(config: TrainConfig): string {
  return stringify(config);
}

/** JSON Schema of the config, for editors. */
export function configJsonSchema(): unknown {
  return z.toJSONSchema(trainSchema, { io: "input" });
}

/** Keys in which two configs differ. */
export function differences(a: Readonly<Record<string, unknown>>, b: Readonly<Record<string, unknown>>): string[] {
  const keys = new Set([...Object.keys(a), ...Object.keys(b)]);
  return [...keys].filter((key) => JSON.stringify(a[key]) !== JSON.stringify(b[key]));
}
