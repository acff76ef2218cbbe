import { referenceCells } from "./cells/index";
import { addTransposedProduct } from "./matrix";
import type { ReferenceBatch, ReferenceTrainModel, TrainForward } from "./train_forward";

/** Adjoints of one sequence. */
export interface TrainAdjoint {
  /** Of W h + bias_hh and of U x + bias_ih at steps 1 … T [G·N]. */
  readonly recurrentBars: Float64Array[];
  readonly inputBars: Float64Array[];
  /** Of the start [D]. */
  readonly startBar: Float64Array;
}

/** Backpropagation through time of sequence `b`, from the errors of the forward pass. */
export function trainAdjoint(model: ReferenceTrainModel, batch: ReferenceBatch, b: number, forward: TrainForward): TrainAdjoint {
  const { hidden: N, parameters } = model;
  const { T, R } = batch;
  const cell = referenceCells[model.cell];
  const { states, recurrent, input, errors } = forward;
  const recurrentBars = new Array<Float64Array>(T);
  const inputBars = new Array<Float64Array>(T);
  const nothing = { K: 0, frame: new Float64Array(0), product: new Float64Array(0) };
  let stateBar: Float64Array = new Float64Array(states[0].length);
  for (let t = T - 1; t >= 0; t--) {
    const readBar = new Float64Array(N);
    addTransposedProduct(readBar, model.readoutWeight, errors[t], R, N, 1);
    if (batch.readout === "activation") for (let i = 0; i < N; i++) stateBar[i] += readBar[i];
    const step = { N, recurrent: recurrent[t], input: input[t], before: states[t] };
    const bars = cell.adjoint(step, nothing, stateBar, new Float64Array(0));
    recurrentBars[t] = bars.recurrentBar;
    inputBars[t] = bars.inputBar;
    if (batch.readout === "pre-activation") {
      recurrentBars[t] = bars.recurrentBar.map((value, i) => value + readBar[i]);
      inputBars[t] = recurrentBars[t];
    }
    stateBar = Float64Array.from(bars.beforeBar);
    addTransposedProduct(stateBar, parameters.weight_hh_l0, recurrentBars[t], recurrentBars[t].length, N, 1);
  }
  if (batch.readout === "activation") return { recurrentBars, inputBars, startBar: stateBar };
  const start = {
    N,
    recurrent: Float64Array.from(batch.start.subarray(b * N, (b + 1) * N)),
    input: new Float64Array(N),
    before: new Float64Array(N),
  };
  return { recurrentBars, inputBars, startBar: cell.adjoint(start, nothing, stateBar, new Float64Array(0)).recurrentBar };
}
