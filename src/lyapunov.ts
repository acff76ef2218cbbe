import type { SplitHalf } from "./convergence";
import type { EngineOptions } from "./engine";
import { type FlossInputs, type SpectrumInputs, type Trajectories, trajectoriesOf } from "./inputs";
import { checkInterval, chooseInterval, type IntervalOption, SPREAD_LIMIT } from "./interval";
import { checkModels, type Model, type Parameters } from "./model";
import { walkOnce } from "./spectrum_walk";

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
const PILOT_STEPS = 16;

/**
 * Lyapunov exponents of one network on B trajectories, by tangent vectors orthonormalised along the way (Engelken 2023,
 * section 2; design 3.1), and the gradient of the flossing loss by the exact adjoint (design 3.2).
 * @example const { exponents } = await lyapunovSpectrum(device, model, { x, T: 1000 }, { k: 8, warmup: 100 });
 * @throws InputError, LimitError for what does not fit; NumericalError where the walk leaves the finite numbers
 */
export async function lyapunovSpectrum(device: GPUDevice, model: Model, inputs: SpectrumInputs, options: SpectrumOptions): Promise<SpectrumResult> {
  const [result] = await lyapunovSpectra(device, [model], inputs, options);
  return result;
}

/** The same of several networks of one shape, in one launch as far as they fit; each result is bitwise what the network gives alone. */
export async function lyapunovSpectra(
  device: GPUDevice,
  models: readonly Model[],
  inputs: FlossInputs,
  options: SpectrumOptions,
): Promise<SpectrumResult[]> {
  checkModels(models);
  const wanted = options.interval ?? "auto";
  checkInterval(wanted);
  const walk = trajectoriesOf(models[0], inputs, options.k);
  if (typeof wanted === "number")
    return walkOnce(
      device,
      models,
      walk,
      options,
      models.map(() => wanted),
    );
  const intervals = await pilotIntervals(device, models, walk, options);
  for (;;) {
    const results = await walkOnce(device, models, walk, options, intervals);
    // The walk's own spread decides: what the first steps promised may not hold later.
    const short = results.map(({ spread }, m) => intervals[m] > 1 && spread > SPREAD_LIMIT);
    if (!short.includes(true)) return results;
    for (const [m, { spread }] of results.entries())
      if (short[m]) intervals[m] = Math.max(1, Math.min(intervals[m] - 1, chooseInterval(spread, intervals[m])));
  }
}

async function pilotIntervals(device: GPUDevice, models: readonly Model[], walk: Trajectories, options: SpectrumOptions): Promise<number[]> {
  const { B, T: all } = walk;
  const T = (options.warmup ?? 0) + PILOT_STEPS;
  const ones = models.map(() => 1);
  if (all <= 2 * T) return ones;
  const x = (epoch: number, network: number) => {
    const values = walk.x(epoch, network);
    return values && cutSteps(values, B, all, T);
  };
  const pilots = await walkOnce(device, models, { ...walk, T, x }, { ...options, gradient: false, onProgress: undefined }, ones);
  return pilots.map(({ spread }) => chooseInterval(spread, 1));
}

/** The first `steps` of [B, T, S]. */
function cutSteps(x: Float32Array, B: number, T: number, steps: number): Float32Array {
  const S = x.length / (B * T);
  const cut = new Float32Array(B * steps * S);
  for (let b = 0; b < B; b++) cut.set(x.subarray(b * T * S, (b * T + steps) * S), b * steps * S);
  return cut;
}
