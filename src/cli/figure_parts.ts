import { existsSync } from "node:fs";
import { join } from "node:path";
import type { Part, Workplace } from "../experiments/experiment";
import type { TrainedRun } from "../experiments/training_runs";
import { makeFolder, readText, seedFolder } from "../files/run_folder";
import { adapterName } from "../gpu/device";
import { type PartFile, readPart, writePart } from "./figure_files";
import type { IO } from "./io";
import type { CommonOptions } from "./options";
import { openFolder, trainInto } from "./train";
import { readTrainConfig, type TrainConfig } from "./train_config";
import { linesIn } from "./train_files";
import { trainSetup } from "./train_setup";

/** Where parts are computed, and what their runs are told with. */
export interface PartPlace {
  readonly folder: string;
  readonly device: GPUDevice;
  readonly signal: AbortSignal;
  readonly options: Pick<CommonOptions, "quiet" | "profile">;
  readonly io: IO;
}

/** A part's result where it is done: of the file, or of the training run's folder. */
export function donePart(folder: string, part: Part): PartFile | undefined {
  if (part.kind === "compute") return readPart(folder, part.key);
  const run = runFolder(folder, part);
  const config = configOf(part);
  if (!config.seeds.every((seed) => existsSync(join(seedFolder(run, seed), "summary.json")))) return undefined;
  openFolder(run, config, true);
  return trainedPart(run, config);
}

/** Computes a part and keeps it. @throws the signal's reason where it is ended before */
export async function computePart(part: Part, place: PartPlace): Promise<PartFile> {
  const { folder, device, signal } = place;
  if (part.kind === "train") return train(part, place);
  const start = performance.now();
  const told = partProgress(part.label, place);
  const { profile } = place.options;
  const work: Workplace = { device, profile, signal, progress: told.progress };
  try {
    const result = await part.run(work);
    const done = { seconds: Math.round(performance.now() - start) / 1000, adapter: adapterName(device), result };
    writePart(folder, part.key, done);
    return done;
  } finally {
    told.stop();
  }
}

function runFolder(folder: string, { key }: Part): string {
  return join(folder, "runs", key);
}

function configOf({ settings }: Extract<Part, { kind: "train" }>): TrainConfig {
  return readTrainConfig(undefined, settings, []);
}

async function train(part: Extract<Part, { kind: "train" }>, { folder, device, signal, options, io }: PartPlace): Promise<PartFile> {
  const config = configOf(part);
  const run = runFolder(folder, part);
  makeFolder(run);
  openFolder(run, config, true);
  await trainInto(run, config, trainSetup(config, []), { device, options: { ...options, tuned: false }, io, signal });
  signal.throwIfAborted();
  return trainedPart(run, config);
}

function trainedPart(run: string, { seeds }: TrainConfig): PartFile {
  const summary = JSON.parse(readText(join(seedFolder(run, seeds[0]), "summary.json")) ?? "{}") as { seconds: number; adapter: string };
  const result: TrainedRun = {
    seeds: seeds.map((seed) => ({ seed, lines: linesIn(seedFolder(run, seed)).filter(({ kind }) => kind === "measure") })),
  };
  return { seconds: summary.seconds, adapter: summary.adapter, result };
}

/** Milliseconds between two plain lines. */
const PLAIN_MS = 5000;

/** A line that is written over on a terminal, a plain one from time to time elsewhere. */
export function partProgress(label: string, { options, io }: Pick<PartPlace, "options" | "io">) {
  let last = performance.now();
  let shown = false;
  const progress = (done: number, total: number) => {
    const now = performance.now();
    if (options.quiet || now - last < (io.isTTY ? 100 : PLAIN_MS)) return;
    last = now;
    shown = true;
    io.stderr(io.isTTY ? `\r\x1b[K${label}: ${done} of ${total}` : `${label}: ${done} of ${total}\n`);
  };
  return { progress, stop: () => (shown && io.isTTY ? io.stderr("\r\x1b[K") : undefined) };
}
