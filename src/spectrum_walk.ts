import { cells } from "./cells/index";
import { splitHalf, standardErrors, warmupWarning } from "./convergence";
import { entropySum, kaplanYorkeDimension } from "./dimension";
import { createEngine, type Engine } from "./engine";
import type { SlicePlans } from "./engine_plans";
import { download } from "./gpu/buffer";
import { checkDevice } from "./gpu/device";
import type { Plan } from "./gpu/plan";
import { decodeStatus } from "./gpu/status";
import { Waiter } from "./gpu/wait";
import type { Trajectories } from "./inputs";
import { chooseInterval, SPREAD_LIMIT } from "./interval";
import { unpackParameters } from "./kernels/pack";
import { loadInputs, loadNetwork, loadSchedule, loadTargets, loadTrajectories, resetStatus } from "./load";
import type { SpectrumOptions, SpectrumResult } from "./lyapunov";
import type { Model } from "./model";

export interface SpectrumWalk {
  /** Walks every network; `intervals` left out: each is chosen after the first `dense` steps. */
  walk(intervals?: readonly number[]): Promise<SpectrumResult[]>;
  /** [M] of the last walk. */
  readonly intervals: readonly number[];
  destroy(): void;
}

type WalkOptions = SpectrumOptions & {
  /** First steps, all orthonormalised, a multiple of 16. */
  readonly dense: number;
};

/** Prepares the walks of networks, as many together as fit the adapter. */
export async function createSpectrumWalk(
  device: GPUDevice,
  models: readonly Model[],
  walk: Trajectories,
  options: WalkOptions,
): Promise<SpectrumWalk> {
  const [{ hidden: N, inputs: S, cell }] = models;
  const gradient = options.gradient ?? false;
  const sizes = { cell, M: models.length, B: walk.B, T: walk.T, N, S, K: options.k, warmup: options.warmup ?? 0 };
  const engine = await createEngine(device, sizes, { ...options, gradient, update: false, pause: options.dense });
  try {
    models.forEach((model, m) => {
      loadNetwork(engine, m, model);
      loadInputs(engine, m, walk.x(0, m));
      loadTargets(engine, m, options.target ?? 0);
    });
  } catch (error) {
    engine.destroy();
    throw error;
  }
  let chosen = models.map(() => 1);
  return {
    get intervals() {
      return chosen;
    },
    async walk(intervals) {
      models.forEach((_, m) => {
        loadTrajectories(engine, m, walk.h0(m), walk.q0(m));
      });
      resetStatus(engine);
      chosen = [...(intervals ?? models.map(() => 1))];
      loadIntervals(engine, chosen, options);
      const tails = await walkSlices(engine, chosen, intervals === undefined, options);
      return readResults(engine, models, chosen, options, tails);
    },
    destroy: () => engine.destroy(),
  };
}

function loadIntervals(engine: Engine, intervals: readonly number[], { dense }: WalkOptions): void {
  loadSchedule(
    engine,
    intervals.map((interval) => ({ interval, correction: 1, dense })),
  );
}

/** Walks slice after slice; `choose`: with intervals chosen at the pause. Returns what the adjoint walk left, slice by slice. */
async function walkSlices(engine: Engine, intervals: number[], choose: boolean, options: WalkOptions): Promise<ArrayBuffer[]> {
  const { device, slices } = engine;
  const tails: ArrayBuffer[] = [];
  const total = slices.reduce((sum, { forward, backward }) => sum + forward.steps.length + backward.steps.length, 0);
  let before = 0;
  const run = async (plan: Plan, part: { from: number; to: number }) => {
    await runPlan(engine, plan, options, (steps) => options.onProgress?.({ stage: "walk", done: before + steps, total }), part);
    before += part.to - part.from;
  };
  for (const slice of slices) {
    const { forward, backward, pause } = slice;
    const encoder = device.createCommandEncoder({ label: "spectrum" });
    slice.begin(encoder);
    device.queue.submit([encoder.finish()]);
    await run(forward, { from: 0, to: pause });
    if (choose) {
      const spreads = await spreadsAtPause(engine, slice, options.dense);
      spreads.forEach((spread, m) => {
        intervals[slice.first + m] = Number.isFinite(spread) ? chooseInterval(spread, 1) : 1;
      });
      loadIntervals(engine, intervals, options);
    }
    await run(forward, { from: pause, to: forward.steps.length });
    await run(backward, { from: 0, to: backward.steps.length });
    // The next slice writes over it.
    if (options.gradient) tails.push((await download(device, [{ source: engine.buffers.rows }]))[0]);
  }
  return tails;
}

/** Largest log (max R_ii / min R_ii) of a counted step before the pause, network by network of a slice. */
async function spreadsAtPause({ device, sizes, layout, buffers }: Engine, { networks }: SlicePlans, pause: number): Promise<number[]> {
  const { B, T, K, warmup } = sizes;
  const { KP } = layout;
  const steps = pause - warmup;
  const part = (trajectory: number) => ({ source: buffers.logR, at: (trajectory * T + warmup) * KP, length: steps * KP });
  const logs = await download(
    device,
    Array.from({ length: networks * B }, (_, trajectory) => part(trajectory)),
  );
  const spreadOf = (row: Float32Array) => Math.max(...row) - Math.min(...row);
  const spreads = logs.map((bytes) => Math.max(...Array.from({ length: steps }, (_, t) => spreadOf(new Float32Array(bytes, 4 * t * KP, K)))));
  return Array.from({ length: networks }, (_, m) => Math.max(...spreads.slice(m * B, (m + 1) * B)));
}

