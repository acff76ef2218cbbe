import { type Command, InvalidArgumentError, Option } from "commander";
import { type CellName, cellNames } from "../cells/index";
import type { Profile } from "../gpu/device";
import { type Initialisation, type InputKind, initialisations } from "../initialise";
import type { Steps } from "../kernels/schedule";

/** Options of every command. */
export interface CommonOptions {
  readonly adapter?: string;
  readonly quiet?: boolean;
  readonly json?: boolean;
  readonly profile?: Profile;
  /** False with --no-tuned. */
  readonly tuned?: boolean;
  readonly seed: number;
  readonly seedNetwork?: number;
  readonly seedState?: number;
  readonly seedInput?: number;
  readonly seedFrame?: number;
}

/** Options of commands that walk a network along inputs. */
export interface WalkOptions {
  readonly k?: number;
  readonly warmup: number;
  readonly interval: number | "auto";
  readonly schedule?: Steps;
  readonly target: number | readonly number[];
  readonly input?: string;
  readonly inputKind?: InputKind;
  readonly steps?: number;
  readonly batch?: number;
  readonly prefix?: string;
  readonly cell?: CellName;
  readonly hidden?: number;
  readonly inputs?: number;
  readonly gain?: GainRange;
  readonly init?: Initialisation;
  readonly forgetBias?: number;
}

/** Gains are drawn uniformly from low to high. */
export interface GainRange {
  readonly low: number;
  readonly high: number;
}

/** The four seeds of a run. */
export interface Seeds {
  readonly network: number;
  readonly state: number;
  readonly input: number;
  readonly frame: number;
}

/** `--seed` sets all four, the others override. */
export function seedsOf(options: CommonOptions): Seeds {
  const { seed, seedNetwork = seed, seedState = seed, seedInput = seed, seedFrame = seed } = options;
  return { network: seedNetwork, state: seedState, input: seedInput, frame: seedFrame };
}

/** A finite number as people write it; hexadecimal, empty and infinite ones are refused. */
function finite(text: string): number | undefined {
  if (!/^[+-]?(\d+\.?\d*|\.\d+)(e[+-]?\d+)?$/i.test(text.trim())) return undefined;
  const value = Number(text);
  return Number.isFinite(value) ? value : undefined;
}

/** A parser of whole numbers of at least `least`. */
export function whole(least: number): (text: string) => number {
  return (text) => {
    const value = /^\+?\d+$/.test(text.trim()) ? Number(text) : Number.NaN;
    if (!Number.isSafeInteger(value) || value < least)
      throw new InvalidArgumentError(`Give a whole number from ${least} to ${Number.MAX_SAFE_INTEGER}.`);
    return value;
  };
}

/** Parses `--lr`: one learning rate, or one for each network. */
export function learningRates(text: string): number | number[] {
  const values = text.split(",").map(finite);
  if (!values.every((value) => value !== undefined && value > 0))
    throw new InvalidArgumentError("Give a number above 0, such as 0.001, or one for each network.");
  return values.length === 1 ? (values[0] as number) : (values as number[]);
}

/** Parses `--interval`. */
export function interval(text: string): number | "auto" {
  if (text === "auto") return text;
  const value = /^\d+$/.test(text) ? Number(text) : 0;
  if (!Number.isSafeInteger(value) || value < 1) throw new InvalidArgumentError("Give a whole number of at least 1, or auto.");
  return value;
}

/** Parses `--target`: one number, or one for each exponent. */
export function targets(text: string): number | number[] {
  const values = text.split(",").map(finite);
  if (values.some((value) => value === undefined)) throw new InvalidArgumentError("Give a number such as -0.5, or k numbers as in -0.5,-0.2.");
  return values.length === 1 ? (values[0] as number) : (values as number[]);
}

/** Parses `--gain`: g, or a range a..b. */
export function gain(text: string): GainRange {
  const parts = text.split("..").map(finite);
  const [low, high = low] = parts;
  if (parts.length > 2 || low === undefined || high === undefined || parts.includes(undefined) || low > high)
    throw new InvalidArgumentError("Give a number such as 1, or a range as in 0..1.");
  return { low, high };
}

const trainable = ["input", "recurrent", "bias"] as const;
export type Trainable = (typeof trainable)[number];

