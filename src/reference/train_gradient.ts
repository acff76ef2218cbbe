import type { ParameterName } from "../model";
import { addOuterProduct } from "./matrix";
import { trainAdjoint } from "./train_adjoint";
import { type ReferenceBatch, type ReferenceTrainModel, trainForward } from "./train_forward";

/** The loss of a batch and its gradient, in PyTorch's shapes. */
export interface ReferenceTrainResult {
  /** Mean over counted steps, sequences and outputs. */
  readonly loss: number;
  /** Share of right answers. */
  readonly accuracy: number;
  readonly gradient: Readonly<Record<ParameterName | "readout.weight" | "readout.bias" | "h0", Float64Array>>;
}

/** Loss and gradient of a batch by backpropagation through time. */
export function trainGradient(model: ReferenceTrainModel, batch: ReferenceBatch): ReferenceTrainResult {
  const { hidden: N, inputs: S, parameters } = model;
  const { B, T, R, x, scored } = batch;
  const rows = parameters.bias_ih_l0.length;
  const D = batch.start.length / B;
  const gradient = {
    weight_ih_l0: new Float64Array(rows * S),
    weight_hh_l0: new Float64Array(rows * N),
    bias_ih_l0: new Float64Array(rows),
    bias_hh_l0: new Float64Array(rows),
    "readout.weight": new Float64Array(R * N),
    "readout.bias": new Float64Array(R),
    h0: new Float64Array(B * D),
  };
  let loss = 0;
  let right = 0;
  const one = Float64Array.of(1);
  for (let b = 0; b < B; b++) {
    const forward = trainForward(model, batch, b);
    const { recurrentBars, inputBars, startBar } = trainAdjoint(model, batch, b, forward);
    loss += forward.loss;
    right += forward.right;
    gradient.h0.set(startBar, b * D);
    for (let t = 0; t < T; t++) {
      addOuterProduct(gradient.weight_hh_l0, recurrentBars[t], forward.states[t], rows, N, 1);
      addOuterProduct(gradient.weight_ih_l0, inputBars[t], x.subarray((b * T + t) * S, (b * T + t + 1) * S), rows, S, 1);
      addOuterProduct(gradient.bias_ih_l0, inputBars[t], one, rows, 1, 1);
      addOuterProduct(gradient.bias_hh_l0, recurrentBars[t], one, rows, 1, 1);
      addOuterProduct(gradient["readout.weight"], forward.errors[t], forward.reads[t], R, N, 1);
      addOuterProduct(gradient["readout.bias"], forward.errors[t], one, R, 1, 1);
    }
  }
  const count = (T - scored) * B * R;
  return { loss: loss / count, accuracy: right / count, gradient };
}
