import { accessSync, constants } from "node:fs";
import { join } from "node:path";
import { InputError } from "../errors";
import { parameterTensors } from "../files/model_file";
import { makeFolders, openOutput } from "../files/output";
import { writeSafetensors } from "../files/safetensors";
import { createFlosser, type FlossEpoch, type Flosser, type FlossOptions } from "../flossing";
import { adapterName } from "../gpu/device";
import { randomFrame, randomModel, randomState } from "../initialise";
import type { FlossInputs } from "../inputs";
import type { Model } from "../model";
import type { FlossingPlotData } from "../plots/data";
import { writeFlossingPlot } from "../plots/write";
import { openDevice } from "./device";
import { listen } from "./interrupt";
import type { IO } from "./io";
import { type CommonOptions, type Seeds, seedsOf } from "./options";
import { createProgress } from "./progress";

/** The paper's network (N = 80, g = 1) on a shorter walk: half a minute on two cores without a GPU. Seeds 0 to 4 all end below 0.3 %. */
const experiment = { hidden: 80, inputs: 1, gain: 1, biasScale: 0.1, K: 40, T: 200, lr: 0.003, epochs: 500 } as const;

/** Inputs are drawn anew in each epoch, so the last value alone is partly luck. */
const AVERAGED = 20;

const folder = "quickstart";

/** Flosses the paper's network and writes plot, weights and metrics into `quickstart/`: what this package does, in a minute. */
export async function quickstart(options: Partial<CommonOptions>, io: IO): Promise<void> {
  prepareFolder();
  const { hidden, K, T, epochs } = experiment;
  const note = (text: string) => options.quiet || io.stderr(text);
  note(`Flossing a recurrent network of ${hidden} units: ${epochs} steps of Adam bring its first ${K} Lyapunov exponents to 0.\n`);
  const device = await openDevice(options, io);
  const adapter = adapterName(device);
  const start = performance.now();
  const { run, flossed, signal } = await floss(device, options, io).finally(() => device.destroy());
  const seconds = (performance.now() - start) / 1000;
  const written = await writeResults(run, flossed, `${hidden} units, g = 1, K = ${K}, T = ${T} steps, ${adapter}`, note);
  const summary = summarise(run);
  io.stdout(
    options.json
      ? `${JSON.stringify({ ...summary, epochs: run[run.length - 1].epoch, seconds, adapter, files: written })}\n`
      : report(run, summary, seconds) + whereAndNext(written),
  );
  signal.throwIfAborted();
}

function prepareFolder(): void {
  try {
    makeFolders(folder);
    accessSync(folder, constants.W_OK);
  } catch (error) {
    throw new InputError(`the folder ${folder} cannot be written here (${(error as NodeJS.ErrnoException).code}): change to another folder`);
  }
}

/** A line of `metrics.jsonl`, as `floss floss` writes it. */
interface Epoch {
  readonly epoch: number;
  readonly network: 0;
  readonly loss: number;
  readonly exponents: readonly number[];
  readonly interval: number;
  readonly time_s: number;
}

interface Flossed {
  readonly run: readonly Epoch[];
  readonly flossed: Model;
  /** Aborted where the run was interrupted: what there is, is saved before the command ends so. */
  readonly signal: AbortSignal;
}

async function floss(device: GPUDevice, options: Partial<CommonOptions>, io: IO): Promise<Flossed> {
  const { signal, stop } = listen();
  const progress = createProgress(io, { quiet: options.quiet, epochs: experiment.epochs });
  let flosser: Flosser | undefined;
  try {
    flosser = await createFlosser(device, ...problem(seedsOf({ seed: 0, ...options }), { signal, onProgress: progress.on }));
    const run: Epoch[] = [];
    const start = performance.now();
    for await (const item of flosser) {
      run.push(onlyNetwork(item, performance.now() - start));
      progress.epoch(item.epoch, item.loss[0]);
    }
    if (run.length === 0) signal.throwIfAborted();
    return { run, flossed: (await flosser.models())[0], signal };
  } finally {
    progress.stop();
    stop();
    flosser?.destroy();
  }
}

function problem(seeds: Seeds, more: Pick<FlossOptions, "signal" | "onProgress">): [Model[], FlossInputs, FlossOptions] {
  const { hidden, K, T, lr, epochs } = experiment;
  const train = ["weight_ih_l0", "weight_hh_l0", "bias_ih_l0"] as const;
  const inputs = {
    T,
    x: { kind: "bernoulli", seed: seeds.input },
    h0: randomState({ B: 1, D: hidden, seed: seeds.state }),
    q0: randomFrame(hidden, K, seeds.frame),
  } as const;
  return [[randomModel({ ...experiment, seed: seeds.network })], inputs, { k: K, epochs, lr, train, ...more }];
}

