import { cells } from "../cells/index";
import { InputError } from "../errors";
import { type CellStep, referenceCells } from "./cells/index";
import { addProduct, type Numbers } from "./matrix";
import { type ReferenceModel, recurrentTangent } from "./walk_forward";

/**
 * The steps 1 … T of one trajectory as the cell sees them, and the state after each.
 * @param x [T, S] or null for no input
 * @param h0 [D]
 * @throws InputError where sizes disagree
 */
export function trajectorySteps(model: ReferenceModel, x: Numbers | null, h0: Numbers, T: number): { step: CellStep; after: Float64Array }[] {
  const { hidden: N, inputs: S, parameters } = model;
  const D = cells[model.cell].states * N;
  if (h0.length !== D) throw new InputError(`h0 has ${h0.length} numbers, [D] = [${D}] is needed`);
  if (x && x.length < T * S) throw new InputError(`x has ${x.length} numbers, [T, S] = [${T}, ${S}] needs ${T * S}`);
  let before: Float64Array = Float64Array.from(h0);
  return Array.from({ length: T }, (_, t) => {
    const recurrent = Float64Array.from(parameters.bias_hh_l0);
    addProduct(recurrent, parameters.weight_hh_l0, before.subarray(0, N), recurrent.length, N, 1);
    const input = Float64Array.from(parameters.bias_ih_l0);
    if (x) addProduct(input, parameters.weight_ih_l0, x.subarray(t * S, (t + 1) * S), input.length, S, 1);
    const step: CellStep = { N, recurrent, input, before };
    before = referenceCells[model.cell].forward(step);
    return { step, after: before };
  });
}

/** The Jacobians D_t = ∂state_t/∂state_{t−1} [D, D] row-major of the steps 1 … T of one trajectory; see `trajectorySteps`. */
export function stepJacobians(model: ReferenceModel, x: Numbers | null, h0: Numbers, T: number): Float64Array[] {
  const D = cells[model.cell].states * model.hidden;
  const identity = new Float64Array(D * D);
  for (let i = 0; i < D; i++) identity[i * D + i] = 1;
  const product = recurrentTangent(model, identity, D);
  return trajectorySteps(model, x, h0, T).map(({ step }) => referenceCells[model.cell].tangent(step, product));
}
