import type { SplitHalf } from "./convergence";
import type { EngineOptions } from "./engine";
import { NumericalError } from "./errors";
import type { Profile } from "./gpu/device";
import { type FlossInputs, type SpectrumInputs, trajectoriesOf } from "./inputs";
import { checkInterval, chooseInterval, type IntervalOption, SPREAD_LIMIT } from "./interval";
import type { Steps } from "./kernels/schedule";
import { checkModels, type Model, type Parameters } from "./model";
import { createSpectrumWalk, type SpectrumWalk } from "./spectrum_walk";

export interface SpectrumOptions extends Partial<Omit<EngineOptions, "update" | "pause">> {
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
  /** First steps, all orthonormalised, from which the interval was chosen; 0 where it was given, or the walk is short. */
  readonly dense: number;
  /** Form of the kernels, on which rounding depends. */
  readonly profile: Profile;
  /** Whether a dispatch advanced a chunk of steps, or each stage of a step was one; no result depends on it. */
  readonly schedule: Steps;
  /** Largest ratio of two R_ii, as a logarithm. */
  readonly spread: number;
  /** Gradient of the loss, where asked for; h0 [B, D]. */
  readonly gradient?: Parameters & { readonly h0: Float32Array };
  /** What a person should know of the result. */
  readonly warnings: readonly string[];
}

/** Counted steps that choose the interval, at least. */
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
  const dense = wanted === "auto" ? denseSteps(walk.T, options.warmup) : 0;
  const walker = await createSpectrumWalk(device, models, walk, { ...options, dense });
  try {
    if (dense > 0) return await walkAuto(walker);
    const interval = wanted === "auto" ? 1 : wanted;
    return await walker.walk(models.map(() => interval));
  } finally {
    walker.destroy();
  }
}

/** Walks until every network's own spread allows its interval: what the first steps promised may not hold later. */
async function walkAuto(walker: SpectrumWalk): Promise<SpectrumResult[]> {
  for (let intervals: number[] | undefined; ; ) {
    try {
      const results = await walker.walk(intervals);
      if (!results.some(short)) return results;
      intervals = results.map((result) => (short(result) ? shorter(result) : result.interval));
    } catch (error) {
      // Tangent vectors that came too near each other between two orthonormalisations look as if they had vanished.
      if (!(error instanceof NumericalError)) throw error;
      const { network } = error.position;
      if (walker.intervals[network] === 1) throw error;
      intervals = walker.intervals.map((interval, m) => (m === network ? 1 : interval));
    }
  }
}

function short({ interval, spread }: SpectrumResult): boolean {
  return interval > 1 && spread > SPREAD_LIMIT;
}

function shorter({ interval, spread }: SpectrumResult): number {
  return Math.max(1, Math.min(interval - 1, chooseInterval(spread, interval)));
}

/** How many of the first steps are all orthonormalised, and then tell the interval of the others: the warm-up and 16 to 31 more; none in a short walk. */
function denseSteps(T: number, warmup = 0): number {
  const steps = Math.ceil(warmup / PILOT_STEPS + 1) * PILOT_STEPS;
  return T > 2 * steps ? steps : 0;
}
