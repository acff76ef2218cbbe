export type CellName = "rnn";

/** What the host knows of a cell; its mathematics is in `shaders/cells` and `src/reference/cells`. */
export interface Cell {
  /** Gates G: rows of the recurrent weight per hidden unit. */
  readonly gates: number;
  /** State numbers per hidden unit: D = states · N. */
  readonly states: number;
  /** Numbers kept per unit and step, the states first. */
  readonly record: number;
}

export const cells: Readonly<Record<CellName, Cell>> = {
  rnn: { gates: 1, states: 1, record: 1 },
};
