import type { Cell } from "./cell";
import { gru } from "./gru";
import { lstm } from "./lstm";
import { rnn } from "./rnn";
import { rnn_identity } from "./rnn_identity";
import { rnn_relu } from "./rnn_relu";

export type { Cell } from "./cell";

/** Where several cells have the same shapes, a file is taken to hold the first. */
const all = {
  rnn,
  rnn_identity,
  rnn_relu,
  gru,
  lstm,
};

export type CellName = keyof typeof all;

export const cells: Readonly<Record<CellName, Cell>> = all;

/** For choices on the command line and in configurations. */
export const cellNames = Object.keys(cells) as [CellName, ...CellName[]];
