import { cells } from "../cells/index";
import { referenceCells } from "./cells/index";
import { addProduct, addTransposedProduct } from "./matrix";
import { timesInverseTransposed } from "./qr";
import { type ReferenceModel, recurrentTangent, type Walk } from "./walk_forward";

/** The adjoint of one trajectory, as far as the weight gradient needs it. Index t as in `Walk`, from 1. */
export interface WalkAdjoint {
  /** productBar[t] [G·N, K]: adjoint of W Q_{t−1}; for the vanilla cell diag(d_t) Ā_t. */
  readonly productBar: Float64Array[];
  /** recurrentBar[t] [G·N]: adjoint of W h_{t−1} + bias_hh. */
  readonly recurrentBar: Float64Array[];
  /** inputBar[t] [G·N]: adjoint of U x_t + bias_ih. */
  readonly inputBar: Float64Array[];
  /** Gradient with respect to the initial state [D]. */
  readonly h0Bar: Float64Array;
}

/**
 * b − Q (strictUpper(S) + diag(diag S − w)) with S = Qᵀ b: in exact arithmetic Qᵀ B_t is lower triangular with diagonal w;
 * rounding breaks that, and what is broken grows exponentially (design.md 3.2). From b = 0 it makes Q diag(w).
 */
export function restoreTriangle(b: Float64Array, q: Float64Array, w: ArrayLike<number>, D: number, K: number): Float64Array {
  const s = new Float64Array(K * K);
  addTransposedProduct(s, q, b, D, K, K);
  const correction = s.map((value, at) => {
    const i = Math.floor(at / K);
    const j = at % K;
    if (i > j) return 0;
    return i === j ? w[i] - value : -value;
  });
  const restored = Float64Array.from(b);
  addProduct(restored, q, correction, D, K, K);
  return restored;
}

/**
 * The exact adjoint of the sum of w_i log R_ii over the counted steps (design.md 3.2 and 3.4). w [K].
 * B_T = Q_T diag(w), Ā_t = B_t R_t⁻ᵀ, B_{t−1} = J_tᵀ Ā_t: the general QR adjoint of Liao et al. 2019 collapses to this.
 */
export function walkAdjoint(model: ReferenceModel, walk: Walk, w: ArrayLike<number>): WalkAdjoint {
  const { schedule, K, states, frames, triangles, steps } = walk;
  const { hidden: N, parameters } = model;
  const D = states[0].length;
  const rows = cells[model.cell].gates * N;
  const uncounted = new Float64Array(K);
  const productBar: Float64Array[] = [];
  const recurrentBar: Float64Array[] = [];
  const inputBar: Float64Array[] = [];
  let stateBar: Float64Array = new Float64Array(D);
  let frameBar: Float64Array = new Float64Array(D * K);
  for (let t = schedule.T; t >= 1; t--) {
    const r = triangles[t];
    let tangentBar = frameBar;
    if (r) tangentBar = timesInverseTransposed(restoreTriangle(frameBar, frames[t], t > schedule.warmup ? w : uncounted, D, K), r, D, K);
    const adjoint = referenceCells[model.cell].adjoint(steps[t], recurrentTangent(model, frames[t - 1], K), stateBar, tangentBar);
    productBar[t] = adjoint.productBar;
    recurrentBar[t] = adjoint.recurrentBar;
    inputBar[t] = adjoint.inputBar;
    // h is the first N rows of state and frame, so what comes back through W lands there.
    stateBar = Float64Array.from(adjoint.beforeBar);
    addTransposedProduct(stateBar, parameters.weight_hh_l0, adjoint.recurrentBar, rows, N, 1);
    frameBar = Float64Array.from(adjoint.frameBar);
    addTransposedProduct(frameBar, parameters.weight_hh_l0, adjoint.productBar, rows, N, K);
  }
  return { productBar, recurrentBar, inputBar, h0Bar: stateBar };
}
