import { cells } from "./cells/index";
import { splitHalf, standardErrors, warmupWarning } from "./convergence";
import { entropySum, kaplanYorkeDimension } from "./dimension";
import { createEngine, type Engine } from "./engine";
import { NumericalError } from "./errors";
import { download } from "./gpu/buffer";
import { checkDevice, profileFor } from "./gpu/device";
import type { Plan } from "./gpu/plan";
import { decodeStatus } from "./gpu/status";
import { Waiter } from "./gpu/wait";
import type { Trajectories } from "./inputs";
import { SPREAD_LIMIT } from "./interval";
import { unpackParameters } from "./kernels/pack";
import { scheduleOf } from "./kernels/schedule";
import { loadInputs, loadNetwork, loadSchedule, loadTargets, loadTrajectories, resetStatus } from "./load";
import type { SpectrumOptions, SpectrumResult } from "./lyapunov";
import type { Model } from "./model";

/** Walks every network once, with its interval; as many networks together as fit the adapter's bindings. */
export async function walkOnce(
  device: GPUDevice,
  models: readonly Model[],
  walk: Trajectories,
  options: SpectrumOptions,
  intervals: readonly number[],
): Promise<SpectrumResult[]> {
  const [{ hidden: N, inputs: S, cell }] = models;
  const gradient = options.gradient ?? false;
  const sizes = { cell, M: models.length, B: walk.B, T: walk.T, N, S, K: options.k, warmup: options.warmup ?? 0 };
  const profile = options.profile ?? profileFor(device);
  const { slices } = scheduleOf(sizes, { ...options, gradient, profile, limits: device.limits });
  const results: SpectrumResult[] = [];
  for (const M of slices) {
    const first = results.length;
    const engine = await createEngine(device, { ...sizes, M }, { ...options, gradient });
    try {
      load(engine, models, walk, options, first);
      loadSchedule(
        engine,
        intervals.slice(first, first + M).map((interval) => ({ interval, correction: 1 })),
      );
      await runPlans(engine, gradient ? [engine.slices[0].forward, engine.slices[0].backward] : [engine.slices[0].forward], options);
      results.push(...(await readResults(engine, models, intervals, options, first)));
    } finally {
      engine.destroy();
    }
  }
  return results;
}

function load(engine: Engine, models: readonly Model[], walk: Trajectories, { target = 0 }: SpectrumOptions, first: number): void {
  for (let m = 0; m < engine.sizes.M; m++) {
    loadNetwork(engine, m, models[first + m]);
    loadTrajectories(engine, m, walk.h0(first + m), walk.q0(first + m));
    loadInputs(engine, m, walk.x(0, first + m));
    loadTargets(engine, m, target);
  }
  resetStatus(engine);
}

/** Milliseconds of work submitted at once. */
const SUBMIT_MS = 200;

/** Dispatches are submitted a few at a time: an abort is heard, progress told, and no driver waits long. */
async function runPlans(engine: Engine, plans: readonly Plan[], { signal, onProgress }: SpectrumOptions): Promise<void> {
  const { device } = engine;
  const total = plans.reduce((sum, plan) => sum + plan.steps.length, 0);
  let done = 0;
  for (const plan of plans) {
    const waiter = new Waiter(device);
    let count = 1;
    for (let from = 0; from < plan.steps.length; ) {
      signal?.throwIfAborted();
      const to = Math.min(plan.steps.length, from + count);
      const encoder = device.createCommandEncoder({ label: "spectrum" });
      plan.encode(encoder, { from, to });
      device.queue.submit([encoder.finish()]);
      const start = performance.now();
      await waiter.done(to - from);
      checkDevice(device);
      count = Math.max(1, Math.min(4 * count, Math.floor(((to - from) * SUBMIT_MS) / (performance.now() - start))));
      done += to - from;
      from = to;
      onProgress?.({ stage: "walk", done, total });
    }
  }
}

async function readResults(
  engine: Engine,
  models: readonly Model[],
  intervals: readonly number[],
  options: SpectrumOptions,
  first: number,
): Promise<SpectrumResult[]> {
  const { M, B } = engine.sizes;
  const { blockSums, summary, status, gradient: gradients, rows } = engine.buffers;
  const parts = [{ source: status }, { source: summary }, { source: blockSums }];
  const wanted = options.gradient ?? false;
  const [words, sums, logs, grad, tails] = await download(engine.device, wanted ? [...parts, { source: gradients }, { source: rows }] : parts);
  const failure = decodeStatus(new Uint32Array(words), B);
  if (failure) throw first === 0 ? failure : new NumericalError(`networks from ${first} on: ${failure.message}`, failure.position);
  const each = engine.layout.parameters;
  return Array.from({ length: M }, (_, m) => {
    const result = judge(engine, blocksOf(engine, new Float32Array(logs), m), new Float32Array(sums, 8 * m, 2), intervals[first + m], options);
    if (!wanted) return result;
    const parameters = unpackParameters(new Float32Array(grad, 4 * m * each, each), models[first + m], engine.layout);
    return { ...result, gradient: { ...parameters, h0: stateGradient(engine, tails, m) } };
  });
}

/** [B][blocks][K] of a network. */
function blocksOf({ sizes: { B, K }, layout: { KP, blocks } }: Engine, logs: Float32Array, m: number): Float64Array[][] {
  return Array.from({ length: B }, (_, b) =>
    Array.from({ length: blocks }, (_, block) => Float64Array.from({ length: K }, (_, k) => logs[((m * B + b) * blocks + block) * KP + k])),
  );
}

/** [B, D] of a network; the adjoint walk leaves it behind the rows of each trajectory. */
function stateGradient({ sizes: { M, B, N }, layout: { states, NP, D }, buffers }: Engine, tails: ArrayBuffer, m: number): Float32Array {
  const h0 = new Float32Array(B * states * N);
  const each = buffers.rows.length / (M * B);
  for (let b = 0; b < B; b++) {
    const state = new Float32Array(tails, 4 * ((m * B + b + 1) * each - D), D);
    for (let s = 0; s < states; s++) h0.set(state.subarray(s * NP, s * NP + N), (b * states + s) * N);
  }
  return h0;
}

/** Exponents, and what the sums of logarithms say beyond them. */
function judge(
  { sizes }: Engine,
  blocks: Float64Array[][],
  [loss, spread]: Float32Array,
  interval: number,
  options: SpectrumOptions,
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
    ...{ blocks, loss, interval, spread },
    warnings: warnings.filter((text) => text !== undefined),
  };
}

function spreadWarning(interval: number, spread: number): string {
  const ratio = Math.exp(spread).toPrecision(2);
  return `with interval ${interval} the tangent vectors' lengths spread by a factor of ${ratio} between orthonormalisations (100 is safe): digits are lost; lower the interval`;
}
