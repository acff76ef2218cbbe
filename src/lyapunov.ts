import { cells } from "./cells/index";
import { type SplitHalf, splitHalf, standardErrors, warmupWarning } from "./convergence";
import { entropySum, kaplanYorkeDimension } from "./dimension";
import { createEngine, type Engine, type EngineOptions } from "./engine";
import { download } from "./gpu/buffer";
import { checkDevice } from "./gpu/device";
import type { Plan } from "./gpu/plan";
import { decodeStatus } from "./gpu/status";
import { Waiter } from "./gpu/wait";
import { type SpectrumInputs, type Trajectories, trajectoriesOf } from "./inputs";
import { checkInterval, chooseInterval, type IntervalOption, SPREAD_LIMIT } from "./interval";
import { unpackParameters } from "./kernels/pack";
import { loadInputs, loadNetwork, loadSchedule, loadTargets, loadTrajectories, resetStatus } from "./load";
import { checkModel, type Model, type Parameters } from "./model";

export interface SpectrumOptions extends Partial<EngineOptions> {
  /** Exponents to compute, 1 to D. */
  readonly k: number;
  /** Steps that align the tangent frame and are not counted; default 0. */
  readonly warmup?: number | undefined;
  /** Steps between orthonormalisations; default: chosen from the spread of the first steps. */
  readonly interval?: IntervalOption | undefined;
  /** Target of every exponent, or of each, for loss and gradient; default 0. */
  readonly target?: number | readonly number[] | undefined;
  /** Ends the walk with the signal's reason thrown. */
  readonly signal?: AbortSignal | undefined;
}

export interface SpectrumResult {
  /** [B][K] nats per step, in the order of the tangent vectors, nearly decreasing. */
  readonly exponents: Float64Array[];
  /** [B][K] standard errors by batch means; null where the walk is too short for them. */
  readonly standardErrors: (number | null)[][];
  /** [B] Kaplan–Yorke dimension; null where more exponents are needed to tell. */
  readonly kaplanYorkeDimension: (number | null)[];
  /** [B] sum of the positive exponents, nats per step; null where more exponents are needed to tell. */
  readonly entropySum: (number | null)[];
  /** [B] exponents of the first half of the counted steps less those of the second; undefined where the walk is too short. */
  readonly splitHalf: (SplitHalf | undefined)[];
  /** [B][blocks][K] sums of log R_ii over the counted steps of each 16. */
  readonly blocks: Float64Array[][];
  /** Mean over trajectories and i ≤ K of (λ_i − target_i)². */
  readonly loss: number;
  /** Steps between orthonormalisations. */
  readonly interval: number;
  /** Largest ratio of two R_ii, as a logarithm. */
  readonly spread: number;
  /** Gradient of the loss, where asked for; h0 [B, D]. */
  readonly gradient?: Parameters & { readonly h0: Float32Array };
  /** What a person should know of the result. */
  readonly warnings: readonly string[];
}

/** Steps of the walk that chooses the interval. */
const PILOT_STEPS = 32;

/**
 * Lyapunov exponents of one network on B trajectories, by tangent vectors orthonormalised along the way (Engelken 2023,
 * section 2; design 3.1), and the gradient of the flossing loss by the exact adjoint (design 3.2).
 * @example const { exponents } = await lyapunovSpectrum(device, model, { x, T: 1000 }, { k: 8, warmup: 100 });
 * @throws InputError, LimitError for what does not fit; NumericalError where the walk leaves the finite numbers
 */
export async function lyapunovSpectrum(device: GPUDevice, model: Model, inputs: SpectrumInputs, options: SpectrumOptions): Promise<SpectrumResult> {
  checkModel(model);
  checkInterval(options.interval ?? "auto");
  const walk = trajectoriesOf(model, inputs, options.k);
  const wanted = options.interval ?? "auto";
  let interval = typeof wanted === "number" ? wanted : await pilotInterval(device, model, walk, options);
  for (;;) {
    const result = await walkOnce(device, model, walk, options, interval);
    // The walk's own spread decides: what the first steps promised may not hold later.
    if (typeof wanted === "number" || interval === 1 || result.spread <= SPREAD_LIMIT) return result;
    interval = Math.max(1, Math.min(interval - 1, chooseInterval(result.spread, interval)));
  }
}

async function pilotInterval(device: GPUDevice, model: Model, walk: Trajectories, options: SpectrumOptions): Promise<number> {
  const { B, T: all } = walk;
  const T = (options.warmup ?? 0) + PILOT_STEPS;
  if (all <= 2 * T) return 1;
  const x = (epoch: number, network: number) => {
    const values = walk.x(epoch, network);
    return values && cutSteps(values, B, all, T);
  };
  const pilot = await walkOnce(device, model, { ...walk, T, x }, { ...options, gradient: false, onProgress: undefined }, 1);
  return chooseInterval(pilot.spread, 1);
}

