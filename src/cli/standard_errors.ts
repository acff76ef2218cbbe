/** Steps of a block of logarithms. */
export const BLOCK = 16;
/** Batches at most. */
const MOST = 16;

export interface Walk {
  /** Steps. */
  readonly T: number;
  readonly warmup: number;
  /** Steps between orthonormalisations. */
  readonly interval: number;
}

/**
 * Standard errors of exponents by batch means: blocks of 16 steps that are counted whole are put together, in order, into at
 * most 16 batches of equally many blocks; the standard error is the standard deviation of the batches' means over the root of
 * their number. What is left over, less than a batch, is left out at the beginning, nearest to the warm-up.
 * @param blocks [blocks][K] sums of log R_ii
 * @returns [K]; null with fewer than two batches, or where a batch has no orthonormalisation
 */
export function standardErrors(blocks: readonly Float64Array[], walk: Walk): (number | null)[] {
  const K = blocks[0]?.length ?? 0;
  const whole = blocks.map((_, block) => block).filter((block) => BLOCK * block >= walk.warmup && BLOCK * (block + 1) <= walk.T);
  const each = Math.ceil(whole.length / MOST);
  const count = each > 0 ? Math.floor(whole.length / each) : 0;
  if (count < 2) return new Array<null>(K).fill(null);
  const first = whole[0] + whole.length - count * each;
  const starts = Array.from({ length: count }, (_, batch) => first + batch * each);
  const steps = starts.map((start) => covered(BLOCK * (start + each), walk) - covered(BLOCK * start, walk));
  // An interval longer than a batch leaves batches without a logarithm.
  if (!steps.every((number) => number > 0)) return new Array<null>(K).fill(null);
  return Array.from({ length: K }, (_, k) => {
    const means = starts.map((start, batch) => {
      const sum = blocks.slice(start, start + each).reduce((total, block) => total + block[k], 0);
      return sum / steps[batch];
    });
    const mean = means.reduce((total, value) => total + value, 0) / count;
    const variance = means.reduce((total, value) => total + (value - mean) ** 2, 0) / (count - 1);
    return Math.sqrt(variance / count);
  });
}

/** The last step up to `step` that ends with an orthonormalisation: logarithms up to `step` cover the steps up to there. */
export function covered(step: number, { T, warmup, interval }: Walk): number {
  if (step >= T) return T;
  return warmup + interval * Math.floor((step - warmup) / interval);
}
