import type { Cell } from "./cell";

/** torch.nn.GRU: gates r, z, n; a record is h, r, z, n and the recurrent part of n. */
export const gru: Cell = { title: "GRU", gates: 3, states: 1, record: 5, second: 4, closed: false, apart: 1, elementary: 3 };
