import { type CellName, cells } from "../cells/index";
import { InputError } from "../errors";
import { cellMetadata, type ModelFile, parameterTensors, writeModelFile } from "../files/model_file";
import type { Output } from "../files/output";
import { writeSafetensors } from "../files/safetensors";
import { createFlosser, type FlossEpoch, type Flosser } from "../flossing";
import { type Model, type ParameterName, trainedBiases } from "../model";
import { openDevice } from "./device";
import { type Setup, setUp } from "./inputs";
import { Interrupted, type Interruption, listen } from "./interrupt";
import { type IO, tell } from "./io";
import type { CommonOptions, Trainable, WalkOptions } from "./options";
import { drawPlot, type Outputs, openOutputs } from "./outputs";
import { createProgress } from "./progress";
import { tunedShape } from "./tuned";

export interface FlossCommandOptions extends CommonOptions, WalkOptions {
  readonly k: number;
  readonly epochs: number;
  readonly output: string;
  readonly lr: number | readonly number[];
  readonly networks: number;
  readonly trainParameters: readonly Trainable[];
  readonly metrics?: string;
  readonly plot?: string;
}

/** `floss floss [MODEL]`. @returns the exit code */
export async function floss(path: string | undefined, options: FlossCommandOptions, io: IO): Promise<number> {
  const setup = setUp(path, options, options.networks);
  const train = trained(setup.source, setup.models[0].cell, options.trainParameters);
  const { output, metrics, plot } = options;
  const { files, discard } = await openOutputs({ output, metrics, plot });
  const interruption = listen();
  let device: GPUDevice | undefined;
  try {
    tell(setup.notes, "note", options, io);
    device = await openDevice(options, io);
    return await flossOn(device, { setup, train, options, files, io, interruption });
  } finally {
    interruption.stop();
    discard();
    device?.destroy();
  }
}

interface Job {
  readonly setup: Setup;
  readonly train: readonly ParameterName[];
  readonly options: FlossCommandOptions;
  readonly files: Outputs<"output" | "metrics" | "plot">["files"];
  readonly io: IO;
  readonly interruption: Interruption;
}

async function flossOn(device: GPUDevice, job: Job): Promise<number> {
  const { setup, train, options, files, io, interruption } = job;
  const { models, B, T, k, x, h0, q0 } = setup;
  const { epochs, warmup, interval, target, lr, quiet, profile, schedule } = options;
  const [{ cell, hidden }] = models;
  const size = { kind: "flossing", cell, hidden, k, steps: T, batch: B, networks: models.length } as const;
  const { signal } = interruption;
  const progress = createProgress(io, { quiet, epochs });
  let flosser: Flosser | undefined;
  try {
    const shape = { ...(profile && { profile }), ...tunedShape(device, size, options, io), ...(schedule && { steps: schedule }) };
    const how = { k, warmup, interval, target, epochs, lr, train, signal, onProgress: progress.on, ...shape };
    flosser = await createFlosser(device, models, { B, T, x, h0, q0 }, how);
    const history = await iterate(flosser, job, progress.epoch);
    progress.stop();
    files.output?.commit(flossedFile(setup, await flosser.models()));
    const summary = summaryOf(history, options, flosser);
    io.stdout(options.json ? `${JSON.stringify(summary)}\n` : text(summary, options));
    if (signal.aborted) tell([`interrupted after ${summary.epochs} epochs; ${options.output} holds the network as it was then`], "note", options, io);
    if (history.epochs.length > 0) await writePlot(files.plot, history, job);
    return signal.reason instanceof Interrupted ? signal.reason.exitCode : 0;
  } finally {
    progress.stop();
    flosser?.destroy();
  }
}

/** What the summary and the plot need of every epoch: exponents are means over trajectories, [M][K]. */
interface History {
  readonly epochs: { readonly epoch: number; readonly loss: number[]; readonly exponents: number[][] }[];
  readonly seconds: number;
}

async function iterate(flosser: Flosser, { options, files }: Job, tellEpoch: (done: number, loss: number) => void): Promise<History> {
  const epochs: History["epochs"] = [];
  const start = performance.now();
  const seconds = () => Math.round(performance.now() - start) / 1000;
  try {
    for await (const item of flosser) {
      const exponents = item.exponents.map(meanRow);
      const loss = [...item.loss];
      // Long runs of many networks: only the plot needs what lies between the first and the last.
      if (!options.plot && epochs.length === 2) epochs.pop();
      epochs.push({ epoch: item.epoch, loss, exponents });
      files.metrics?.write(metricsLines(item, exponents, seconds()));
      tellEpoch(item.epoch, loss.reduce((sum, value) => sum + value, 0) / loss.length);
    }
  } finally {
    // What is known of a network that diverged helps to see why.
    files.metrics?.commit();
  }
  return { epochs, seconds: seconds() };
}

