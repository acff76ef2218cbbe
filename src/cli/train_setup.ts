import { InputError } from "../errors";
import type { Values } from "../files/model_file";
import type { TrainSizes, TrainTensor } from "../kernels/train_sizes";
import { trainedBiases } from "../model";
import { randomTrainModel, type TrainSeeds } from "../random_train";
import { createTask, type Task } from "../tasks/index";
import type { TrainModel } from "../train_model";
import type { FlossingPlan, TrainingOptions } from "../training_options";
import { readSequences } from "./read";
import type { TrainConfig } from "./train_config";

/** What a config asks for, in the library's words. */
export interface TrainSetup {
  readonly sizes: TrainSizes;
  readonly models: readonly TrainModel[];
  readonly options: TrainingOptions;
  readonly sequences: ((network: number) => { readonly x: Float32Array; readonly y: Float32Array }) | undefined;
}

/** @throws InputError */
export function trainSetup(config: TrainConfig, notes: string[]): TrainSetup {
  const { cell, hidden: N, seeds: list, gain, init, forget_bias: forgetBias, readout } = config;
  const file = config.task === "file" ? fileTask(config, notes) : undefined;
  const { task, steps: T, batch: B } = file ?? { ...config, task: drawnTask(config) };
  const { S, R, loss, scored } = task;
  const sizes: TrainSizes = { cell, M: list.length, B, T, N, S, R, loss, readout, scored };
  const seeds = list.map((seed): TrainSeeds => {
    const { seed_network: network = seed, seed_state: state = seed, seed_input: input = seed, seed_frame: frame = seed } = config;
    return { network, state, input, frame };
  });
  const models = seeds.map((each) => randomTrainModel({ sizes, gain, init, forgetBias, seeds: each }));
  const flossing = flossingOf(config, T);
  const { epochs, lr, clip, clip_kind: clipKind, weight_decay: weightDecay, measure_every: measureEvery, checkpoint_every: checkpointEvery } = config;
  const options = {
    epochs,
    lr,
    clip,
    clipKind,
    weightDecay,
    measureEvery,
    checkpointEvery,
    train: trained(config),
    seeds,
    task,
    ...(flossing && { flossing }),
  };
  return { sizes, models, options, sequences: file && (() => file.sequences) };
}

/** The task of a config. @throws InputError */
export function drawnTask({ task, steps, delay, depth, reference_labels: referenceLabels }: TrainConfig): Task {
  return createTask(task, { steps, delay, depth, referenceLabels });
}

function fileTask({ data = "", loss = "bce", first_step: scored = 0 }: TrainConfig, notes: string[]) {
  const { x, y } = readSequences(data, notes);
  const [B, T, S] = batched(x, "x", data);
  const [targets, steps, R] = batched(y, "y", data);
  if (targets !== B || steps !== T) throw new InputError(`${data}: x has ${B} sequences of ${T} steps, y ${targets} of ${steps}: they must agree`);
  if (scored >= T) throw new InputError(`first_step = ${scored}: must be 0 to ${T - 1}, below the ${T} steps of ${data}`);
  const none = { shader: undefined, real: true, scale: 1, history: 0, delay: 0, taps: 0 } as const;
  const task: Task = { name: "file", ...none, S, R, loss, scored, horizon: `${T} steps of ${data}` };
  return { task, batch: B, steps: T, sequences: { x: x.data, y: y.data } };
}

function batched({ shape }: Values, name: string, data: string): readonly number[] {
  if (shape.length !== 3 || shape.includes(0))
    throw new InputError(`${data}: ${name} is [${shape.join(", ")}], it must be [B, T, ${name === "x" ? "S" : "R"}]`);
  return shape;
}

/** The default window is the paper's code's: 55 steps, of which 16 are not counted. */
function flossingOf(config: TrainConfig, T: number): FlossingPlan | undefined {
  const { k, target, floss_steps: steps = Math.min(55, T), floss_lr: lr, floss_input: input, interval, floss_continuous: continuous } = config;
  if (k === undefined) return undefined;
  const warmup = config.floss_warmup ?? Math.min(10 + Math.ceil(steps / 10), Math.floor(steps / 2));
  const { floss_when: of, floss_check_every: every, floss_epochs: epochs, floss_low: low = -1e30, floss_high: high = 1e30 } = config;
  return {
    ...{ k, target, steps, warmup, lr, input, interval, blocks: blocksOf(config) },
    ...(continuous !== undefined && { continuous }),
    ...(of && { adaptive: { of, every, epochs, low, high } }),
  };
}

/** Flossing before epoch 1, at the given epochs, and every so many. */
function blocksOf({
  preflossing,
  floss_at: at,
  floss_every: every,
  floss_times: times = Number.POSITIVE_INFINITY,
  floss_epochs,
  epochs,
}: TrainConfig) {
  const repeated = every === undefined ? [] : Array.from({ length: Math.min(times, Math.floor(epochs / every)) }, (_, i) => (i + 1) * every);
  const again = [...new Set([...at, ...repeated])].sort((a, b) => a - b).map((epoch) => ({ epoch, epochs: floss_epochs }));
  return [...(preflossing > 0 ? [{ epoch: 1, epochs: preflossing }] : []), ...again];
}

function trained({ train_parameters: list, cell }: TrainConfig): TrainTensor[] {
  const bias = [...trainedBiases(cell)];
  const names: Record<TrainConfig["train_parameters"][number], TrainTensor[]> = {
    ...{ input: ["weight_ih_l0"], recurrent: ["weight_hh_l0"], bias, start: ["h0"] },
    readout: ["readout.weight", "readout.bias"],
  };
  return [...new Set(list)].flatMap((name) => names[name]);
}
