import { BLOCK } from "./kernels/sizes";

/** Batches at most. */
const MOST = 16;

/** What a walk counted, for reading its sums of logarithms. */
export interface Counted {
  /** Steps. */
  readonly T: number;
  readonly warmup: number;
  /** Steps between orthonormalisations. */
  readonly interval: number;
}

/** The last step up to `step` that ends with an orthonormalisation: logarithms up to `step` cover the steps up to there. */
export function covered(step: number, { T, warmup, interval }: Counted): number {
  if (step >= T) return T;
  return warmup + interval * Math.floor((step - warmup) / interval);
}

/** Blocks that are counted whole. */
function wholeBlocks(blocks: readonly Float64Array[], walk: Counted): number[] {
  return blocks.map((_, block) => block).filter((block) => BLOCK * block >= walk.warmup && BLOCK * (block + 1) <= walk.T);
}

/**
 * Standard errors of exponents by batch means: blocks of 16 steps that are counted whole are put together, in order, into at
 * most 16 batches of equally many blocks; the standard error is the standard deviation of the batches' means over the root of
 * their number. What is left over, less than a batch, is left out at the beginning, nearest to the warm-up.
 * @param blocks [blocks][K] sums of log R_ii
 * @returns [K]; null with fewer than two batches, or where a batch has no orthonormalisation
 */
export function standardErrors(blocks: readonly Float64Array[], walk: Counted): (number | null)[] {
  return batchErrors(blocks, wholeBlocks(blocks, walk), MOST, walk) ?? new Array<null>(blocks[0]?.length ?? 0).fill(null);
}

function batchErrors(blocks: readonly Float64Array[], whole: readonly number[], most: number, walk: Counted): number[] | undefined {
  const each = Math.ceil(whole.length / most);
  const count = each > 0 ? Math.floor(whole.length / each) : 0;
  if (count < 2) return undefined;
  const first = whole[0] + whole.length - count * each;
  const starts = Array.from({ length: count }, (_, batch) => first + batch * each);
  const batches = starts.map((start) => meanExponents(blocks, start, start + each, walk));
  return batches.every((batch) => batch !== undefined) ? errorsOf(batches) : undefined;
}

function errorsOf(batches: readonly number[][]): number[] {
  const count = batches.length;
  return batches[0].map((_, k) => {
    const mean = batches.reduce((total, batch) => total + batch[k], 0) / count;
    const variance = batches.reduce((total, batch) => total + (batch[k] - mean) ** 2, 0) / (count - 1);
    return Math.sqrt(variance / count);
  });
}

/** Exponents over the blocks from `start` to before `end`; undefined where no orthonormalisation is among them. */
function meanExponents(blocks: readonly Float64Array[], start: number, end: number, walk: Counted): number[] | undefined {
  const steps = covered(BLOCK * end, walk) - Math.max(walk.warmup, covered(BLOCK * start, walk));
  if (!(steps > 0)) return undefined;
  return Array.from(blocks[0], (_, k) => {
    let sum = 0;
    for (let block = start; block < end; block++) sum += blocks[block][k];
    return sum / steps;
  });
}

/** Blocks below which halves say nothing. */
const LEAST = 8;

/** The exponents over the first half of the counted steps less those over the second half. */
export interface SplitHalf {
  /** [K] nats per step. */
  readonly difference: readonly number[];
  /** Root mean square, over the exponents, of the difference in units of its own standard error, taken from the second half. */
  readonly score: number;
}

/**
 * Compares the two halves of a walk: tangent vectors that were not aligned when counting began leave a trace in the first.
 * The standard error is the second half's, because the trace would widen the first half's own.
 * @returns undefined for walks of fewer than 8 counted blocks of 16 steps
 */
export function splitHalf(blocks: readonly Float64Array[], walk: Counted): SplitHalf | undefined {
  const whole = wholeBlocks(blocks, walk);
  if (whole.length < LEAST) return undefined;
  const middle = whole[Math.floor(whole.length / 2)];
  const end = whole[whole.length - 1] + 1;
  const [early, late] = [meanExponents(blocks, whole[0], middle, walk), meanExponents(blocks, middle, end, walk)];
  const errors = batchErrors(blocks, whole.slice(Math.floor(whole.length / 2)), MOST / 2, walk);
  if (!early || !late || !errors) return undefined;
  const difference = early.map((value, k) => value - late[k]);
  // Rounding alone makes a difference of about 1e-6 where the exponents do not fluctuate at all.
  const squares = difference.map((value, k) => value ** 2 / (2 * errors[k] ** 2 + 1e-12));
  return { difference, score: Math.sqrt(squares.reduce((sum, value) => sum + value, 0) / squares.length) };
}

/** Beyond this many standard errors the halves differ, not only by chance: errors of eight batches have heavy tails. */
const SCORE = 5;
/** Differences that no one minds, nats per step. */
const NEGLIGIBLE = 2e-3;

/** A warning where the halves of one of the trajectories say that counting began too early. */
export function warmupWarning(halves: readonly (SplitHalf | undefined)[], { T, warmup }: Counted): string | undefined {
  const widest = (half: SplitHalf) => Math.max(...half.difference.map(Math.abs));
  const bad = halves.filter((half): half is SplitHalf => half !== undefined && half.score > SCORE && widest(half) > NEGLIGIBLE);
  if (bad.length === 0) return undefined;
  const most = Math.max(...bad.map(widest));
  return `the two halves of the walk differ by up to ${most.toPrecision(2)} nats per step, more than chance: raise the warm-up (now ${warmup}; try ${suggestion(T, warmup)}), and the steps with it`;
}

function suggestion(T: number, warmup: number): number {
  return Math.max(2 * warmup, Math.round(T / 5));
}