function metricsLines({ epoch, loss, interval }: FlossEpoch, exponents: number[][], time: number): Uint8Array {
  const lines = exponents.map((row, network) =>
    JSON.stringify({ epoch, network, loss: loss[network], exponents: row, interval: interval[network], time_s: time }),
  );
  return new TextEncoder().encode(`${lines.join("\n")}\n`);
}

/** Mean over rows. */
function meanRow(rows: readonly Float64Array[]): number[] {
  return Array.from(rows[0], (_, k) => rows.reduce((sum, row) => sum + row[k], 0) / rows.length);
}

/** Parameters that are trained: of those that a file has, or that a random network trains. */
function trained(source: ModelFile | undefined, cell: CellName, list: readonly Trainable[]): ParameterName[] {
  const names: Record<Trainable, readonly ParameterName[]> = {
    input: ["weight_ih_l0"],
    recurrent: ["weight_hh_l0"],
    bias: ["bias_ih_l0", "bias_hh_l0"],
  };
  const there: readonly ParameterName[] = source?.present ?? ["weight_ih_l0", "weight_hh_l0", ...trainedBiases(cell)];
  const train = [...new Set(list)].flatMap((name) => names[name]).filter((name) => there.includes(name));
  if (train.length === 0) throw new InputError(`--train-parameters ${list.join(",")}: the model has none of them, nothing would be trained`);
  return train;
}

/** One network under its names; several under `network_0.`, `network_1.`, … */
function flossedFile({ source }: Setup, models: readonly Model[]): Uint8Array {
  if (source && models.length === 1) return writeModelFile(source, models[0]);
  const { prefix = "", present, file } = source ?? {};
  const own = new Set(present?.map((name) => prefix + name));
  const others = [...(file?.tensors ?? [])].filter(([name]) => !own.has(name));
  const place = (m: number) => (models.length === 1 ? "" : `network_${m}.`);
  const networks = models.flatMap((model, m) => parameterTensors(model, model.parameters, present, place(m) + prefix));
  return writeSafetensors(new Map([...others, ...networks]), cellMetadata(models[0].cell, file?.metadata));
}

/** Of the first network. */
async function writePlot(place: Output | undefined, { epochs }: History, { setup, options, io }: Job): Promise<void> {
  const [{ cell, hidden }] = setup.models;
  const { k, target, networks } = options;
  const data = epochs.map(({ epoch, loss, exponents }) => ({ epoch, loss: loss[0], exponents: exponents[0] }));
  const which = networks > 1 ? `, network 0 of ${networks}` : "";
  const mean = setup.B > 1 ? `, mean of ${setup.B} trajectories` : "";
  const caption = `${cells[cell].title} with ${hidden} units, first ${k} exponents over ${setup.T} steps${mean}${which}`;
  const [before, after] = [data[0].exponents, data[data.length - 1].exponents];
  const title = "Gradient flossing";
  await drawPlot(place, io, (plots, path) => plots.writeFlossingPlot(path, { title, caption, target, before, after, epochs: data }));
}

type Summary = ReturnType<typeof summaryOf>;

function summaryOf({ epochs, seconds }: History, { k, networks, epochs: wanted }: FlossCommandOptions, { adapter, profile, schedule }: Flosser) {
  const [first, last] = [epochs[0], epochs[epochs.length - 1]];
  // Every epoch but the last measures, then updates: an interrupted run has one update more than its last epoch's number.
  const updates = last ? Math.min(last.epoch + 1, wanted) : 0;
  return {
    networks,
    k,
    epochs: updates,
    loss_before: first?.loss ?? [],
    loss_after: last?.loss ?? [],
    exponents_before: first?.exponents ?? [],
    exponents_after: last?.exponents ?? [],
    adapter,
    profile,
    schedule,
    seconds,
  };
}

/** For people. */
function text({ networks, epochs, seconds, ...summary }: Summary, { output }: FlossCommandOptions): string {
  const shown = Math.min(networks, 20);
  const lines = Array.from({ length: summary.loss_before.length ? shown : 0 }, (_, m) => {
    const [before, after] = [summary.exponents_before[m][0], summary.exponents_after[m][0]].map((value) => value.toFixed(4));
    const [from, to] = [summary.loss_before[m], summary.loss_after[m]].map((value) => value.toPrecision(4));
    return `${networks > 1 ? `network ${m}: ` : ""}loss ${from} -> ${to}, first exponent ${before} -> ${after}`;
  });
  const more = networks > shown ? [`… and ${networks - shown} more networks: see --json`] : [];
  return `${[...lines, ...more, `${epochs} epochs in ${seconds} s, written to ${output}`].join("\n")}\n`;
}
