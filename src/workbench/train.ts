import { cells } from "../cells/index";
import { download } from "../gpu/buffer";
import type { TrainSizes } from "../kernels/train_sizes";
import { stream } from "../random";
import type { ReferenceBatch, ReferenceTrainModel } from "../reference/index";
import { loadRates, loadSequences, loadTrainModel } from "../train_load";
import { type TrainModel, unpackTrainTensors } from "../train_model";
import { createTrainEngine, type TrainEngine, type TrainEngineOptions } from "../training_engine";

export interface TrainProblem {
  readonly model: TrainModel;
  readonly x: Float32Array;
  readonly y: Float32Array;
}

/** A random network with a batch of random sequences. */
export function randomTrainProblem(sizes: TrainSizes, seed: number): TrainProblem {
  const { cell, N, S, R, B, T } = sizes;
  let number = 0;
  const draw = (length: number, scale: number) => {
    const normals = stream("state", seed, number++).normals(length);
    return Float32Array.from(normals, (value) => value * scale);
  };
  const { gates, states } = cells[cell];
  const rows = gates * N;
  // What no tanh bounds must not grow over the steps.
  const gain = cell === "rnn_relu" || cell === "rnn_identity" ? 0.6 : 1.1;
  const parameters = {
    weight_hh_l0: draw(rows * N, gain / Math.sqrt(N)),
    weight_ih_l0: draw(rows * S, 1),
    bias_ih_l0: draw(rows, 0.2),
    bias_hh_l0: draw(rows, 0.2),
  };
  const more = { readoutWeight: draw(R * N, 0.5), readoutBias: draw(R, 0.3), start: draw(B * states * N, 0.5) };
  const y = draw(B * T * R, 1);
  const targets = sizes.loss === "bce" ? y.map((value) => (value > 0 ? 1 : 0)) : y;
  return { model: { cell, hidden: N, inputs: S, parameters, ...more }, x: draw(B * T * S, 1), y: targets };
}

/** A training engine with one network a problem, loaded, its outputs filled with NaN. The caller destroys it. */
export async function loadedTrainEngine(
  device: GPUDevice,
  problems: readonly TrainProblem[],
  sizes: TrainSizes,
  options: TrainEngineOptions = {},
): Promise<TrainEngine> {
  const engine = await createTrainEngine(device, sizes, options);
  const { records, reads, errors, adjoints, partials, gradient } = engine.buffers;
  for (const buffer of [records, reads, errors, adjoints, partials, gradient]) buffer.write(new Float32Array(buffer.length).fill(Number.NaN));
  // The padding of the readout's bias is never written: it stays zero from the start.
  const { gradient: each, atReadoutBias, atStart } = engine.layout;
  for (let m = 0; m < sizes.M; m++) gradient.write(new Float32Array(atStart - atReadoutBias), m * each + atReadoutBias);
  problems.forEach(({ model, x, y }, m) => {
    loadTrainModel(engine, m, model);
    loadSequences(engine, m, x, y);
  });
  loadRates(engine, () => ({ lr: [0, 0, 0, 0, 0, 0, 0], mix: 0, weightDecay: 0, step: 1, clip: 0 }));
  return engine;
}

export function referenceOf({ model, x, y }: TrainProblem, sizes: TrainSizes): { model: ReferenceTrainModel; batch: ReferenceBatch } {
  const { B, T, R, loss, readout, scored } = sizes;
  return { model, batch: { B, T, R, x, y, start: model.start, loss, readout, scored } };
}

/** One epoch, and what it gave for each network. */
export async function trainEpoch(
  engine: TrainEngine,
): Promise<{ loss: number; accuracy: number; gradient: ReturnType<typeof unpackTrainTensors> }[]> {
  const encoder = engine.device.createCommandEncoder();
  for (const { forward, backward, update } of engine.slices) for (const plan of [forward, backward, update]) plan.encode(encoder);
  engine.device.queue.submit([encoder.finish()]);
  const [data] = await download(engine.device, [{ source: engine.buffers.gradient }]);
  const { sizes, layout } = engine;
  const count = (sizes.T - sizes.scored) * sizes.B * sizes.R;
  return Array.from({ length: sizes.M }, (_, m) => {
    const mine = new Float32Array(data, 4 * m * layout.gradient, layout.gradient);
    const [loss, right] = mine.subarray(layout.parameters);
    return { loss: loss / count, accuracy: right / count, gradient: unpackTrainTensors(mine, sizes) };
  });
}

/** Runs the plans of all slices and reads a buffer. */
export async function afterPlans(
  engine: TrainEngine,
  plans: readonly ("forward" | "backward" | "lastBackward" | "update" | "score")[],
  name: keyof TrainEngine["buffers"],
): Promise<Float32Array> {
  const encoder = engine.device.createCommandEncoder();
  for (const slice of engine.slices) for (const plan of plans) slice[plan].encode(encoder);
  engine.device.queue.submit([encoder.finish()]);
  const source = engine.buffers[name];
  const [data] = await download(engine.device, [{ source }]);
  return new Float32Array(data).subarray(0, source.length);
}
