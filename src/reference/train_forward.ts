import { activated, referenceCells } from "./cells/index";
import { addProduct, type Numbers } from "./matrix";
import type { ReferenceModel } from "./walk_forward";

/** A network with its readout. */
export interface ReferenceTrainModel extends ReferenceModel {
  /** [R, N] */
  readonly readoutWeight: Numbers;
  /** [R] */
  readonly readoutBias: Numbers;
}

/** One batch, and how it is judged. */
export interface ReferenceBatch {
  readonly B: number;
  readonly T: number;
  readonly R: number;
  /** [B, T, S] */
  readonly x: Numbers;
  /** [B, T, R] */
  readonly y: Numbers;
  /** Start [B, D]: of the state, or of the pre-activation. */
  readonly start: Numbers;
  readonly loss: "bce" | "mse";
  readonly readout: "activation" | "pre-activation";
  /** First counted step, from 0. */
  readonly scored: number;
}

/** What the forward pass of one sequence leaves behind. */
export interface TrainForward {
  /** States 0 … T [D]. */
  readonly states: Float64Array[];
  /** What is read out at steps 1 … T [N]. */
  readonly reads: Float64Array[];
  /** W h + bias_hh and U x + bias_ih of steps 1 … T. */
  readonly recurrent: Float64Array[];
  readonly input: Float64Array[];
  /** ∂loss/∂output of steps 1 … T [R]. */
  readonly errors: Float64Array[];
  /** Sums over counted steps and outputs. */
  readonly loss: number;
  readonly right: number;
}

/** Forward pass of sequence `b`: states, outputs, loss and its derivative (design 4, rule 8). */
export function trainForward(model: ReferenceTrainModel, batch: ReferenceBatch, b: number): TrainForward {
  const { hidden: N, inputs: S, parameters } = model;
  const { T, R, x, y, scored } = batch;
  const cell = referenceCells[model.cell];
  const D = batch.start.length / batch.B;
  const scale = 1 / ((T - scored) * batch.B * R);
  const start = Float64Array.from(batch.start.subarray(b * D, (b + 1) * D));
  const states: Float64Array[] = [batch.readout === "activation" ? start : activated(model.cell, start)];
  const result = { states, reads: [] as Float64Array[], recurrent: [] as Float64Array[], input: [] as Float64Array[], errors: [] as Float64Array[] };
  let loss = 0;
  let right = 0;
  for (let t = 0; t < T; t++) {
    const before = states[t];
    const recurrent = Float64Array.from(parameters.bias_hh_l0);
    addProduct(recurrent, parameters.weight_hh_l0, before, recurrent.length, N, 1);
    const input = Float64Array.from(parameters.bias_ih_l0);
    addProduct(input, parameters.weight_ih_l0, x.subarray((b * T + t) * S, (b * T + t + 1) * S), input.length, S, 1);
    const after = cell.forward({ N, recurrent, input, before });
    const read: Float64Array = batch.readout === "activation" ? after.subarray(0, N) : recurrent.map((value, i) => value + input[i]);
    const output = Float64Array.from(model.readoutBias);
    addProduct(output, model.readoutWeight, read, R, N, 1);
    const error = new Float64Array(R);
    for (let r = 0; r < R && t >= scored; r++) {
      const one = score(output[r], y[(b * T + t) * R + r], batch.loss);
      loss += one.loss;
      right += one.right;
      error[r] = one.slope * scale;
    }
    states.push(after);
    result.reads.push(read);
    result.recurrent.push(recurrent);
    result.input.push(input);
    result.errors.push(error);
  }
  return { ...result, loss, right };
}

function score(value: number, y: number, kind: "bce" | "mse"): { loss: number; slope: number; right: number } {
  const right = value > 0 === y > 0.5 ? 1 : 0;
  if (kind === "mse") return { loss: (value - y) ** 2, slope: 2 * (value - y), right };
  return { loss: Math.max(value, 0) - value * y + Math.log1p(Math.exp(-Math.abs(value))), slope: 1 / (1 + Math.exp(-value)) - y, right };
}