/** Milliseconds of work submitted at once. */
const SUBMIT_MS = 200;

/** Dispatches are submitted a few at a time: an abort is heard, progress told, and no driver waits long. */
export async function runPlan(
  { device, sizes, schedule }: Engine,
  plan: Plan,
  { signal, interval }: Pick<SpectrumOptions, "signal" | "interval">,
  tell: (steps: number) => void,
  { from: first, to: last } = { from: 0, to: plan.steps.length },
): Promise<void> {
  const waiter = Waiter.of(device, JSON.stringify([plan.label, sizes, schedule, interval, first]));
  const within = (ms: number) => Math.max(1, Math.floor(SUBMIT_MS / ms));
  let count = waiter.perUnit > 0 ? within(waiter.perUnit) : 1;
  for (let from = first; from < last; ) {
    signal?.throwIfAborted();
    const to = Math.min(last, from + count);
    const encoder = device.createCommandEncoder({ label: "spectrum" });
    plan.encode(encoder, { from, to });
    device.queue.submit([encoder.finish()]);
    const ms = await waiter.done(to - from);
    checkDevice(device);
    count = Math.min(4 * count, within(ms / (to - from)));
    from = to;
    tell(to - first);
  }
}

async function readResults(
  engine: Engine,
  models: readonly Model[],
  intervals: readonly number[],
  options: WalkOptions,
  tails: readonly ArrayBuffer[],
): Promise<SpectrumResult[]> {
  const { B } = engine.sizes;
  const { blockSums, summary, status, gradient: gradients } = engine.buffers;
  const parts = [{ source: status }, { source: summary }, { source: blockSums }];
  const wanted = options.gradient ?? false;
  const [words, sums, logs, grad] = await download(engine.device, wanted ? [...parts, { source: gradients }] : parts);
  const failure = decodeStatus(new Uint32Array(words), B);
  if (failure) throw failure;
  const each = engine.layout.parameters;
  const slices = engine.slices.flatMap(({ first, networks }, i) => new Array<[ArrayBuffer, number]>(networks).fill([tails[i], first]));
  return models.map((model, m) => {
    const result = judge(engine, blocksOf(engine, new Float32Array(logs), m), new Float32Array(sums, 8 * m, 2), intervals[m], options);
    if (!wanted) return result;
    const parameters = unpackParameters(new Float32Array(grad, 4 * m * each, each), model, engine.layout);
    const [tail, first] = slices[m];
    return { ...result, gradient: { ...parameters, h0: stateGradient(engine, tail, m - first) } };
  });
}

/** [B][blocks][K] of a network. */
function blocksOf({ sizes: { B, K }, layout: { KP, blocks } }: Engine, logs: Float32Array, m: number): Float64Array[][] {
  return Array.from({ length: B }, (_, b) =>
    Array.from({ length: blocks }, (_, block) => Float64Array.from({ length: K }, (_, k) => logs[((m * B + b) * blocks + block) * KP + k])),
  );
}

/** [B, D] of a network of a slice; the adjoint walk leaves it behind the rows of each trajectory. */
function stateGradient({ sizes: { B, N }, schedule, layout: { states, NP, D }, buffers }: Engine, tail: ArrayBuffer, m: number): Float32Array {
  const h0 = new Float32Array(B * states * N);
  const each = buffers.rows.length / (Math.max(...schedule.slices) * B);
  for (let b = 0; b < B; b++) {
    const state = new Float32Array(tail, 4 * ((m * B + b + 1) * each - D), D);
    for (let s = 0; s < states; s++) h0.set(state.subarray(s * NP, s * NP + N), (b * states + s) * N);
  }
  return h0;
}

/** Exponents, and what the sums of logarithms say beyond them. */
function judge(
  { sizes, profile, schedule }: Engine,
  blocks: Float64Array[][],
  [loss, spread]: Float32Array,
  interval: number,
  { dense, ...options }: WalkOptions,
): SpectrumResult {
  const { T, warmup, N, K, cell } = sizes;
  const walk = { T, warmup, interval };
  const D = cells[cell].states * N;
  const exponents = blocks.map((series) =>
    Float64Array.from({ length: K }, (_, k) => series.reduce((sum, block) => sum + block[k], 0) / (T - warmup)),
  );
  const halves = blocks.map((series) => splitHalf(series, walk));
  const warnings = [
    options.interval === interval && interval > 1 && spread > SPREAD_LIMIT ? spreadWarning(interval, spread) : undefined,
    warmupWarning(halves, walk),
  ];
  return {
    exponents,
    standardErrors: blocks.map((series) => standardErrors(series, walk)),
    kaplanYorkeDimension: exponents.map((row) => kaplanYorkeDimension(row, D)),
    entropySum: exponents.map((row) => entropySum(row, D)),
    splitHalf: halves,
    ...{ blocks, loss, interval, dense, spread, profile, schedule: schedule.steps },
    warnings: warnings.filter((text) => text !== undefined),
  };
}

function spreadWarning(interval: number, spread: number): string {
  const ratio = Math.exp(spread).toPrecision(2);
  return `with interval ${interval} the tangent vectors' lengths spread by a factor of ${ratio} between orthonormalisations (100 is safe): digits are lost; lower the interval`;
}
