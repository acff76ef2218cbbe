/** One step of a cell as its pointwise part sees it: everything the forward pass knew. */
export interface CellStep {
  /** Hidden units N. */
  readonly N: number;
  /** W h + bias_hh [G·N], kept apart from the input because GRU multiplies it by a gate. */
  readonly recurrent: Float64Array;
  /** U x + bias_ih [G·N]. */
  readonly input: Float64Array;
  /** State before the step [D]; its first N numbers are h. */
  readonly before: Float64Array;
}

/** K tangent vectors at a step. */
export interface CellTangent {
  readonly K: number;
  /** Tangent vectors of the state before [D, K]. */
  readonly frame: Float64Array;
  /** W times the frame's first N rows: tangent of `recurrent` [G·N, K]. */
  readonly product: Float64Array;
}

/** Adjoints of all that enters a step. What goes through W, to the frame and the state before, is the caller's to add. */
export interface CellAdjoint {
  /** [G·N, K] */
  readonly productBar: Float64Array;
  /** Direct part [D, K], zero where all goes through W. */
  readonly frameBar: Float64Array;
  /** [G·N] */
  readonly recurrentBar: Float64Array;
  /** [G·N]; the same array as `recurrentBar` where the cell only uses the sum of the two. */
  readonly inputBar: Float64Array;
  /** Direct part [D], with the second-order terms. */
  readonly beforeBar: Float64Array;
}

/** The pointwise part of a cell: the state's map, its Jacobian-vector product, and the adjoint of both together. */
export interface ReferenceCell {
  /** State after the step [D]. */
  forward(step: CellStep): Float64Array;
  /** Tangent vectors of the state after the step [D, K], not orthonormalised. */
  tangent(step: CellStep, tangent: CellTangent): Float64Array;
  /** From the adjoints of the state after [D] and of the tangent vectors after [D, K]. */
  adjoint(step: CellStep, tangent: CellTangent, afterBar: Float64Array, tangentBar: Float64Array): CellAdjoint;
}