/** Parses `--train-parameters`. */
export function trainList(text: string): Trainable[] {
  const names = text.split(",").map((name) => name.trim());
  if (!names.every((name): name is Trainable => (trainable as readonly string[]).includes(name)))
    throw new InvalidArgumentError(`Give a list of ${trainable.join(", ")}.`);
  return names;
}

/** A parser of finite numbers. */
export function number(text: string): number {
  const value = finite(text);
  if (value === undefined) throw new InvalidArgumentError("Give a number such as 1 or -0.5.");
  return value;
}

export function cellOption(): Option {
  return new Option("--cell <name>", "cell of a random network (default: rnn), or of a file that cannot say").choices(cellNames);
}

export function adapterOption(): Option {
  return new Option("--adapter <name>", "part of the adapter's name, or 'software'").env("FLOSS_ADAPTER");
}

export function profileOption(): Option {
  return new Option("--profile <name>", "kernels for CPUs or for GPUs (default: what suits the adapter)").choices(["cpu", "gpu"]);
}

export function tunedOption(): Option {
  return new Option("--no-tuned", "leave out the shape that floss tune found for this size");
}

export function scheduleOption(): Option {
  return new Option(
    "--schedule <name>",
    "a dispatch for a chunk of steps, or for each stage of a step: for large networks (default: by sizes); no result depends on it",
  ).choices(["fused", "stepwise"]);
}

/** Adds what says which size is timed. */
export function addSizeOptions(command: Command): Command {
  return command
    .addOption(new Option("--cell <name>", "cell (default: rnn)").choices(cellNames))
    .option("--hidden <n>", "units (default: 80)", whole(1))
    .option("--k <n>", "flossing, spectrum: exponents (default: 75, or --hidden)", whole(1))
    .option("--steps <n>", "time steps (default: 300)", whole(1))
    .option("--batch <n>", "trajectories, or sequences in training (default: 1, 16)", whole(1))
    .option("--networks <n>", "networks together, all different (default: 1)", whole(1))
    .option("--delay <n>", "training: steps after which bits are copied (default: 40)", whole(1));
}

/** Adds the options of every command. */
export function addCommonOptions(command: Command): Command {
  return command
    .addOption(adapterOption())
    .option("--json", "print the results as one JSON object on one line")
    .option("--quiet", "no progress and notes on stderr")
    .option("--seed <n>", "sets all four seeds", whole(0), 0)
    .option("--seed-network <n>", "seed of random weights", whole(0))
    .option("--seed-state <n>", "seed of random initial states", whole(0))
    .option("--seed-input <n>", "seed of random inputs", whole(0))
    .option("--seed-frame <n>", "seed of the initial tangent vectors", whole(0));
}

/** Adds the options of commands that walk a network. */
export function addWalkOptions(command: Command): Command {
  return command
    .option("--warmup <n>", "steps that align the tangent vectors and are not counted", whole(0), 0)
    .option("--interval <n|auto>", "steps between orthonormalisations", interval, "auto")
    .addOption(scheduleOption())
    .option("--target <x[,x...]>", "target of every exponent, or of each, in nats per step", targets, 0)
    .option("--input <file>", "inputs [B, T, S] or [T, S], .safetensors or .npy")
    .addOption(new Option("--input-kind <kind>", "random inputs, drawn anew each epoch; needs --steps").choices(["bernoulli", "gaussian", "none"]))
    .option("--steps <n>", "time steps (default: all that the input has)", whole(1))
    .option("--batch <n>", "trajectories of each network (default: what the input has, or 1)", whole(1))
    .option("--prefix <text>", "which network, where the file has several: the text before weight_ih_l0")
    .addOption(cellOption())
    .option("--hidden <n>", "without MODEL: units of a random network", whole(1))
    .option("--inputs <n>", "without MODEL: inputs of a random network (default: 1)", whole(1))
    .option("--gain <g|a..b>", "without MODEL: gain g of the recurrent weights (default: 1)", gain)
    .addOption(new Option("--init <kind>", "without MODEL: how recurrent weights are drawn (default: gaussian)").choices(initialisations))
    .option("--forget-bias <x>", "without MODEL: bias added to an LSTM's forget gate (default: 0)", number)
    .addOption(profileOption())
    .addOption(tunedOption());
}
