import { type Command, Option } from "commander";
import type { CellName } from "../cells/index";
import { InputError } from "../errors";
import { evaluateTask } from "../evaluate";
import { type ModelFile, readValues, repeatRows, statesOf, stateTensors, type Values } from "../files/model_file";
import { floatTensor, writeSafetensors } from "../files/safetensors";
import { adapterName } from "../gpu/device";
import { parameterShape } from "../model";
import type { TrainModel } from "../train_model";
import { openDevice } from "./device";
import { type IO, tell } from "./io";
import { addCommonOptions, type CommonOptions, cellOption, profileOption, whole } from "./options";
import { openOutputs } from "./outputs";
import { createProgress } from "./progress";
import { readModel, readSequences } from "./read";

export interface EvaluateCommandOptions extends CommonOptions {
  readonly loss: "bce" | "mse";
  readonly firstStep: number;
  readonly data?: string;
  readonly readout?: "activation" | "pre-activation";
  readonly gradient?: string;
  readonly prefix?: string;
  readonly cell?: CellName;
}

/** Adds `floss evaluate`. */
export function addEvaluate(program: Command, io: IO, done: (code: number) => void): void {
  const command = program
    .command("evaluate")
    .description("loss and accuracy of a network's readout on its sequences")
    .argument("<MODEL>", "safetensors file with a network, readout.weight and readout.bias, and x, y")
    .addOption(new Option("--loss <kind>", "logit binary cross-entropy, or mean squared error").choices(["bce", "mse"]).makeOptionMandatory())
    .requiredOption("--first-step <n>", "first counted step, from 0", whole(0))
    .option("--data <file>", "safetensors file with x [B, T, S] and y [B, T, R], in place of the model's own")
    .addOption(
      new Option("--readout <kind>", "what the readout sees (default: activation; pre-activation for checkpoints that were trained so)").choices([
        "activation",
        "pre-activation",
      ]),
    )
    .option("--gradient <file>", "write the gradient of the loss, as safetensors")
    .option("--prefix <text>", "which network, where the file has several: the text before weight_ih_l0")
    .addOption(cellOption())
    .addOption(profileOption())
    .addHelpText("after", "\nExample:\n  floss evaluate model.safetensors --loss bce --first-step 40 --json");
  addCommonOptions(command).action(async (path: string, options: EvaluateCommandOptions) => done(await evaluate(path, options, io)));
}

/** `floss evaluate MODEL`. @returns the exit code */
async function evaluate(path: string, options: EvaluateCommandOptions, io: IO): Promise<number> {
  const { prefix, cell } = options;
  const source = readModel(path, { prefix, cell });
  const notes = [...source.notes];
  const { x, y } = sequencesOf(source, path, options, notes);
  const [B, T] = x.shape;
  const { model, readout } = withReadout(source, path, B, options, notes);
  const { files, discard } = await openOutputs({ gradient: options.gradient });
  const progress = createProgress(io, { quiet: options.quiet });
  let device: GPUDevice | undefined;
  try {
    tell(notes, "note", options, io);
    if (options.firstStep >= T) throw new InputError(`--first-step ${options.firstStep}: must be 0 to ${T - 1}, below the ${T} steps`);
    device = await openDevice(options, io);
    const { loss, firstStep, profile } = options;
    const how = { loss, firstStep, readout, onProgress: progress.on, ...(profile && { profile }) };
    const [result] = await evaluateTask(device, [model], { B, T }, () => ({ x: x.data, y: y.data }), how);
    progress.stop();
    files.gradient?.commit(gradientFile(result.gradient, model, source, B));
    const accuracy = loss === "bce" ? { accuracy: result.accuracy } : {};
    const summary = {
      cell: model.cell,
      hidden: model.hidden,
      batch: B,
      steps: T,
      first_step: firstStep,
      loss: result.loss,
      ...accuracy,
      adapter: adapterName(device),
    };
    io.stdout(options.json ? `${JSON.stringify(summary)}\n` : text(summary, options));
    return 0;
  } finally {
    progress.stop();
    discard();
    device?.destroy();
  }
}

