import { cells } from "../cells/index";
import type { ParameterName } from "../model";
import { stream } from "../random";
import type { Case } from "./cases";

/** order[i] is the unit that becomes unit i; number 0 leaves them in place. */
export function permutation(N: number, number: number): number[] {
  const keys = stream("state", number).normals(N);
  const order = Array.from({ length: N }, (_, i) => i);
  return number === 0 ? order : order.sort((a, b) => keys[a] - keys[b]);
}

/** Rows of [rows, width] in another order, in blocks of N rows that are ordered alike: gates, or states. */
export function permuteRows<Values extends Float32Array | Float64Array>(values: Values, width: number, order: readonly number[]): Values {
  const N = order.length;
  const source = (row: number) => Math.floor(row / N) * N + order[row % N];
  return values.map((_, at) => values[source(Math.floor(at / width)) * width + (at % width)]) as Values;
}

export function permuteColumns<Values extends Float32Array | Float64Array>(values: Values, order: readonly number[]): Values {
  const N = order.length;
  return values.map((_, at) => values[Math.floor(at / N) * N + order[at % N]]) as Values;
}

/** Parameters or their gradient with the hidden units in another order. */
export function permuteParameters<Values extends Float32Array | Float64Array>(
  parameters: Readonly<Record<ParameterName, Values>>,
  inputs: number,
  order: readonly number[],
): Record<ParameterName, Values> {
  return {
    weight_ih_l0: permuteRows(parameters.weight_ih_l0, inputs, order),
    weight_hh_l0: permuteColumns(permuteRows(parameters.weight_hh_l0, order.length, order), order),
    bias_ih_l0: permuteRows(parameters.bias_ih_l0, 1, order),
    bias_hh_l0: permuteRows(parameters.bias_hh_l0, 1, order),
  };
}

/** The same network with its hidden units in another order: the exact results are the same, the rounding is not. */
export function permuted({ model, h0, q0, B, K }: Case, order: readonly number[]): Pick<Case, "model" | "h0" | "q0"> {
  const D = cells[model.cell].states * model.hidden;
  const states = new Float32Array(B * D);
  for (let b = 0; b < B; b++) states.set(permuteRows(h0.subarray(b * D, (b + 1) * D), 1, order), b * D);
  return { model: { ...model, parameters: permuteParameters(model.parameters, model.inputs, order) }, h0: states, q0: permuteRows(q0, K, order) };
}
