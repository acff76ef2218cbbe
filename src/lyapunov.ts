import { createEngine, type Engine, type EngineOptions } from "./engine";
import { InputError } from "./errors";
import { download } from "./gpu/buffer";
import { checkDevice } from "./gpu/device";
import { decodeStatus } from "./gpu/status";
import { Waiter } from "./gpu/wait";
import { chooseInterval, type IntervalOption, SPREAD_LIMIT } from "./interval";
import { unpackParameters } from "./kernels/pack";
import { loadInputs, loadNetwork, loadSchedule, loadTargets, loadTrajectories, resetStatus } from "./load";
import { checkModel, type Model, type Parameters } from "./model";

/** Inputs and starts of the trajectories of one network. */
export interface SpectrumInputs {
  /** Trajectories. */
  readonly B: number;
  /** Steps. */
  readonly T: number;
  /** [B, T, S]; null: no input. */
  readonly x: Float32Array | null;
  /** [B, D] initial states. */
  readonly h0: Float32Array;
  /** [D, ≥ K] initial tangent frame, orthonormalised here. */
  readonly q0: Float32Array;
}

export interface SpectrumOptions extends Partial<EngineOptions> {
  /** Exponents to compute, 1 to D. */
  readonly k: number;
  /** Steps that align the tangent frame and are not counted; default 0. */
  readonly warmup?: number | undefined;
  /** Steps between orthonormalisations; default: chosen from the spread of the first steps. */
  readonly interval?: IntervalOption | undefined;
  /** Target of every exponent, or of each; default 0. */
  readonly target?: number | readonly number[] | undefined;
  readonly signal?: AbortSignal | undefined;
}

export interface SpectrumResult {
  /** [B][K] nats per step, in the order of the tangent vectors, nearly decreasing. */
  readonly exponents: Float64Array[];
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
 * @throws InputError, LimitError for what does not fit; NumericalError where the walk leaves the finite numbers
 */
export async function lyapunovSpectrum(device: GPUDevice, model: Model, inputs: SpectrumInputs, options: SpectrumOptions): Promise<SpectrumResult> {
  checkModel(model);
  checkInputs(model, inputs);
  const wanted = options.interval ?? "auto";
  let interval = typeof wanted === "number" ? wanted : await pilotInterval(device, model, inputs, options);
  for (;;) {
    const result = await walkOnce(device, model, inputs, options, interval);
    // The walk's own spread decides: what the first steps promised may not hold later.
    if (typeof wanted === "number" || interval === 1 || result.spread <= SPREAD_LIMIT) return result;
    interval = Math.max(1, Math.min(interval - 1, chooseInterval(result.spread, interval)));
  }
}

async function pilotInterval(device: GPUDevice, model: Model, inputs: SpectrumInputs, options: SpectrumOptions): Promise<number> {
  const warmup = options.warmup ?? 0;
  const T = warmup + PILOT_STEPS;
  if (inputs.T <= 2 * T) return 1;
  const x = inputs.x && cutSteps(inputs.x, inputs.B, inputs.T, T);
  const pilot = await walkOnce(device, model, { ...inputs, T, x }, { ...options, gradient: false }, 1);
  return chooseInterval(pilot.spread, 1);
}

/** The first `steps` of [B, T, S]. */
function cutSteps(x: Float32Array, B: number, T: number, steps: number): Float32Array {
  const S = x.length / (B * T);
  const cut = new Float32Array(B * steps * S);
  for (let b = 0; b < B; b++) cut.set(x.subarray(b * T * S, (b * T + steps) * S), b * steps * S);
  return cut;
}

async function walkOnce(
  device: GPUDevice,
  model: Model,
  inputs: SpectrumInputs,
  options: SpectrumOptions,
  interval: number,
): Promise<SpectrumResult> {
  const { hidden: N, inputs: S, cell } = model;
  const sizes = { cell, M: 1, B: inputs.B, T: inputs.T, N, S, K: options.k, warmup: options.warmup ?? 0 };
  const gradient = options.gradient ?? false;
  const engine = await createEngine(device, sizes, { ...options, gradient });
  try {
    loadNetwork(engine, 0, model);
    loadTrajectories(engine, 0, inputs.h0, inputs.q0);
    loadInputs(engine, 0, inputs.x);
    loadTargets(engine, 0, options.target ?? 0);
    loadSchedule(engine, [{ interval, correction: 1 }]);
    resetStatus(engine);
    await runPlans(engine, gradient, options.signal);
    return await readResult(engine, model, interval, gradient, options.interval === interval);
  } finally {
    engine.destroy();
  }
}

/** Dispatches are submitted a few at a time: an abort is heard, and no driver waits long. */
async function runPlans(engine: Engine, gradient: boolean, signal?: AbortSignal): Promise<void> {
  const { device } = engine;
  const encoder = device.createCommandEncoder({ label: "spectrum" });
  engine.forward.encode(encoder);
  if (gradient) engine.backward.encode(encoder);
  device.queue.submit([encoder.finish()]);
  await new Waiter(device).done();
  signal?.throwIfAborted();
  checkDevice(device);
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
  const warnings = explicit && interval > 1 && spread > SPREAD_LIMIT ? [spreadWarning(interval, spread)] : [];
  const result = { exponents, blocks, loss, interval, spread, warnings };
  if (!gradient) return result;
  const h0 = new Float32Array(B * engine.layout.states * N);
  const each = engine.buffers.rows.length / B;
  for (let b = 0; b < B; b++) {
    const state = new Float32Array(tail, 4 * ((b + 1) * each - engine.layout.D), engine.layout.D);
    for (let s = 0; s < engine.layout.states; s++)
      h0.set(state.subarray(s * engine.layout.NP, s * engine.layout.NP + N), (b * engine.layout.states + s) * N);
  }
  return { ...result, gradient: { ...unpackParameters(new Float32Array(grad), model, engine.layout), h0 } };
}

function spreadWarning(interval: number, spread: number): string {
  const ratio = Math.exp(spread).toPrecision(2);
  return `with interval ${interval} the tangent vectors' lengths spread by a factor of ${ratio} between orthonormalisations (100 is safe): digits are lost; lower the interval`;
}

function checkInputs(model: Model, { B, T, x, h0 }: SpectrumInputs): void {
  const expected = B * T * model.inputs;
  if (x && x.length !== expected) throw new InputError(`x has ${x.length} numbers, [B, T, S] = [${B}, ${T}, ${model.inputs}] has ${expected}`);
  if (h0.length % B !== 0) throw new InputError(`h0 has ${h0.length} numbers, not a multiple of the ${B} trajectories`);
  for (const [name, values] of Object.entries({ x, h0 })) {
    const bad = values?.findIndex((value) => !Number.isFinite(value)) ?? -1;
    if (bad >= 0) throw new InputError(`${name} has ${values?.[bad]} at position ${bad}: only finite numbers can be used`);
  }
}
