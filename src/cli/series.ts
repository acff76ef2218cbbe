import { type Counted, covered } from "../convergence";
import { BLOCK } from "../kernels/sizes";

/**
 * The exponents as they settle: for every trajectory a JSON line each 16 steps, with the exponents over the counted steps so
 * far. `step` is the last orthonormalisation up to there.
 * @param blocks [B][blocks][K] sums of log R_ii
 */
export function seriesLines(blocks: readonly (readonly Float64Array[])[], walk: Counted): string {
  return blocks.map((series, trajectory) => linesOf(series, trajectory, walk)).join("");
}

function linesOf(series: readonly Float64Array[], trajectory: number, walk: Counted): string {
  const sums = new Float64Array(series[0]?.length ?? 0);
  let last = walk.warmup;
  return series
    .map((block, i) => {
      for (let k = 0; k < sums.length; k++) sums[k] += block[k];
      const step = covered(BLOCK * (i + 1), walk);
      if (step <= last) return "";
      last = step;
      return `${JSON.stringify({ trajectory, step, exponents: Array.from(sums, (sum) => sum / (step - walk.warmup)) })}\n`;
    })
    .join("");
}
