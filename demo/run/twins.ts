import {
  cells,
  createTask,
  createTrainer,
  type FlossingPlan,
  type Progress,
  randomTrainModel,
  type Trainer,
  type TrainingEpoch,
  type TrainingEvent,
  type TrainingState,
  type TrainModel,
  type TrainSizes,
} from "../../src/index";
import { trainModelOf } from "../../src/train_model";
import type { Settings } from "../settings/fields";
import { LATENCY } from "./floss";
import { stateSize, weightFile } from "./inputs";
import { Pictures } from "./pictures";
import { Probe } from "./probe";
import type { Row, Run, WeightFiles } from "./types";

interface Checkpoint {
  readonly states: readonly [TrainingState, TrainingState];
  readonly at: number;
}

/** The same network trained twice side by side, the second time with flossing. */
export class TwinRun implements Run {
  readonly #settings: Settings;
  readonly #sizes: TrainSizes;
  readonly #trainers: readonly [Trainer, Trainer];
  readonly #probe: Probe;
  readonly #pictures = new Pictures();
  #models: readonly TrainModel[];
  #checkpoint: Checkpoint | undefined;
  #at = 0;

  private constructor(
    settings: Settings,
    sizes: TrainSizes,
    trainers: readonly [Trainer, Trainer],
    probe: Probe,
    model: TrainModel,
    from: Checkpoint | undefined,
  ) {
    this.#settings = settings;
    this.#sizes = sizes;
    this.#trainers = trainers;
    this.#probe = probe;
    this.#models = [model, model];
    this.#checkpoint = from;
    this.#at = from?.at ?? 0;
  }

  static async create(device: GPUDevice, settings: Settings, from: unknown, onProgress: (progress: Progress) => void): Promise<TwinRun> {
    const { cell, hidden: N, gain, init, delay, length: T, batch: B, trainEpochs, trainLr, every } = settings;
    const task = createTask(settings.task, { steps: T, delay: settings.task === "adding" ? undefined : delay, depth: 1, referenceLabels: false });
    // The paper's vanilla networks read out before the tanh; a gated cell has no single such number.
    const readout = cells[cell].gates === 1 ? "pre-activation" : "activation";
    const sizes: TrainSizes = { cell, M: 1, B, T, N, S: task.S, R: task.R, loss: task.loss, readout, scored: task.scored };
    const seeds = { network: settings.seedNetwork, state: settings.seedState, input: settings.seedInput, frame: settings.seedFrame };
    const model = randomTrainModel({ sizes, gain, init, seeds });
    const common = { epochs: trainEpochs, lr: trainLr, measureEvery: 0, checkpointEvery: every, seeds: [seeds], task, latency: LATENCY, onProgress };
    const made: { destroy(): void }[] = [];
    try {
      const plain = await createTrainer(device, [model], sizes, common);
      made.push(plain);
      const flossed = await createTrainer(device, [model], sizes, { ...common, flossing: planOf(settings) });
      made.push(flossed);
      const checkpoint = from as Checkpoint | undefined;
      checkpoint?.states.forEach((state, i) => {
        [plain, flossed][i].restore(state);
      });
      const probe = await Probe.create(device, settings, model, model.start.slice(0, stateSize(model)).map(Math.tanh), 2, onProgress);
      return new TwinRun(settings, sizes, [plain, flossed], probe, model, checkpoint);
    } catch (error) {
      for (const each of made) each.destroy();
      throw error;
    }
  }

  async *rows(): AsyncGenerator<Row> {
    const [plain, flossed] = this.#trainers.map((trainer) => trainer.run());
    await this.#picture();
    yield* this.#pictures.rest();
    for (;;) {
      // Flossing comes first; its rows are the flossed twin's alone.
      let second = await next(flossed);
      while (second?.kind === "floss" || second?.kind === "pause") {
        if (second.kind === "floss") yield { kind: "floss", at: ++this.#at, loss: second.loss[0], exponents: Array.from(second.exponents[0][0]) };
        yield* this.#pictures.ready();
        second = await next(flossed);
      }
      const first = await nextEpoch(plain);
      if (second?.kind !== "epoch" || !first) return yield* this.#pictures.rest();
      const { epoch } = second;
      const pair = (of: (row: TrainingEpoch) => Float64Array): [number, number] => [of(first)[0], of(second as TrainingEpoch)[0]];
      yield { kind: "train", at: ++this.#at, epoch, loss: pair(({ loss }) => loss), accuracy: pair(({ accuracy }) => accuracy) };
      yield* this.#pictures.ready();
      if (epoch % this.#settings.every !== 0 && epoch !== this.#settings.trainEpochs) continue;
      // Both have come to the pause after this epoch.
      for (const run of [plain, flossed]) await nextPause(run);
      await this.#picture();
    }
  }

  /** Takes down how the twins are, and lets their picture be made while training goes on. */
  async #picture(): Promise<void> {
    const [plain, flossed] = this.#trainers;
    const states = [await plain.state(), await flossed.state()] as const;
    const models = states.map(({ networks: [{ tensors }] }) => trainModelOf(tensors, this.#sizes));
    const at = this.#at;
    this.#models = models;
    this.#checkpoint = { states, at };
    const value = states[1].position.epoch;
    await this.#pictures.begin(async () => ({ kind: "snapshot", at, value, networks: await this.#probe.measure(models) }));
  }

  checkpoint(): Checkpoint | undefined {
    return this.#checkpoint;
  }

  weights(): WeightFiles {
    const [plain, flossed] = this.#models.map((model) => weightFile(model, { readout: this.#sizes.readout, batch: this.#sizes.B }));
    return { "without-flossing": plain, "with-flossing": flossed };
  }

  destroy(): void {
    for (const trainer of this.#trainers) trainer.destroy();
    void this.#pictures.settled().then(() => this.#probe.destroy());
  }
}

async function next(run: AsyncGenerator<TrainingEvent>): Promise<TrainingEvent | undefined> {
  const { value, done } = await run.next();
  return done ? undefined : value;
}

async function nextEpoch(run: AsyncGenerator<TrainingEvent>): Promise<TrainingEpoch | undefined> {
  for (;;) {
    const event = await next(run);
    if (!event || event.kind === "epoch") return event;
  }
}

async function nextPause(run: AsyncGenerator<TrainingEvent>): Promise<void> {
  for (;;) {
    const event = await next(run);
    if (!event || event.kind === "pause") return;
  }
}

/** Before training, and once more where that is wanted. */
function planOf({ k, target, steps, warmup, lr, input, epochs, again, againEpochs }: Settings): FlossingPlan {
  const blocks = [{ epoch: 1, epochs }, ...(again > 1 ? [{ epoch: again, epochs: againEpochs }] : [])];
  return { k, target, steps, warmup, lr, input, blocks };
}
