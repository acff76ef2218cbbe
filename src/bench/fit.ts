import { linearRegression } from "simple-statistics";

/** How a quantity grows with a size: y ≈ c · size^exponent. */
export interface PowerFit {
  readonly exponent: number;
  /** Between the two largest sizes alone. */
  readonly last: number;
}

/**
 * Fits a power law by least squares of the logarithms.
 * @param points (size, quantity), both positive, at least two sizes
 */
export function fitPower(points: readonly (readonly [size: number, quantity: number])[]): PowerFit {
  const logs = points.map(([size, quantity]) => [Math.log(size), Math.log(quantity)]).sort((a, b) => a[0] - b[0]);
  const [before, end] = logs.slice(-2);
  return { exponent: linearRegression(logs).m, last: (end[1] - before[1]) / (end[0] - before[0]) };
}
