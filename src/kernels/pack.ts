import { InputError } from "../errors";
import type { Model, Parameters } from "../model";
import type { Layout } from "./sizes";

// Between PyTorch's shapes and the padded ones of shaders/lib/layout.wgsl.

/** Visits the stretches of parameters that lie together in both: where in PyTorch's tensor, where in the flat padded parameters, how many. */
function forEachStretch(
  { hidden: N, inputs: S }: Pick<Model, "hidden" | "inputs">,
  layout: Layout,
  visit: (name: keyof Parameters, index: number, at: number, length: number) => void,
): void {
  const rows = layout.gates * layout.NP;
  for (let gate = 0; gate < layout.gates; gate++) {
    const padded = gate * layout.NP;
    for (let i = 0; i < N; i++) {
      visit("weight_hh_l0", (gate * N + i) * N, (padded + i) * layout.NP, N);
      // Transposed.
      for (let s = 0; s < S; s++) visit("weight_ih_l0", (gate * N + i) * S + s, layout.atWeightIh + s * rows + padded + i, 1);
    }
    visit("bias_ih_l0", gate * N, layout.atBiasIh + padded, N);
    visit("bias_hh_l0", gate * N, layout.atBiasHh + padded, N);
  }
}

/** A network's flat, padded parameters, or those behind the recurrent weights. */
export function packParameters(model: Model, layout: Layout, part: "all" | "behind weight_hh" = "all"): Float32Array {
  const first = part === "all" ? 0 : layout.atWeightIh;
  const data = new Float32Array(layout.parameters - first);
  forEachStretch(model, layout, (name, index, at, length) => {
    if (at < first) return;
    if (length === 1) data[at - first] = model.parameters[name][index];
    else data.set(model.parameters[name].subarray(index, index + length), at - first);
  });
  return data;
}

/** PyTorch's tensors, from a network's flat, padded parameters or gradient. */
export function unpackParameters(data: Float32Array, model: Pick<Model, "hidden" | "inputs">, layout: Layout): Parameters {
  const rows = layout.gates * model.hidden;
  const result = {
    weight_ih_l0: new Float32Array(rows * model.inputs),
    weight_hh_l0: new Float32Array(rows * model.hidden),
    bias_ih_l0: new Float32Array(rows),
    bias_hh_l0: new Float32Array(rows),
  };
  forEachStretch(model, layout, (name, index, at, length) => {
    if (length === 1) result[name][index] = data[at];
    else result[name].set(data.subarray(at, at + length), index);
  });
  return result;
}

const SQUARE = 32;

/**
 * weight_hh transposed, [NP, G·NP].
 * @param parameters begins with it, padded
 */
export function packTransposed(parameters: Float32Array, layout: Layout): Float32Array {
  const rows = layout.gates * layout.NP;
  const data = new Float32Array(layout.NP * rows);
  // In squares that stay in the cache.
  for (let first = 0; first < rows; first += SQUARE)
    for (let j = 0; j < layout.NP; j++)
      for (let i = first; i < Math.min(first + SQUARE, rows); i++) data[j * rows + i] = parameters[i * layout.NP + j];
  return data;
}

/** Part of a column's length that projections may leave of it without being done again. */
const ENOUGH_LEFT = 0.5;

/**
 * Orthonormalises the first K columns of a frame, in float64 by Gram-Schmidt, done twice where the first takes much of a column.
 * @param q0 [D, ≥ K] row-major, of `columns` columns
 * @returns [KP, padded D], a tangent vector after the other
 * @throws InputError where the columns are not independent
 */
export function packFrame(q0: Float32Array, N: number, K: number, layout: Layout): Float32Array {
  const D = layout.states * N;
  const columns = q0.length / D;
  if (!Number.isInteger(columns) || columns < K)
    throw new InputError(`q0 has ${q0.length} numbers: ${D} rows of at least k = ${K} columns are needed`);
  const data = new Float32Array(layout.KP * layout.D);
  const all = new Float64Array(K * D);
  const frame: Float64Array[] = [];
  for (let k = 0; k < K; k++) {
    const q = all.subarray(k * D, (k + 1) * D);
    for (let i = 0; i < D; i++) q[i] = q0[i * columns + k];
    const length = norm(q);
    for (const p of frame) subtractProjection(q, p);
    let left = norm(q);
    if (left < ENOUGH_LEFT * length) {
      for (const p of frame) subtractProjection(q, p);
      left = norm(q);
    }
    if (!(left > 1e-6 * length)) throw new InputError(`q0: column ${k} depends on the columns before it: give independent columns`);
    for (let i = 0; i < D; i++) q[i] /= left;
    for (let s = 0; s < layout.states; s++) data.set(q.subarray(s * N, (s + 1) * N), k * layout.D + s * layout.NP);
    frame.push(q);
  }
  return data;
}

function norm(q: Float64Array): number {
  let sum = 0;
  for (let i = 0; i < q.length; i++) sum += q[i] * q[i];
  return Math.sqrt(sum);
}

function subtractProjection(q: Float64Array, p: Float64Array): void {
  // Two sums: one alone waits for each addition.
  let [even, odd] = [0, 0];
  for (let i = 0; i + 1 < q.length; i += 2) {
    even += q[i] * p[i];
    odd += q[i + 1] * p[i + 1];
  }
  const c = even + odd + (q.length % 2 === 1 ? q[q.length - 1] * p[q.length - 1] : 0);
  for (let i = 0; i < q.length; i++) q[i] -= c * p[i];
}

/** State numbers [D] as the start of a record, [RECORD, NP]. */
export function packState(state: Float32Array, N: number, layout: Layout): Float32Array {
  const data = new Float32Array(layout.record * layout.NP);
  for (let s = 0; s < layout.states; s++) data.set(state.subarray(s * N, (s + 1) * N), s * layout.NP);
  return data;
}
