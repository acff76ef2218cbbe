import { linearRegression, median, quantile } from "simple-statistics";

/** A claim with the test that decides it. */
export interface Verdict {
  /** What is claimed, in words. */
  readonly claim: string;
  readonly pass: boolean;
  /** The numbers, in words. */
  readonly numbers: string;
  /** One-sided p value of the test, where it is one: below `alpha` the claim passes. */
  readonly p?: number;
  readonly alpha?: number;
  /** Networks. */
  readonly n: number;
}

/** Where a claim passes. */
export const ALPHA = 0.05;

/** Largest number of pairs whose 2^n signs are all looked at. */
const MOST_EXACT = 20;

/**
 * Wilcoxon's signed-rank test, exact: the share of all 2^n choices of signs whose sum of positive ranks is at least the one seen.
 * Ties share their mean rank; zeros stay, with rank but on neither side (Pratt 1959), which is the careful choice.
 * @param differences one for each pair, positive where the claim holds
 * @returns one-sided p
 */
export function signedRank(differences: readonly number[]): number {
  if (differences.length === 0 || differences.some(Number.isNaN)) return 1;
  const ranks = meanRanks(differences.map(Math.abs));
  const signed = ranks.filter((_, i) => differences[i] !== 0);
  if (signed.length > MOST_EXACT) throw new RangeError(`${signed.length} pairs: at most ${MOST_EXACT} can be tested exactly`);
  const seen = ranks.reduce((sum, rank, i) => (differences[i] > 0 ? sum + rank : sum), 0);
  let atLeast = 0;
  const choices = 2 ** signed.length;
  for (let choice = 0; choice < choices; choice++) {
    const sum = signed.reduce((total, rank, i) => ((choice >> i) & 1 ? total + rank : total), 0);
    if (sum >= seen - 1e-9) atLeast++;
  }
  return atLeast / choices;
}

/** Ranks from 1; equal values share their mean rank. */
function meanRanks(values: readonly number[]): number[] {
  return values.map((value) => {
    const below = values.filter((other) => other < value).length;
    const equal = values.filter((other) => other === value).length;
    return below + (equal + 1) / 2;
  });
}

/**
 * Tests that a number measured on pairs of the same network exceeds another.
 * @param differences [n] one a network, positive where the claim holds
 * @param numbers what was measured, in words
 */
export function pairedVerdict(claim: string, differences: readonly number[], numbers: string): Verdict {
  const p = signedRank(differences);
  const holds = differences.filter((value) => value > 0).length;
  const n = differences.length;
  const text = `${numbers}; holds in ${holds} of ${n} networks, signed-rank test p = ${formatP(p)} (passes below ${ALPHA})`;
  return { claim, pass: p < ALPHA, numbers: text, p, alpha: ALPHA, n };
}

/** A p value as people read it. */
export function formatP(p: number): string {
  return p < 0.001 ? p.toExponential(1) : p.toPrecision(2);
}

/** Median and quartiles. */
export interface Summary {
  readonly median: number;
  readonly low: number;
  readonly high: number;
}

export function summarise(values: readonly number[]): Summary {
  const list = [...values];
  return { median: median(list), low: quantile(list, 0.25), high: quantile(list, 0.75) };
}

export { median };

/** Slope of the least-squares line. */
export function slope(points: readonly (readonly [number, number])[]): number {
  return linearRegression(points.map(([x, y]) => [x, y])).m;
}
