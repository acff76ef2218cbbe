import type { ParameterName } from "../model";
import { addOuterProduct, type Numbers } from "./matrix";
import type { WalkAdjoint } from "./walk_adjoint";
import type { ReferenceModel, Walk } from "./walk_forward";

export type ParameterGradient = Record<ParameterName, Float64Array>;

/** A gradient of zeros for the parameters of `model`. */
export function zeroGradient({ parameters }: ReferenceModel): ParameterGradient {
  return {
    weight_ih_l0: new Float64Array(parameters.weight_ih_l0.length),
    weight_hh_l0: new Float64Array(parameters.weight_hh_l0.length),
    bias_ih_l0: new Float64Array(parameters.bias_ih_l0.length),
    bias_hh_l0: new Float64Array(parameters.bias_hh_l0.length),
  };
}

/**
 * Add one trajectory's gradient: W̄ += DA Q_{t−1}ᵀ + ā h_{t−1}ᵀ, Ū += ā x_tᵀ, b̄ += ā over all steps (design.md 3.2).
 * x [T, S] or null for no input.
 */
export function addWeightGradient(gradient: ParameterGradient, model: ReferenceModel, walk: Walk, adjoint: WalkAdjoint, x: Numbers | null): void {
  const { hidden: N, inputs: S } = model;
  const rows = gradient.bias_hh_l0.length;
  for (let t = 1; t <= walk.schedule.T; t++) {
    const { productBar, recurrentBar, inputBar } = adjoint;
    addOuterProduct(gradient.weight_hh_l0, productBar[t], walk.frames[t - 1], rows, N, walk.K);
    addOuterProduct(gradient.weight_hh_l0, recurrentBar[t], walk.states[t - 1], rows, N, 1);
    if (x) addOuterProduct(gradient.weight_ih_l0, inputBar[t], x.subarray((t - 1) * S, t * S), rows, S, 1);
    for (let i = 0; i < rows; i++) {
      gradient.bias_hh_l0[i] += recurrentBar[t][i];
      gradient.bias_ih_l0[i] += inputBar[t][i];
    }
  }
}
