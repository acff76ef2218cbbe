import type { TrainSizes } from "../../src/kernels/train_sizes";
import { randomTrainModel, type TrainSeeds } from "../../src/random_train";
import { createTask } from "../../src/tasks/index";
import { createTrainer, type Trainer, type TrainingEvent } from "../../src/training";
import type { FlossingPlan, TrainingOptions } from "../../src/training_options";
import { testDevice } from "./device";

export const task = createTask("xor", { steps: 40, delay: 6, depth: 1, referenceLabels: false });

export const sizesOf = (M: number): TrainSizes => ({
  ...{ cell: "rnn", M, B: 5, T: 40, N: 21, S: task.S, R: task.R, scored: task.scored },
  ...{ loss: task.loss, readout: "pre-activation" },
});

export const seedsOf = (seed: number): TrainSeeds => ({ network: seed, state: seed, input: seed, frame: seed });

export const plan: FlossingPlan = {
  k: 18,
  steps: 25,
  warmup: 5,
  blocks: [
    { epoch: 1, epochs: 20 },
    { epoch: 4, epochs: 70 },
  ],
};

/** A trainer of random networks, one for each seed. */
export async function trainerOf(seeds: readonly number[], options: Partial<TrainingOptions>): Promise<Trainer> {
  const sizes = sizesOf(seeds.length);
  const models = seeds.map((seed) => randomTrainModel({ sizes, gain: 1, seeds: seedsOf(seed) }));
  return createTrainer(await testDevice(), models, sizes, { epochs: 6, task, seeds: seeds.map(seedsOf), ...options });
}

/** All events of a run. */
export async function eventsOf(trainer: Trainer): Promise<TrainingEvent[]> {
  const events: TrainingEvent[] = [];
  for await (const event of trainer.run()) events.push(event);
  return events;
}

/** What a run of network `m` told, without what depends on the others. */
export function toldOf(events: readonly TrainingEvent[], m: number): unknown[] {
  return events.flatMap((event): unknown[] => {
    if (event.kind === "epoch") return [[event.epoch, event.loss[m], event.accuracy[m], ...event.norms[m]]];
    if (event.kind === "floss") return event.active[m] ? [[event.epoch, event.step, event.loss[m], ...event.exponents[m][0], event.interval[m]]] : [];
    if (event.kind === "measure")
      return [
        [
          event.epoch,
          event.loss[m],
          event.accuracy[m],
          ...event.gradientDecay[m],
          ...(event.exponents?.[m] ?? []),
          ...(event.weightGradient?.[m] ?? []),
        ],
      ];
    return [];
  });
}
