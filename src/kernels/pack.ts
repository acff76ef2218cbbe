import { InputError } from "../errors";
import type { Model, Parameters } from "../model";
import type { Layout } from "./sizes";

// Between PyTorch's shapes and the padded ones of shaders/lib/layout.wgsl.

/** Visits (index in PyTorch's tensor, index in the flat padded parameters) of every parameter. */
function forEachParameter(
  { hidden: N, inputs: S }: Pick<Model, "hidden" | "inputs">,
  layout: Layout,
  visit: (name: keyof Parameters, index: number, at: number) => void,
): void {
  const rows = layout.gates * layout.NP;
  for (let gate = 0; gate < layout.gates; gate++) {
    for (let i = 0; i < N; i++) {
      const row = gate * N + i;
      const padded = gate * layout.NP + i;
      for (let j = 0; j < N; j++) visit("weight_hh_l0", row * N + j, padded * layout.NP + j);
      for (let s = 0; s < S; s++) visit("weight_ih_l0", row * S + s, layout.atWeightIh + s * rows + padded);
      visit("bias_ih_l0", row, layout.atBiasIh + padded);
      visit("bias_hh_l0", row, layout.atBiasHh + padded);
    }
  }
}

/** A network's flat, padded parameters. */
export function packParameters(model: Model, layout: Layout): Float32Array {
  const data = new Float32Array(layout.parameters);
  forEachParameter(model, layout, (name, index, at) => {
    data[at] = model.parameters[name][index];
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
  forEachParameter(model, layout, (name, index, at) => {
    result[name][index] = data[at];
  });
  return result;
}

/** weight_hh transposed, [NP, G·NP]. */
export function packTransposed(parameters: Float32Array, layout: Layout): Float32Array {
  const rows = layout.gates * layout.NP;
  const data = new Float32Array(layout.NP * rows);
  for (let i = 0; i < rows; i++) for (let j = 0; j < layout.NP; j++) data[j * rows + i] = parameters[i * layout.NP + j];
  return data;
}

/**
 * Orthonormalises the first K columns of a frame, in float64 by Gram-Schmidt done twice.
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
  const frame: Float64Array[] = [];
  for (let k = 0; k < K; k++) {
    const q = Float64Array.from({ length: D }, (_, i) => q0[i * columns + k]);
    const length = norm(q);
    for (let sweep = 0; sweep < 2; sweep++) for (const p of frame) subtractProjection(q, p);
    const left = norm(q);
    if (!(left > 1e-6 * length)) throw new InputError(`q0: column ${k} depends on the columns before it: give independent columns`);
    for (let i = 0; i < D; i++) {
      q[i] /= left;
      data[k * layout.D + Math.floor(i / N) * layout.NP + (i % N)] = q[i];
    }
    frame.push(q);
  }
  return data;
}

function norm(q: Float64Array): number {
  let sum = 0;
  for (const value of q) sum += value * value;
  return Math.sqrt(sum);
}

function subtractProjection(q: Float64Array, p: Float64Array): void {
  let c = 0;
  for (let i = 0; i < q.length; i++) c += q[i] * p[i];
  for (let i = 0; i < q.length; i++) q[i] -= c * p[i];
}

/** State numbers [D] as the start of a record, [RECORD, NP]. */
export function packState(state: Float32Array, N: number, layout: Layout): Float32Array {
  const data = new Float32Array(layout.record * layout.NP);
  for (let s = 0; s < layout.states; s++) data.set(state.subarray(s * N, (s + 1) * N), s * layout.NP);
  return data;
}
