import type { StorageBuffer } from "./gpu/buffer";
import { drawPlaces } from "./kernels/draw_inputs";
import { packTransposed } from "./kernels/pack";
import { layoutOf } from "./kernels/sizes";
import { RATES, ratesRow, type TrainRates } from "./kernels/train_update";
import { packSequences, packTrainModel, type TrainModel } from "./train_model";
import type { TrainEngine } from "./training_engine";

// What the host writes into a training engine's buffers.

/** A network's weights; its moments become zero. */
export function loadTrainModel({ sizes, layout, buffers }: TrainEngine, network: number, model: TrainModel): void {
  const data = packTrainModel(model, sizes);
  buffers.parameters.write(data, network * layout.parameters);
  buffers.transposed.write(packTransposed(data, layoutOf({ ...sizes, K: 1, warmup: 0 })), network * layout.rows * layout.NP);
  buffers.moments.write(new Float32Array(2 * layout.parameters), 2 * network * layout.parameters);
}

/** Inputs [B, T, S] and targets [B, T, R] of a network. */
export function loadSequences({ sizes, layout, buffers }: TrainEngine, network: number, x: Float32Array, y: Float32Array): void {
  const put = (storage: StorageBuffer, values: Float32Array, C: number) => {
    if (C > 0) storage.write(packSequences(values, sizes, C, layout.BP), network * sizes.T * C * layout.BP);
  };
  put(buffers.inputs, x, sizes.S);
  put(buffers.targets, y, sizes.R);
}

/** What the next step of every network is made with. */
export function loadRates({ sizes, buffers }: TrainEngine, rates: (network: number) => TrainRates): void {
  const data = new Float32Array(sizes.M * RATES);
  for (let m = 0; m < sizes.M; m++) data.set(ratesRow(rates(m)), m * RATES);
  buffers.rates.write(data);
}

/** Which random numbers each network draws. */
export function loadPlaces({ buffers }: TrainEngine, seeds: readonly number[]): void {
  buffers.places.write(drawPlaces({ M: seeds.length }, seeds));
}
