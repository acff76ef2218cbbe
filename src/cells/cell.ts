/** What the host knows of a cell; its mathematics is in `shaders/cells` and `src/reference/cells`, in files of the same name. */
export interface Cell {
  /** As people call it, in messages and titles. */
  readonly title: string;
  /** Gates G: rows of the recurrent weight per hidden unit. */
  readonly gates: number;
  /** State numbers per hidden unit: D = states · N. */
  readonly states: number;
  /** Numbers kept per unit and step, the states first. */
  readonly record: number;
  /** Sums over the tangent vectors that the second derivatives need, per unit and step. */
  readonly second: number;
  /**
   * Whether state and tangent vectors enter a step through weight_hh alone and the one second-order sum follows from Q and B
   * (design 3.2); where not, weight_hh times the tangent vectors is kept for the adjoint.
   */
  readonly closed: boolean;
  /** Gates, the last ones, whose input and recurrent parts do not enter as a sum: their adjoints differ. */
  readonly apart: number;
  /** Values of tanh or the logistic function that a step takes, per unit. */
  readonly elementary: number;
  /** Where an `init` with a forget-gate bias puts it: the gate's number; left out: the cell forgets nothing by a gate. */
  readonly forgetGate?: number;
}

/** A vanilla cell: one gate, and a state that is a function of the pre-activation. */
export function vanilla(title: string, elementary = 0): Cell {
  return { title, gates: 1, states: 1, record: 1, second: 1, closed: true, apart: 0, elementary };
}
