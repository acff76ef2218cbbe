import { type Ceiling, higher, measureCeiling } from "../bench/ceiling";
import { type BenchOptions, type RoundTime, type StageTime, timeFlossing, timeSpectrum, timeStages } from "../bench/measure";
import { median } from "../bench/median";
import { type BenchRow, benchRows } from "../bench/rows";
import { timeTraining, timeTrainingStages } from "../bench/training";
import { type CellName, cells } from "../cells/index";
import { InputError } from "../errors";
import { adapterName, type Profile, profileFor } from "../gpu/device";
import type { Steps } from "../kernels/schedule";
import { findPython, type Peer, startPeers } from "./bench_peers";
import { openDevice } from "./device";
import type { IO } from "./io";
import type { CommonOptions } from "./options";
import { drawPlot, openOutputs } from "./outputs";
import { createProgress } from "./progress";
import { tunedShape } from "./tuned";

export interface BenchCommandOptions extends Pick<CommonOptions, "adapter" | "quiet" | "json" | "tuned"> {
  readonly cell?: CellName;
  readonly hidden?: number;
  readonly k?: number;
  readonly steps?: number;
  readonly batch?: number;
  readonly delay?: number;
  readonly networks?: number;
  readonly epochs?: number;
  readonly rounds: number;
  readonly interval?: number | "auto";
  readonly profile?: Profile;
  readonly schedule?: Steps;
  readonly compare?: "torch";
  readonly plot?: string;
}

/** What a row gave; times are milliseconds per epoch for all networks together. */
export interface BenchResult {
  readonly row: BenchRow;
  readonly interval: number;
  /** Of the walk; undefined for training. */
  readonly schedule: Steps | undefined;
  readonly ms_per_epoch: number;
  readonly ms_per_epoch_min: number;
  readonly compile_ms: number;
  readonly stages: readonly StageTime[];
  readonly peers: readonly { readonly name: string; readonly ms_per_epoch: number; readonly ms_per_epoch_min: number }[];
}

/** `floss bench [flossing|spectrum]`: one size, or without a kind the whole table. @returns the exit code */
export async function bench(kind: BenchRow["kind"] | undefined, options: BenchCommandOptions, io: IO): Promise<number> {
  const rows = kind === undefined ? wholeTable(options) : [oneRow(kind, options)];
  refuseIdle(kind, options);
  const python = options.compare === "torch" ? findPython() : undefined;
  if (options.compare === "torch" && python === undefined)
    io.stderr("note: no python3 with torch found, nothing to compare with; on Debian: apt-get install python3-torch libopenblas0-pthread\n");
  const { files, discard } = await openOutputs({ plot: options.plot });
  let device: GPUDevice | undefined;
  try {
    device = await openDevice(options, io);
    const results: BenchResult[] = [];
    const { tableText, rowText, jsonOf } = await import("./bench_text");
    let ceiling = await measureCeiling(device, options.profile);
    for (const row of rows) {
      const result = await race(device, row, python, options, io);
      results.push(result);
      ceiling = higher(ceiling, await measureCeiling(device, options.profile));
      if (!options.json) io.stdout(rowText(result, ceiling));
    }
    const about = { adapter: adapterName(device), profile: options.profile ?? profileFor(device), ceiling };
    if (options.json)
      io.stdout(
        `${JSON.stringify(kind === undefined ? { ...about, rows: results.map((result) => jsonOf(result, about)) } : jsonOf(results[0], about))}\n`,
      );
    else io.stdout(tableText(results, about));
    await drawPlot(files.plot, io, (plots, path) => plots.writeBenchPlot(path, plotOf(results, about.adapter)));
    return 0;
  } finally {
    discard();
    device?.destroy();
  }
}

const sizeOptions = ["cell", "hidden", "k", "steps", "batch", "networks", "delay"] as const;
export type SizeOption = (typeof sizeOptions)[number];

/** @throws InputError where a size is given */
export function wholeTable(options: Pick<BenchCommandOptions, SizeOption>): readonly BenchRow[] {
  for (const name of sizeOptions)
    if (options[name] !== undefined) throw new InputError(`--${name} is for one size: say which, flossing, training or spectrum`);
  return benchRows;
}

/** @throws InputError where an option is given that changes nothing for this kind of work */
function refuseIdle(kind: BenchRow["kind"] | undefined, { interval, schedule }: BenchCommandOptions): void {
  if (kind === "training" && interval !== undefined)
    throw new InputError(`--interval ${interval}: training orthonormalises nothing; leave --interval out`);
  if (kind === "training" && schedule !== undefined)
    throw new InputError(`--schedule ${schedule}: training has no such schedule; leave --schedule out`);
}

