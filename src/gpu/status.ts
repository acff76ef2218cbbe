import { NumericalError } from "../errors";

/** No failure. */
export const STATUS_NONE = 0xffffffff;
/** Steps that a status word can name. */
export const MOST_STEPS = 2 ** 18 - 1;

const BROKEN_STATE = 0;
const VANISHED = 1;

/**
 * The earliest failure that the kernels reported (shaders/lib/status.wgsl), of M·B trajectories in order.
 * @param words [M·B] status words
 */
export function decodeStatus(words: Uint32Array, B: number): NumericalError | undefined {
  const worst = words.reduce((best, word, i) => (word >>> 14 < words[best] >>> 14 ? i : best), 0);
  const word = words[worst];
  if (word === STATUS_NONE) return undefined;
  const position = { network: Math.floor(worst / B), trajectory: worst % B, step: word >>> 14, column: (word >>> 2) & 4095 };
  const where = `network ${position.network}, trajectory ${position.trajectory}, step ${position.step}`;
  const kind = word & 3;
  if (kind === VANISHED) {
    const message = `${where}: tangent vector ${position.column} vanished: the Jacobians reach fewer independent directions than k asks for; lower k to ${position.column}, or the interval if it is above 1`;
    return new NumericalError(message, position);
  }
  const { network, trajectory, step } = position;
  const what = kind === BROKEN_STATE ? "a number is no longer finite" : "the loss is not finite";
  return new NumericalError(`${where}: ${what}: the weights overflow; lower the gain or the learning rate`, { network, trajectory, step });
}