/** The first `steps` of [B, T, S]. */
function cutSteps(x: Float32Array, B: number, T: number, steps: number): Float32Array {
  const S = x.length / (B * T);
  const cut = new Float32Array(B * steps * S);
  for (let b = 0; b < B; b++) cut.set(x.subarray(b * T * S, (b * T + steps) * S), b * steps * S);
  return cut;
}

async function walkOnce(device: GPUDevice, model: Model, walk: Trajectories, options: SpectrumOptions, interval: number): Promise<SpectrumResult> {
  const { hidden: N, inputs: S, cell } = model;
  const sizes = { cell, M: 1, B: walk.B, T: walk.T, N, S, K: options.k, warmup: options.warmup ?? 0 };
  const gradient = options.gradient ?? false;
  const engine = await createEngine(device, sizes, { ...options, gradient });
  try {
    loadNetwork(engine, 0, model);
    loadTrajectories(engine, 0, walk.h0(0), walk.q0(0));
    loadInputs(engine, 0, walk.x(0, 0));
    loadTargets(engine, 0, options.target ?? 0);
    loadSchedule(engine, [{ interval, correction: 1 }]);
    resetStatus(engine);
    await runPlans(engine, gradient ? [engine.forward, engine.backward] : [engine.forward], options);
    return await readResult(engine, model, interval, gradient, options.interval === interval);
  } finally {
    engine.destroy();
  }
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

async function readResult(engine: Engine, model: Model, interval: number, gradient: boolean, explicit: boolean): Promise<SpectrumResult> {
  const { B, K, T, warmup, N } = engine.sizes;
  const { KP, blocks: count } = engine.layout;
  const { blockSums, summary, status, gradient: gradients, rows } = engine.buffers;
  const parts = [{ source: status }, { source: summary }, { source: blockSums }];
  const [words, sums, logs, grad, tail] = await download(engine.device, gradient ? [...parts, { source: gradients }, { source: rows }] : parts);
  const failure = decodeStatus(new Uint32Array(words), B);
  if (failure) throw failure;
  const log = new Float32Array(logs);
  const blocks = Array.from({ length: B }, (_, b) =>
    Array.from({ length: count }, (_, block) => Float64Array.from({ length: K }, (_, k) => log[(b * count + block) * KP + k])),
  );
  const exponents = blocks.map((series) =>
    Float64Array.from({ length: K }, (_, k) => series.reduce((sum, block) => sum + block[k], 0) / (T - warmup)),
  );
  const [loss, spread] = new Float32Array(sums);
  const result = { exponents, ...judge(engine, blocks, exponents, interval), blocks, loss, interval, spread };
  const warnings = [
    explicit && interval > 1 && spread > SPREAD_LIMIT ? spreadWarning(interval, spread) : undefined,
    warmupWarning(result.splitHalf, { T, warmup, interval }),
  ].filter((text) => text !== undefined);
  if (!gradient) return { ...result, warnings };
  const h0 = new Float32Array(B * engine.layout.states * N);
  const each = engine.buffers.rows.length / B;
  for (let b = 0; b < B; b++) {
    const state = new Float32Array(tail, 4 * ((b + 1) * each - engine.layout.D), engine.layout.D);
    for (let s = 0; s < engine.layout.states; s++)
      h0.set(state.subarray(s * engine.layout.NP, s * engine.layout.NP + N), (b * engine.layout.states + s) * N);
  }
  return { ...result, warnings, gradient: { ...unpackParameters(new Float32Array(grad), model, engine.layout), h0 } };
}

/** What the sums of logarithms say beyond the exponents. */
function judge({ sizes }: Engine, blocks: Float64Array[][], exponents: Float64Array[], interval: number) {
  const { T, warmup, N, cell } = sizes;
  const walk = { T, warmup, interval };
  const D = cells[cell].states * N;
  return {
    standardErrors: blocks.map((series) => standardErrors(series, walk)),
    kaplanYorkeDimension: exponents.map((row) => kaplanYorkeDimension(row, D)),
    entropySum: exponents.map((row) => entropySum(row, D)),
    splitHalf: blocks.map((series) => splitHalf(series, walk)),
  };
}

function spreadWarning(interval: number, spread: number): string {
  const ratio = Math.exp(spread).toPrecision(2);
  return `with interval ${interval} the tangent vectors' lengths spread by a factor of ${ratio} between orthonormalisations (100 is safe): digits are lost; lower the interval`;
}
