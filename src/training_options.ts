import { InputError } from "./errors";
import type { IntervalOption } from "./interval";
import type { TrainShape } from "./kernels/shape";
import type { TrainTensor } from "./kernels/train_sizes";
import type { ClipKind } from "./kernels/train_update";
import type { TrainSeeds } from "./random_train";
import type { Task } from "./tasks/index";
import type { Progress } from "./warm_up";

/** When and how networks are flossed in a training run (paper.md section 7). */
export interface FlossingPlan {
  /** Exponents to push to the target. */
  readonly k: number;
  /** Nats per step; default 0. */
  readonly target?: number | readonly number[];
  /** Steps of the flossing window, and those at its start that are not counted. */
  readonly steps: number;
  readonly warmup: number;
  /** Adam's learning rate; default 0.001. */
  readonly lr?: number;
  readonly interval?: IntervalOption;
  /** Inputs of the window; default `bernoulli`. */
  readonly input?: "bernoulli" | "gaussian" | "none";
  /** Flossing steps before the training epoch of that number, from 1; epoch 1 is preflossing. */
  readonly blocks?: readonly { readonly epoch: number; readonly epochs: number }[];
  /** Adds this times the flossing gradient to the task's in every epoch. */
  readonly continuous?: number;
  /** Flosses a network before an epoch where a measured number left its band. */
  readonly adaptive?: {
    readonly every: number;
    readonly epochs: number;
    /** Norm of the gradient with respect to the start, or the first exponent. */
    readonly of: "gradient" | "exponent";
    readonly low: number;
    readonly high: number;
  };
}

export interface TrainingOptions extends TrainShape {
  /** Adam steps on the task. */
  readonly epochs: number;
  /** Default 0.001. */
  readonly lr?: number;
  /** Largest norm of a gradient; 0 is no limit; default 0.03. */
  readonly clip?: number;
  /** Each tensor on its own (default, the paper's code), or all together. */
  readonly clipKind?: ClipKind;
  /** AdamW's; default 0. */
  readonly weightDecay?: number;
  /** Tensors that the task trains; default all but bias_hh_l0. */
  readonly train?: readonly TrainTensor[];
  readonly flossing?: FlossingPlan;
  /** Epochs between measurements on fresh sequences; 0: none. */
  readonly measureEvery?: number;
  /** Epochs between the states that can be saved. */
  readonly checkpointEvery?: number;
  /** Which random numbers each network draws. */
  readonly seeds: readonly TrainSeeds[];
  readonly task: Task;
  /** Milliseconds of work submitted together, and so how often events come; default 250. No result depends on it. */
  readonly latency?: number;
  readonly signal?: AbortSignal | undefined;
  readonly onProgress?: ((progress: Progress) => void) | undefined;
}

/** Flossing steps before an epoch: as planned. */
export function plannedEpochs(plan: FlossingPlan | undefined, epoch: number): number {
  return (plan?.blocks ?? []).filter((block) => block.epoch === epoch).reduce((sum, block) => sum + block.epochs, 0);
}

/** @throws InputError where a number makes no sense */
export function checkTraining(options: TrainingOptions, N: number, D: number): void {
  const { epochs, lr = 0.001, clip = 0.03, weightDecay = 0, flossing } = options;
  if (!Number.isInteger(epochs) || epochs < 0) throw new InputError(`epochs = ${epochs}: must be a whole number of at least 0`);
  if (!(lr > 0 && Number.isFinite(lr))) throw new InputError(`lr = ${lr}: must be a positive number`);
  if (!(clip >= 0 && Number.isFinite(clip))) throw new InputError(`clip = ${clip}: must be at least 0 (0 is no limit)`);
  if (!(weightDecay >= 0 && Number.isFinite(weightDecay))) throw new InputError(`weight decay = ${weightDecay}: must be at least 0`);
  if (!flossing) return;
  void N;
  if (!Number.isInteger(flossing.k) || flossing.k < 1 || flossing.k > D)
    throw new InputError(`k = ${flossing.k}: a network with ${D} state numbers has exponents 1 to ${D}`);
  if (!Number.isInteger(flossing.steps) || flossing.steps < 1)
    throw new InputError(`flossing steps = ${flossing.steps}: must be a whole number of at least 1`);
  if (!Number.isInteger(flossing.warmup) || flossing.warmup < 0 || flossing.warmup >= flossing.steps)
    throw new InputError(`flossing warm-up = ${flossing.warmup}: must be 0 to ${flossing.steps - 1}, below the window's ${flossing.steps} steps`);
  for (const { epoch } of flossing.blocks ?? [])
    if (!Number.isInteger(epoch) || epoch < 1 || epoch > epochs)
      throw new InputError(`flossing at epoch ${epoch}: must be 1 to ${epochs}, the training epochs`);
}
