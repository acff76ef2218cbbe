import { cells } from "./cells/index";
import { InputError } from "./errors";
import type { FlossEpoch } from "./flossing";
import type { Profile } from "./gpu/device";
import type { TrainSizes } from "./kernels/train_sizes";
import { loadPlaces, loadSequences, loadTrainModel } from "./train_load";
import type { TrainModel } from "./train_model";
import { createTrainEngine } from "./training_engine";
import { TrainingFlossing } from "./training_flossing";
import type { Measurement } from "./training_measure";
import { checkTraining, type TrainingOptions } from "./training_options";
import { TrainingRun } from "./training_run";
import type { TrainingState } from "./training_state";

/** All networks before the update of this epoch, on its batch. */
export interface TrainingEpoch {
  readonly kind: "epoch";
  /** From 1. */
  readonly epoch: number;
  /** [M] */
  readonly loss: Float64Array;
  /** [M] share of right answers. */
  readonly accuracy: Float64Array;
  /** [M][7] norm of each tensor's gradient before clipping, in the order of `trainTensors`. */
  readonly norms: Float64Array[];
}

/** One step of flossing before a training epoch. */
export interface TrainingFloss extends Omit<FlossEpoch, "epoch"> {
  readonly kind: "floss";
  /** The training epoch that follows. */
  readonly epoch: number;
  /** From 1, of `steps`. */
  readonly step: number;
  readonly steps: number;
  /** [M] networks that take part. */
  readonly active: readonly boolean[];
}

/** Nothing is under way: `state` can be taken. */
export interface TrainingPause {
  readonly kind: "pause";
  /** Training epochs done. */
  readonly epoch: number;
}

export type TrainingEvent = TrainingEpoch | TrainingFloss | Measurement | TrainingPause;

/** Networks in training. */
export interface Trainer {
  readonly sizes: TrainSizes;
  readonly adapter: string;
  readonly profile: Profile;
  readonly compileMs: number;
  /** Runs what is left; events come in the order of the epochs. */
  run(): AsyncGenerator<TrainingEvent>;
  /** Everything that a later run needs to go on bitwise; only at a `pause`, or when the run has ended. */
  state(): Promise<TrainingState>;
  restore(state: TrainingState): void;
  destroy(): void;
}

/**
 * Prepares training of several networks by backpropagation through time, with flossing before and during it (Engelken 2023,
 * section 5). @throws InputError, LimitError for what does not fit; NumericalError (while running) where a network diverges
 */
export async function createTrainer(
  device: GPUDevice,
  models: readonly TrainModel[],
  sizes: TrainSizes,
  options: TrainingOptions,
  sequences?: (network: number) => { readonly x: Float32Array; readonly y: Float32Array },
): Promise<Trainer> {
  checkTraining(options, sizes.N, cells[sizes.cell].states * sizes.N);
  if (models.length !== sizes.M || options.seeds.length !== sizes.M)
    throw new InputError(`${models.length} networks and ${options.seeds.length} seeds for M = ${sizes.M}`);
  const engine = await createTrainEngine(device, sizes, options);
  let flossing: TrainingFlossing | undefined;
  try {
    models.forEach((model, m) => {
      loadTrainModel(engine, m, model);
      if (sequences) loadSequences(engine, m, sequences(m).x, sequences(m).y);
    });
    loadPlaces(
      engine,
      options.seeds.map(({ input }) => input),
    );
    flossing =
      options.flossing &&
      (await TrainingFlossing.create(
        engine,
        options,
        options.flossing,
        models.map(({ start }) => start.slice(0, start.length / sizes.B)),
      ));
    return new TrainingRun(engine, flossing, options);
  } catch (error) {
    flossing?.destroy();
    engine.destroy();
    throw error;
  }
}