/** @throws InputError where sizes do not belong together */
export function oneRow(
  kind: BenchRow["kind"],
  {
    cell = "rnn",
    hidden = 80,
    k = kind === "training" ? 0 : Math.min(75, hidden),
    steps = 300,
    batch = kind === "training" ? 16 : 1,
    networks = 1,
    delay,
  }: Pick<BenchCommandOptions, SizeOption>,
): BenchRow {
  if (kind !== "training" && delay !== undefined) throw new InputError(`--delay ${delay}: ${kind} has no task; leave --delay out`);
  if (kind === "training" && k > 0) throw new InputError(`--k ${k}: training has no exponents; leave --k out`);
  const D = cells[cell].states * hidden;
  if (k > D) throw new InputError(`--k ${k}: ${cells[cell].title} networks of ${hidden} units have exponents 1 to ${D}; lower --k`);
  const known = benchRows.find(
    (row) => row.kind === kind && row.cell === cell && row.hidden === hidden && row.k === k && row.steps === steps && row.networks === networks,
  );
  return { kind, cell, hidden, k, steps, batch, networks, ...(kind === "training" && { delay: delay ?? 40 }), goal: known?.goal ?? 1 };
}

/** Rounds of ours and each peer, one after the other, so that what else the machine does meets all alike. */
async function race(device: GPUDevice, row: BenchRow, python: string | undefined, options: BenchCommandOptions, io: IO): Promise<BenchResult> {
  const progress = createProgress(io, { quiet: options.quiet });
  const { interval: every = "auto", profile, schedule } = options;
  const shape = tunedShape(device, row, options, io);
  const asked = { ...(profile && { profile }), ...shape, ...(schedule && { steps: schedule }) };
  const how: BenchOptions = { interval: every, onProgress: progress.on, ...asked };
  const time = (epochs: number) => timeOf(device, row, epochs, how);
  let peers: Peer[] = [];
  try {
    const warm = await time(1);
    const epochs = options.epochs ?? Math.max(4, Math.min(64, Math.ceil(800 / warm.ms)));
    peers = python === undefined ? [] : await startPeers(python, row);
    const times = peers.map((): number[] => []);
    const ours = [];
    for (let round = 0; round < options.rounds; round++) {
      ours.push(await time(epochs));
      for (const [i, peer] of peers.entries()) times[i].push(await peer.run(Math.max(1, Math.min(epochs, Math.ceil(800 / (times[i][0] ?? 1000))))));
    }
    const interval = ours[ours.length - 1].interval;
    const stages = row.kind === "training" ? await timeTrainingStages(device, row, how) : await timeStages(device, row, interval, how);
    const both = (values: readonly number[]) => ({ ms_per_epoch: median(values), ms_per_epoch_min: Math.min(...values) });
    return {
      ...{ row, interval, schedule: row.kind === "training" ? undefined : stepsOf(stages), compile_ms: warm.compileMs, stages },
      ...both(ours.map(({ ms }) => ms)),
      peers: peers.map(({ name }, i) => ({ name, ...both(times[i]) })),
    };
  } finally {
    progress.stop();
    for (const peer of peers) peer.close();
  }
}

function timeOf(device: GPUDevice, row: BenchRow, epochs: number, how: BenchOptions): Promise<RoundTime> {
  if (row.kind === "training") return timeTraining(device, row, epochs, how);
  return row.kind === "flossing" ? timeFlossing(device, row, epochs, how) : timeSpectrum(device, row, epochs, how);
}

/** How a walk was spread over dispatches, by the names of its kernels. */
function stepsOf(stages: readonly StageTime[]): Steps | undefined {
  if (stages.length === 0) return undefined;
  return stages.some(({ name }) => name.startsWith("step_")) ? "stepwise" : "fused";
}

/** What a kernel is for; the picture has as many colours. */
function roleOf(kernel: string): string {
  if (/_forward$|_tangents$|_orthonormalise$/.test(kernel)) return "forward";
  if (/_adjoint$|_correct$|_solve$|_pull_back$/.test(kernel)) return "adjoint";
  return /_gradient$/.test(kernel) ? "weight gradient" : "drawing, loss, update";
}

function plotOf(results: readonly BenchResult[], adapter: string) {
  const roles = ["forward", "adjoint", "weight gradient", "drawing, loss, update"];
  const bars = results.flatMap(({ row, stages }) =>
    roles.map((stage) => ({ row: labelOf(row), stage, ms: stages.reduce((sum, { name, ms }) => sum + (roleOf(name) === stage ? ms : 0), 0) })),
  );
  return { title: "GPU time of an epoch by kernel", caption: adapter, bars };
}

/** What people call a row. */
export function labelOf({ kind, cell, hidden, k, steps, batch, networks }: BenchRow): string {
  const many = `${networks > 1 ? ` x${networks}` : ""}${batch > 1 ? ` B=${batch}` : ""}`;
  const name = cell === "rnn" ? kind : `${kind} ${cells[cell].title}`;
  return `${name} N=${hidden}${kind === "training" ? "" : ` K=${k}`} T=${steps}${many}`;
}

export interface BenchAbout {
  readonly adapter: string;
  readonly profile: Profile;
  readonly ceiling: Ceiling;
}
