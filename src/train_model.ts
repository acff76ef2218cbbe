import { cells } from "./cells/index";
import { packParameters, unpackParameters } from "./kernels/pack";
import { type Layout, layoutOf } from "./kernels/sizes";
import { type TrainSizes, type TrainTensor, trainLayout, trainTensors } from "./kernels/train_sizes";
import type { Model } from "./model";
import { activated } from "./reference/cells/index";

/** A network with what a task needs of it. */
export interface TrainModel extends Model {
  /** readout.weight [R, N] */
  readonly readoutWeight: Float32Array;
  /** readout.bias [R] */
  readonly readoutBias: Float32Array;
  /** Start of every sequence [B, D]: the state, or the pre-activation where that is read out. */
  readonly start: Float32Array;
}

/** The states that a start stands for: itself, or what the cell makes of the pre-activation. */
export function stateOfStart({ cell, readout }: Pick<TrainSizes, "cell" | "readout">, start: Float32Array): Float32Array {
  return readout === "activation" ? start : Float32Array.from(activated(cell, start));
}

/** The recurrent part has the layout of the walks. */
function walkLayout(sizes: TrainSizes): Layout {
  return layoutOf({ ...sizes, K: 1, warmup: 0 });
}

/** Visits (tensor, index in it, index in the flat padded parameters) of readout and start. */
function forEachMore(sizes: TrainSizes, visit: (name: "readout.weight" | "readout.bias" | "h0", index: number, at: number) => void): void {
  const { N, R, B } = sizes;
  const { NP, BP, atReadout, atReadoutBias, atStart } = trainLayout(sizes);
  const D = cells[sizes.cell].states * N;
  for (let r = 0; r < R; r++) {
    for (let i = 0; i < N; i++) visit("readout.weight", r * N + i, atReadout + r * NP + i);
    visit("readout.bias", r, atReadoutBias + r);
  }
  for (let b = 0; b < B; b++) for (let i = 0; i < D; i++) visit("h0", b * D + i, atStart + (Math.floor(i / N) * NP + (i % N)) * BP + b);
}

/** A network's flat, padded parameters (shaders/lib/train_layout.wgsl). */
export function packTrainModel(model: TrainModel, sizes: TrainSizes): Float32Array {
  const data = new Float32Array(trainLayout(sizes).parameters);
  data.set(packParameters(model, walkLayout(sizes)));
  const values = { "readout.weight": model.readoutWeight, "readout.bias": model.readoutBias, h0: model.start };
  forEachMore(sizes, (name, index, at) => {
    data[at] = values[name][index];
  });
  return data;
}

/** Tensors in PyTorch's shapes, from a network's flat parameters, gradient or moments. */
export function unpackTrainTensors(data: Float32Array, sizes: TrainSizes): Record<TrainTensor, Float32Array> {
  const { N, S, R, B, cell } = sizes;
  const more = {
    "readout.weight": new Float32Array(R * N),
    "readout.bias": new Float32Array(R),
    h0: new Float32Array(B * cells[cell].states * N),
  };
  forEachMore(sizes, (name, index, at) => {
    more[name][index] = data[at];
  });
  return { ...unpackParameters(data, { hidden: N, inputs: S }, walkLayout(sizes)), ...more };
}

/** The network of such tensors. */
export function trainModelOf(tensors: Record<TrainTensor, Float32Array>, { cell, N, S }: TrainSizes): TrainModel {
  const { weight_ih_l0, weight_hh_l0, bias_ih_l0, bias_hh_l0 } = tensors;
  const parameters = { weight_ih_l0, weight_hh_l0, bias_ih_l0, bias_hh_l0 };
  const more = { readoutWeight: tensors["readout.weight"], readoutBias: tensors["readout.bias"], start: tensors.h0 };
  return { cell, hidden: N, inputs: S, parameters, ...more };
}

/** [T, C, BP] from [B, T, C]: the batch becomes the fastest dimension. */
export function packSequences(values: Float32Array, { B, T }: Pick<TrainSizes, "B" | "T">, C: number, BP: number): Float32Array {
  const data = new Float32Array(T * C * BP);
  for (let b = 0; b < B; b++) for (let i = 0; i < T * C; i++) data[i * BP + b] = values[b * T * C + i];
  return data;
}

/** All tensors one after the other, for norms and comparisons. */
export function flatTensors(tensors: Readonly<Record<TrainTensor, ArrayLike<number>>>): number[] {
  return trainTensors.flatMap((name) => Array.from(tensors[name]));
}