function text({ loss, accuracy }: { loss: number; accuracy?: number }, { loss: kind }: EvaluateCommandOptions): string {
  const right = accuracy === undefined ? "" : `, accuracy ${(100 * accuracy).toFixed(2)} %`;
  return `loss (${kind}) ${loss.toPrecision(7)}${right}\n`;
}

/** x and y with their batch, from --data or the model. */
function sequencesOf(source: ModelFile, path: string, options: EvaluateCommandOptions, notes: string[]): { x: Values; y: Values } {
  const own = () => {
    const y = readValues(source.file.tensors, source.file.tensors.has(`${source.prefix}y`) ? `${source.prefix}y` : "y", path, notes);
    if (!source.x || !y) throw new InputError(`${path} has no ${source.x ? "y" : "x"}: give x and y with --data`);
    return { x: source.x, y };
  };
  const { x, y } = options.data === undefined ? own() : readSequences(options.data, notes);
  const place = options.data ?? path;
  const [xs, ys] = [x, y].map(({ shape, data }) => ({ shape: shape.length === 2 ? [1, ...shape] : shape, data }));
  if (xs.shape.length !== 3 || xs.shape[2] !== source.model.inputs)
    throw new InputError(`${place}: x is [${x.shape.join(", ")}], the network needs [B, T, ${source.model.inputs}]`);
  if (ys.shape.length !== 3 || ys.shape[0] !== xs.shape[0] || ys.shape[1] !== xs.shape[1])
    throw new InputError(`${place}: y is [${y.shape.join(", ")}], it must be [B, T, R] with B and T of x, [${xs.shape.slice(0, 2).join(", ")}]`);
  return { x: xs, y: ys };
}

function withReadout(source: ModelFile, path: string, B: number, options: EvaluateCommandOptions, notes: string[]) {
  const { model, prefix, file } = source;
  const read = (name: string) => readValues(file.tensors, file.tensors.has(prefix + name) ? prefix + name : name, path, notes);
  const weight = read("readout.weight");
  if (weight?.shape.length !== 2 || weight.shape[1] !== model.hidden)
    throw new InputError(`${path}: readout.weight is ${weight ? `[${weight.shape.join(", ")}]` : "missing"}, it must be [R, ${model.hidden}]`);
  const bias = read("readout.bias") ?? { shape: [weight.shape[0]], data: new Float32Array(weight.shape[0]) };
  if (bias.shape.length !== 1 || bias.shape[0] !== weight.shape[0])
    throw new InputError(`${path}: readout.bias is [${bias.shape.join(", ")}], it must be [${weight.shape[0]}] as readout.weight has rows`);
  const start = read("start");
  const readout = options.readout ?? (start ? "pre-activation" : "activation");
  const states = readout === "activation" ? statesOf(source, B, path) : repeatRows(start, B, model.hidden, `${path}: start`);
  const trained: TrainModel = { ...model, readoutWeight: weight.data, readoutBias: bias.data, start: states };
  return { model: trained, readout };
}

function gradientFile(
  gradient: Awaited<ReturnType<typeof evaluateTask>>[number]["gradient"],
  model: TrainModel,
  { prefix, present }: ModelFile,
  B: number,
): Uint8Array {
  const R = model.readoutBias.length;
  const tensors = [
    ...present.map((name) => [prefix + name, floatTensor(gradient[name], parameterShape(model, name))] as const),
    ["readout.weight", floatTensor(gradient["readout.weight"], [R, model.hidden])] as const,
    ["readout.bias", floatTensor(gradient["readout.bias"], [R])] as const,
    ...stateTensors(model, gradient.h0, B),
  ];
  return writeSafetensors(new Map(tensors));
}
