import { cells } from "./cells/index";
import { splitHalf, standardErrors, warmupWarning } from "./convergence";
import { entropySum, kaplanYorkeDimension } from "./dimension";
import { createEngine, type Engine } from "./engine";
import { download } from "./gpu/buffer";
import { checkDevice } from "./gpu/device";
import type { Plan } from "./gpu/plan";
import { decodeStatus } from "./gpu/status";
import { Waiter } from "./gpu/wait";
import type { Trajectories } from "./inputs";
import { SPREAD_LIMIT } from "./interval";
import { unpackParameters } from "./kernels/pack";
import { loadInputs, loadNetwork, loadSchedule, loadTargets, loadTrajectories, resetStatus } from "./load";
import type { SpectrumOptions, SpectrumResult } from "./lyapunov";
import type { Model } from "./model";

/** Walks every network once, with its interval; as many networks together as fit the adapter. */
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
  const engine = await createEngine(device, sizes, { ...options, gradient });
  try {
    load(engine, models, walk, options);
    loadSchedule(
      engine,
      intervals.map((interval) => ({ interval, correction: 1 })),
    );
    const tails: ArrayBuffer[] = [];
    const total = engine.slices.reduce((sum, { forward, backward }) => sum + forward.steps.length + backward.steps.length, 0);
    let before = 0;
    for (const slice of engine.slices) {
      const encoder = device.createCommandEncoder({ label: "spectrum" });
      slice.begin(encoder);
      device.queue.submit([encoder.finish()]);
      for (const plan of [slice.forward, slice.backward]) {
        const done = before;
        await runPlan(engine, plan, options, (steps) => options.onProgress?.({ stage: "walk", done: done + steps, total }));
        before += plan.steps.length;
      }
      // The next slice writes over it.
      if (gradient) tails.push((await download(device, [{ source: engine.buffers.rows }]))[0]);
    }
    return await readResults(engine, models, intervals, options, tails);
  } finally {
    engine.destroy();
  }
}

function load(engine: Engine, models: readonly Model[], walk: Trajectories, { target = 0 }: SpectrumOptions): void {
  for (let m = 0; m < engine.sizes.M; m++) {
    loadNetwork(engine, m, models[m]);
    loadTrajectories(engine, m, walk.h0(m), walk.q0(m));
    loadInputs(engine, m, walk.x(0, m));
    loadTargets(engine, m, target);
  }
  resetStatus(engine);
}

/** Milliseconds of work submitted at once. */
const SUBMIT_MS = 200;

/** Dispatches are submitted a few at a time: an abort is heard, progress told, and no driver waits long. */
export async function runPlan(
  { device, sizes, schedule }: Engine,
  plan: Plan,
  { signal, interval }: Pick<SpectrumOptions, "signal" | "interval">,
  tell: (steps: number) => void,
): Promise<void> {
  const waiter = Waiter.of(device, JSON.stringify([plan.label, sizes, schedule, interval]));
  const within = (ms: number) => Math.max(1, Math.floor(SUBMIT_MS / ms));
  let count = waiter.perUnit > 0 ? within(waiter.perUnit) : 1;
  for (let from = 0; from < plan.steps.length; ) {
    signal?.throwIfAborted();
    const to = Math.min(plan.steps.length, from + count);
    const encoder = device.createCommandEncoder({ label: "spectrum" });
    plan.encode(encoder, { from, to });
    device.queue.submit([encoder.finish()]);
    const ms = await waiter.done(to - from);
    checkDevice(device);
    count = Math.min(4 * count, within(ms / (to - from)));
    from = to;
    tell(to);
  }
}

async function readResults(
  engine: Engine,
  models: readonly Model[],
  intervals: readonly number[],
  options: SpectrumOptions,
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
