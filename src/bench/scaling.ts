import type { CellName } from "../cells/index";
import { createEngine, type Engine } from "../engine";
import { createTimer, type PassTime, type Timer } from "../gpu/timing";
import { Waiter } from "../gpu/wait";
import { randomTrainModel } from "../random_train";
import { loadRates, loadSequences, loadTrainModel } from "../train_load";
import { createTrainEngine, type TrainEngine } from "../training_engine";
import { fitPower, type PowerFit } from "./fit";
import { loadRow } from "./measure";
import { median } from "./median";
import { walkSizesOf } from "./rows";
import type { Axis } from "./scaling_axes";
import { problemOf } from "./training";
import { executedFlops, executedTraining, trainingWork, type Work, workOf } from "./work";

export interface ScalingSizes {
  readonly work: "flossing" | "training";
  readonly cell: CellName;
  readonly hidden: number;
  readonly k: number;
  readonly steps: number;
  readonly networks: number;
  readonly batch: number;
}

/** A kernel at one size. */
export interface KernelPoint {
  readonly ms: number;
  /** Without what padding, whole panels and second passes add: rates of different versions can be compared. */
  readonly flops: number;
  readonly bytes: number;
  /** Operations with these. */
  readonly executed: number;
}

/** One size: medians over the rounds, milliseconds of an epoch. */
export interface ScalingPoint extends ScalingSizes {
  /** From the submission of epochs to their end, drawing and Adam included. */
  readonly wall_ms: number;
  /** By kernel, from timestamps; empty where the adapter has none. */
  readonly kernels: Readonly<Record<string, KernelPoint>>;
}

/** Growth of one kernel's time, or of the whole, beside that of its operations. */
export interface ScalingFit {
  /** `kernels`: all whose operations are counted; `wall`: the epoch by the clock. */
  readonly kernel: string;
  readonly measured: PowerFit;
  /** Of the operations that the kernels do. */
  readonly flops: PowerFit;
}

/** Time over one size. */
export interface ScalingCurve {
  readonly over: Axis;
  readonly work: ScalingSizes["work"];
  readonly points: readonly ScalingPoint[];
  readonly fits: readonly ScalingFit[];
}

/** Sizes of each curve; the others stay what `baseOf` says. */
export const sizesOver: Readonly<Record<Axis, readonly number[]>> = {
  hidden: [32, 64, 128, 256, 512],
  k: [8, 16, 32, 64, 128],
  steps: [32, 64, 128, 256, 512],
  networks: [1, 2, 4, 8, 16],
  batch: [8, 16, 32, 64],
};

/** The sizes of a curve. Those over hidden units have as many networks as fill an adapter: few small ones would time its idleness. */
export function curveSizes(work: ScalingSizes["work"], over: Axis, cell: CellName, values: readonly number[]): ScalingSizes[] {
  const hidden = over === "k" ? 128 : 64;
  const base = { work, cell, hidden, k: 32, steps: 64, networks: over === "batch" ? 1 : 4, batch: work === "training" ? 16 : 1 };
  return values.map((value) => ({ ...base, ...(over === "hidden" && { networks: Math.max(4, Math.floor(2048 / value)) }), [over]: value }));
}

/** What the times of a curve are divided by. */
export function sharedBy(over: Axis, { networks }: ScalingSizes): number {
  return over === "networks" ? 1 : networks;
}

/** Where the points of the roofline are measured: all cells alike. */
export function rooflineSizes(work: ScalingSizes["work"], cell: CellName): ScalingSizes {
  return { work, cell, hidden: 96, k: 32, steps: 64, networks: 4, batch: work === "training" ? 16 : 1 };
}

interface Prepared {
  readonly sizes: ScalingSizes;
  readonly work: Readonly<Partial<Record<string, Work>>>;
  readonly executed: Readonly<Partial<Record<string, number>>>;
  readonly passes: number;
  encode(encoder: GPUCommandEncoder, timer?: Timer): void;
  destroy(): void;
}

