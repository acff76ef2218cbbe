import type { Cell } from "./cell";

/** torch.nn.LSTM: gates i, f, g, o; the state is [h; c]; a record is h, c, i, f, g, o and tanh c. */
export const lstm: Cell = { title: "LSTM", gates: 4, states: 2, record: 7, second: 6, closed: false, apart: 0, elementary: 5, forgetGate: 1 };
