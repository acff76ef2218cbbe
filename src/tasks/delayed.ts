import { InputError } from "../errors";
import type { Task, TaskOptions } from "./task";

/** The delay, checked. @throws InputError */
function delayOf({ delay, steps }: TaskOptions, name: string, letter: string, longest: (delay: number) => number): number {
  if (delay === undefined) throw new InputError(`the task ${name} needs a delay ${letter}: give --delay`);
  if (!Number.isInteger(delay) || delay < 1)
    throw new InputError(`delay = ${delay}: ${letter} of the task ${name} must be a whole number of at least 1`);
  if (longest(delay) >= steps)
    throw new InputError(
      `delay = ${delay}: the task ${name} looks ${longest(delay)} steps back, the sequence has ${steps}; lower --delay or raise --steps`,
    );
  return delay;
}

function delayed(name: string, options: TaskOptions, taps: number, spacing: number, real: boolean, horizon: string): Task {
  const longest = taps * spacing;
  const scored = options.referenceLabels ? longest - 1 : longest;
  return { name, shader: "delayed", S: 1, R: 1, loss: real ? "mse" : "bce", real, scale: 1, history: 1, delay: spacing, taps, scored, horizon };
}

/** y_t = x_{t−d} */
export function copy(options: TaskOptions, real = false): Task {
  const name = real ? "copy-real" : "copy";
  const d = delayOf(options, name, "d", (delay) => delay);
  return delayed(name, options, 1, d, real, `d = ${d}`);
}

/** y_t = x_{t−d/2} ⊕ x_{t−d} */
export function xor(options: TaskOptions, real = false): Task {
  const name = real ? "xor-real" : "xor";
  const d = delayOf(options, name, "d", (delay) => delay);
  if (d % 2 !== 0) throw new InputError(`delay = ${d}: d of the task ${name} must be even (its taps are d/2 and d)`);
  return delayed(name, options, 2, d / 2, real, `d = ${d} (Δ = ${d / 2})`);
}

/** Parity of the 2^h inputs at t − Δ, t − 2Δ, … */
export function xorTree(options: TaskOptions): Task {
  const { depth } = options;
  if (!Number.isInteger(depth) || depth < 0 || depth > 10) throw new InputError(`depth = ${depth}: must be a whole number from 0 to 10`);
  const taps = 2 ** depth;
  const spacing = delayOf(options, "xor-tree", "Δ", (delay) => delay * taps);
  return delayed("xor-tree", options, taps, spacing, false, `Δ = ${spacing}, ${taps} taps (d = ${spacing * taps})`);
}

/** y_t = x¹ ⊕ x² ⊕ x³ at t − d */
export function xorSpatial(options: TaskOptions): Task {
  const d = delayOf(options, "xor-spatial", "d", (delay) => delay);
  return { ...delayed("xor-spatial", options, 1, d, false, `d = ${d}`), shader: "spatial", S: 3, scale: 1 / 3 };
}