async function prepare(device: GPUDevice, sizes: ScalingSizes): Promise<Prepared> {
  return sizes.work === "flossing" ? prepareFlossing(device, sizes) : prepareTraining(device, sizes);
}

async function prepareFlossing(device: GPUDevice, sizes: ScalingSizes): Promise<Prepared> {
  const all = walkSizesOf(sizes);
  const engine: Engine = await createEngine(device, all, { gradient: true, draw: { kind: "bernoulli", seed: 1 } });
  loadRow(engine, { ...sizes, kind: "flossing", goal: 0 }, 1);
  const passes = engine.slices.reduce(
    (sum, { forward, backward, update }) => sum + [forward, backward, update].flatMap(({ steps }) => steps).length,
    1,
  );
  return {
    ...{ sizes, passes, work: workOf(all, 1), executed: executedFlops(all, 1) },
    encode: (encoder, timer) => engine.encodeEpoch(encoder, { update: true, timer }),
    destroy: () => engine.destroy(),
  };
}

async function prepareTraining(device: GPUDevice, sizes: ScalingSizes): Promise<Prepared> {
  const { sizes: all } = problemOf({ ...sizes, delay: Math.floor(sizes.steps / 3) });
  const { M, B, T, S, R } = all;
  const engine: TrainEngine = await createTrainEngine(device, all, { clipKind: "global" });
  for (let m = 0; m < M; m++) {
    loadTrainModel(engine, m, randomTrainModel({ sizes: all, gain: 1, seeds: { network: m, state: m } }));
    loadSequences(engine, m, new Float32Array(B * T * S).fill(0.5), new Float32Array(B * T * R).fill(1));
  }
  loadRates(engine, () => ({ lr: [1e-4, 1e-4, 1e-4, 1e-4, 1e-4, 1e-4, 0], mix: 0, weightDecay: 0, step: 1, clip: 0.03 }));
  const plans = engine.slices.flatMap(({ forward, backward, update }) => [forward, backward, update]);
  return {
    ...{ sizes, passes: plans.reduce((sum, { steps }) => sum + steps.length, 0), work: trainingWork(all), executed: executedTraining(all) },
    encode(encoder, timer) {
      for (const plan of plans) plan.encode(encoder, { timer });
    },
    destroy: () => engine.destroy(),
  };
}

/** Milliseconds that one measurement should take at least, and timestamps that it may have. */
const MEASURE_MS = 20;
const MOST_PASSES = 1024;

/** Measures all sizes round by round, one after the other within a round, so that what else the machine does meets all alike. */
export async function measureSizes(
  device: GPUDevice,
  all: readonly ScalingSizes[],
  rounds: number,
  onProgress: (text: string) => void,
): Promise<ScalingPoint[]> {
  const prepared: Prepared[] = [];
  const timer = createTimer(device, 2 * MOST_PASSES);
  try {
    for (const sizes of all) {
      onProgress(`preparing ${labelOf(sizes)}`);
      prepared.push(await prepare(device, sizes));
    }
    const runs = prepared.map((one) => ({
      one,
      waiter: new Waiter(device),
      repeat: 1,
      walls: [] as number[],
      times: [] as Record<string, PassTime>[],
    }));
    for (let round = -1; round < rounds; round++) {
      for (const run of runs) {
        onProgress(`round ${Math.max(1, round + 1)} of ${rounds}: ${labelOf(run.one.sizes)}`);
        await measureOnce(device, run, timer, round >= 0);
      }
    }
    return runs.map(({ one, walls, times }) => pointOf(one, walls, times));
  } finally {
    timer?.destroy();
    for (const one of prepared) one.destroy();
  }
}

interface Run {
  readonly one: Prepared;
  readonly waiter: Waiter;
  /** Epochs in one submission. */
  repeat: number;
  readonly walls: number[];
  readonly times: Record<string, PassTime>[];
}

