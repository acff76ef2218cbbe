import { InputError } from "../errors";
import type { Task, TaskOptions } from "./task";

/** The sum of two marked numbers, asked for at the last step (Hochreiter & Schmidhuber 1997). */
export function adding({ steps, delay }: TaskOptions): Task {
  if (delay !== undefined) throw new InputError("the task adding has no delay: its horizon is the sequence; give --steps and leave --delay out");
  if (steps < 2) throw new InputError(`steps = ${steps}: the task adding needs at least 2`);
  return {
    ...{ name: "adding", shader: "adding", S: 2, R: 1, loss: "mse", real: true, scale: 1, history: 0, delay: 0, taps: 0, scored: steps - 1 },
    horizon: `T = ${steps}`,
  };
}
