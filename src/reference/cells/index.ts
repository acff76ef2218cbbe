import type { CellName } from "../../cells/index";
import type { ReferenceCell } from "./cell";
import { gru } from "./gru";
import { lstm } from "./lstm";
import { rnn } from "./rnn";
import { rnn_identity } from "./rnn_identity";
import { rnn_relu } from "./rnn_relu";

export type { CellAdjoint, CellStep, CellTangent, ReferenceCell } from "./cell";

/** The float64 mathematics of each cell. */
export const referenceCells: Readonly<Record<CellName, ReferenceCell>> = {
  rnn,
  rnn_identity,
  rnn_relu,
  gru,
  lstm,
};

/** States of a vanilla cell whose pre-activations are `values`. */
export function activated(cell: CellName, values: ArrayLike<number>): Float64Array {
  const recurrent = Float64Array.from(values);
  return referenceCells[cell].forward({
    N: recurrent.length,
    recurrent,
    input: new Float64Array(recurrent.length),
    before: new Float64Array(recurrent.length),
  });
}