/** The wall's time of some epochs, then the kernels' of one; the first, which decides how many, does not count. */
async function measureOnce(device: GPUDevice, run: Run, timer: Timer | undefined, counts: boolean): Promise<void> {
  const { one, waiter, repeat } = run;
  const submit = async (times: number, clock?: Timer): Promise<number> => {
    const encoder = device.createCommandEncoder({ label: "scaling" });
    for (let i = 0; i < times; i++) one.encode(encoder, clock);
    device.queue.submit([encoder.finish()]);
    return (await waiter.done(times)) / times;
  };
  const wall = await submit(repeat);
  if (!counts) run.repeat = Math.max(1, Math.min(64, Math.floor(MOST_PASSES / one.passes), Math.ceil(MEASURE_MS / wall)));
  else run.walls.push(wall);
  if (!timer || one.passes > 2 * MOST_PASSES) return;
  await submit(repeat, timer);
  const times = await timer.read();
  if (counts) run.times.push(Object.fromEntries(Object.entries(times).map(([name, time]) => [name, { ...time, ms: time.ms / repeat }])));
}

/** Stages of a step, which large networks take one by one, by the kernel that does the same in one dispatch. */
const fusedNames: Readonly<Record<string, string>> = {
  ...{ step_tangents: "walk_forward", step_orthonormalise: "walk_forward" },
  ...{ step_correct: "walk_adjoint", step_solve: "walk_adjoint", step_pull_back: "walk_adjoint" },
};

/** Milliseconds by kernel, whichever way a network walks. */
export function byFusedName(times: Readonly<Record<string, PassTime>>): Record<string, number> {
  const sums: Record<string, number> = {};
  for (const [name, { ms }] of Object.entries(times)) sums[fusedNames[name] ?? name] = (sums[fusedNames[name] ?? name] ?? 0) + ms;
  return sums;
}

function pointOf({ sizes, work, executed }: Prepared, walls: readonly number[], all: readonly Record<string, PassTime>[]): ScalingPoint {
  const times = all.map(byFusedName);
  const kernels = Object.keys(times[0] ?? {}).map((name) => {
    const { flops = 0, bytes = 0 } = work[name] ?? {};
    return [name, { ms: median(times.map((each) => each[name])), flops, bytes, executed: executed[name] ?? flops }];
  });
  return { ...sizes, wall_ms: median(walls), kernels: Object.fromEntries(kernels) };
}

/** How the points' times, a network's where networks do not grow, grow with `over`: kernel by kernel whose operations are counted, all of these together, and by the clock. */
export function fitsOf(over: Axis, points: readonly ScalingPoint[]): ScalingFit[] {
  const counted = Object.entries(points[0].kernels).filter(([, { flops }]) => flops > 0);
  const total = (point: ScalingPoint, what: "ms" | "executed") => counted.reduce((sum, [name]) => sum + point.kernels[name][what], 0);
  const grow = (kernel: string, time: (point: ScalingPoint) => number, flops: (point: ScalingPoint) => number): ScalingFit => ({
    kernel,
    measured: fitPower(points.map((point) => [point[over], time(point) / sharedBy(over, point)])),
    flops: fitPower(points.map((point) => [point[over], flops(point) / sharedBy(over, point)])),
  });
  const each = counted.map(([name]) =>
    grow(
      name,
      ({ kernels }) => kernels[name].ms,
      ({ kernels }) => kernels[name].executed,
    ),
  );
  if (each.length === 0) return [];
  const executed = (point: ScalingPoint) => total(point, "executed");
  return [...each, grow("kernels", (point) => total(point, "ms"), executed), grow("wall", ({ wall_ms }) => wall_ms, executed)];
}

export function labelOf({ work, cell, hidden, k, steps, networks, batch }: ScalingSizes): string {
  return `${work} ${cell} N=${hidden}${work === "flossing" ? ` K=${k}` : ""} T=${steps} B=${batch} M=${networks}`;
}
