import { InputError, NumericalError } from "./errors";
import { download } from "./gpu/buffer";
import { checkDevice, type Profile } from "./gpu/device";
import { FIRST_WORK, Pieces } from "./gpu/pieces";
import { Waiter } from "./gpu/wait";
import type { TrainSizes, TrainTensor } from "./kernels/train_sizes";
import { checkModels } from "./model";
import { loadRates, loadSequences, loadTrainModel } from "./train_load";
import { type TrainModel, unpackTrainTensors } from "./train_model";
import { createTrainEngine, type TrainEngineOptions } from "./training_engine";

export interface EvaluateOptions extends Pick<TrainEngineOptions, "onProgress"> {
  readonly loss: "bce" | "mse";
  /** First counted step, from 0. */
  readonly firstStep: number;
  /** What the readout sees; default `activation`. */
  readonly readout?: TrainSizes["readout"];
  readonly profile?: Profile;
}

/** A task's loss of one network. */
export interface Evaluation {
  /** Mean over counted steps, sequences and outputs. */
  readonly loss: number;
  /** Share of right answers: logit above 0 against y. */
  readonly accuracy: number;
  /** Gradient of the loss in PyTorch's shapes; h0 [B, D]. */
  readonly gradient: Readonly<Record<TrainTensor, Float32Array>>;
}

/**
 * Loss, accuracy and gradient of several networks of one shape on their sequences, by backpropagation through time.
 * @param sequences x [B, T, S] and y [B, T, R] of each network
 * @throws InputError, LimitError for what does not fit; NumericalError where the loss is not finite
 */
export async function evaluateTask(
  device: GPUDevice,
  models: readonly TrainModel[],
  { B, T }: { readonly B: number; readonly T: number },
  sequences: (network: number) => { readonly x: Float32Array; readonly y: Float32Array },
  { loss, firstStep: scored, readout = "activation", profile, onProgress }: EvaluateOptions,
): Promise<Evaluation[]> {
  checkModels(models);
  const [{ cell, hidden: N, inputs: S, readoutBias }] = models;
  const sizes: TrainSizes = { cell, M: models.length, B, T, N, S, R: readoutBias.length, loss, readout, scored };
  const engine = await createTrainEngine(device, sizes, { ...(profile && { profile }), onProgress });
  try {
    models.forEach((model, m) => {
      const { x, y } = sequences(m);
      if (x.length !== B * T * S) throw new InputError(`x has ${x.length} numbers, [B, T, S] = [${B}, ${T}, ${S}] has ${B * T * S}`);
      if (y.length !== B * T * sizes.R)
        throw new InputError(`y has ${y.length} numbers, [B, T, R] = [${B}, ${T}, ${sizes.R}] has ${B * T * sizes.R}`);
      loadTrainModel(engine, m, model);
      loadSequences(engine, m, x, y);
    });
    loadRates(engine, () => ({ lr: [0, 0, 0, 0, 0, 0, 0], mix: 0, weightDecay: 0, step: 1, clip: 0 }));
    for (const { forward, backward, update } of engine.slices) {
      const pieces = new Pieces(device, "evaluate", FIRST_WORK[engine.profile]);
      for (const plan of [forward, backward, update]) pieces.add(plan);
      pieces.end();
    }
    await Waiter.of(device, `evaluate ${JSON.stringify(sizes)}`).done();
    const [data] = await download(device, [{ source: engine.buffers.gradient }]);
    checkDevice(device);
    const count = (T - scored) * B * sizes.R;
    return models.map((_, m) => {
      const mine = new Float32Array(data, 4 * m * engine.layout.gradient, engine.layout.gradient);
      const [sum, right] = mine.subarray(engine.layout.parameters);
      if (!Number.isFinite(sum))
        throw new NumericalError(`network ${m}: the loss is not finite: the weights overflow`, { network: m, trajectory: 0, step: 0 });
      return { loss: sum / count, accuracy: right / count, gradient: unpackTrainTensors(mine, sizes) };
    });
  } finally {
    engine.destroy();
  }
}