function onlyNetwork({ epoch, loss, exponents, interval }: FlossEpoch, time: number): Epoch {
  return { epoch, network: 0, loss: loss[0], exponents: Array.from(exponents[0][0]), interval: interval[0], time_s: Math.round(time) / 1000 };
}

interface Summary {
  readonly mean_square_before: number;
  readonly mean_square_after: number;
  /** Of the last epochs. */
  readonly mean_square_late: number;
}

function summarise(run: readonly Epoch[]): Summary {
  const late = run.slice(-AVERAGED);
  return {
    mean_square_before: run[0].loss,
    mean_square_after: run[run.length - 1].loss,
    mean_square_late: late.reduce((sum, { loss }) => sum + loss, 0) / late.length,
  };
}

const percent = (part: number, whole: number) => `${((100 * part) / whole).toPrecision(2)} %`;

function report(run: readonly Epoch[], { mean_square_before, mean_square_after, mean_square_late }: Summary, seconds: number): string {
  const before = run[0].exponents;
  const after = run[run.length - 1].exponents;
  const row = (name: string, ...cells: readonly string[]) => `  ${name.padEnd(12)}${cells.map((cell) => cell.padStart(10)).join("")}\n`;
  const { epoch } = run[run.length - 1];
  const start = epoch < experiment.epochs ? `Interrupted at epoch ${epoch} of ${experiment.epochs}: the` : "The";
  const shown = [1, 2, 5, 10, 15, 20, 25, 30, 35, experiment.K];
  return [
    `\nLyapunov exponents (nats per step), the first ${experiment.K} of ${experiment.hidden}:\n`,
    row("", "before", "after"),
    ...shown.map((i) => row(`exponent ${i}`, before[i - 1].toFixed(3), after[i - 1].toFixed(3))),
    row("mean square", mean_square_before.toFixed(5), mean_square_after.toFixed(5)),
    `\n${start} mean square fell to ${percent(mean_square_after, mean_square_before)} of what it was`,
    ` (mean of the last ${Math.min(AVERAGED, run.length)} epochs: ${percent(mean_square_late, mean_square_before)}) in ${seconds.toFixed(0)} s.\n`,
  ].join("");
}

async function writeResults(run: readonly Epoch[], flossed: Model, caption: string, note: (text: string) => void): Promise<string[]> {
  const path = (name: string) => join(folder, name);
  openOutput(path("metrics.jsonl")).commit(new TextEncoder().encode(run.map((epoch) => `${JSON.stringify(epoch)}\n`).join("")));
  openOutput(path("flossed.safetensors")).commit(writeSafetensors(new Map(parameterTensors(flossed, flossed.parameters))));
  const data = plotData(run, caption);
  await writeFlossingPlot(path("flossing.svg"), data);
  const written = ["flossing.svg", "flossed.safetensors", "metrics.jsonl"];
  try {
    await writeFlossingPlot(path("flossing.png"), data);
    written.splice(1, 0, "flossing.png");
  } catch (error) {
    if (!(error instanceof InputError)) throw error;
    note(`note: ${error.message}\n`);
  }
  return written.map(path);
}

function plotData(run: readonly Epoch[], sizes: string): FlossingPlotData {
  const first = run[0];
  const last = run[run.length - 1];
  const fall = `Mean square of the exponents ${first.loss.toPrecision(3)} before, ${last.loss.toPrecision(2)} after (${percent(last.loss, first.loss)}).`;
  const caption = `${fall} Vanilla RNN, ${sizes}; Adam, learning rate ${experiment.lr}, fresh Bernoulli(1/2) inputs in each epoch.`;
  return {
    title: "Gradient flossing drives the Lyapunov exponents to zero",
    caption,
    target: 0,
    before: first.exponents,
    after: last.exponents,
    epochs: run,
  };
}

function whereAndNext(written: readonly string[]): string {
  return [
    `\nWritten: ${written.join(", ")}\n`,
    "\nWhat to try next:\n",
    `  npx floss spectrum ${folder}/flossed.safetensors --input-kind bernoulli --steps 1000 --plot spectrum.png\n`,
    "  npx floss floss --hidden 64 --inputs 1 --gain 0.5 --k 32 --steps 100 --epochs 300 --lr 0.003 --plot mine.png -o mine.safetensors\n",
    "  npx floss spectrum --help        (your own network: save_file(rnn.state_dict(), …) in PyTorch)\n",
  ].join("");
}
