import { InputError } from "./errors";

/** Steps between orthonormalisations, or as many as the network's own spread allows. */
export type IntervalOption = number | "auto";

/** Columns may spread by a factor of 100 between orthonormalisations before digits are lost (design 3.4). */
export const SPREAD_LIMIT = Math.log(100);

/** Steps between orthonormalisations at the most, however small the spread. */
const MOST = 10;

/** The interval at which a network whose tangent vectors spread by e^spread in `interval` steps stays below the limit. */
export function chooseInterval(spread: number, interval: number): number {
  const perStep = Math.max(spread, 1e-3) / interval;
  return Math.max(1, Math.min(MOST, Math.floor(SPREAD_LIMIT / perStep)));
}

/** Orthonormalisations between corrections of the adjoint: the same rule (design 3.2). */
export function chooseCorrection(spread: number): number {
  return Math.max(1, Math.min(MOST, Math.floor(SPREAD_LIMIT / Math.max(spread, 1e-3))));
}

/** @throws InputError for anything but 'auto' and whole numbers from 1 */
export function checkInterval(interval: IntervalOption): void {
  if (interval !== "auto" && !(Number.isInteger(interval) && interval >= 1))
    throw new InputError(`interval = ${interval}: must be 'auto' or a whole number of at least 1`);
}
