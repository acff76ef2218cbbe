import type { CellName } from "../../cells/index";
import type { ReferenceCell } from "./cell";
import { rnn } from "./rnn";

export type { CellAdjoint, CellStep, CellTangent, ReferenceCell } from "./cell";

/** The float64 mathematics of each cell. */
export const referenceCells: Readonly<Record<CellName, ReferenceCell>> = { rnn };
