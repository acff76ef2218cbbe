import { NumericalError } from "./errors";
import { BATCH_MS } from "./flossing_run";
import { createRing, type Ring } from "./gpu/buffer";
import { adapterName, checkDevice, type Profile } from "./gpu/device";
import { Pieces, pieceWork } from "./gpu/pieces";
import { Waiter } from "./gpu/wait";
import { METRICS, type TrainSizes, trainTensors } from "./kernels/train_sizes";
import { loadRates } from "./train_load";
import type { Trainer, TrainingEpoch, TrainingEvent } from "./training";
import type { TrainEngine } from "./training_engine";
import type { Block, TrainingFlossing } from "./training_flossing";
import { measure } from "./training_measure";
import { plannedEpochs, type TrainingOptions } from "./training_options";
import { readState, type TrainingState, writeState } from "./training_state";

const MOST_TOGETHER = 16;

/** A training run on a loaded engine: one batch of epochs is submitted ahead, and what happens between epochs drains it. */
export class TrainingRun implements Trainer {
  readonly #engine: TrainEngine;
  readonly #flossing: TrainingFlossing | undefined;
  readonly #options: TrainingOptions;
  readonly #rings: readonly [Ring, Ring];
  readonly #waiter: Waiter;
  #turn = 0;
  /** Of the last epoch, as `Step.work` counts it. */
  #work = 0;
  /** Training epochs done, and the epoch before which flossing is done. */
  #epoch = 0;
  #flossed = 0;
  #block: Block | undefined;
  #norms: Float64Array[] = [];

  constructor(engine: TrainEngine, flossing: TrainingFlossing | undefined, options: TrainingOptions) {
    this.#engine = engine;
    this.#flossing = flossing;
    this.#options = options;
    this.#waiter = new Waiter(engine.device);
    const { layout, buffers, sizes } = engine;
    const parts = Array.from({ length: sizes.M }, (_, m) => ({
      source: buffers.gradient,
      at: m * layout.gradient + layout.parameters,
      length: METRICS,
    }));
    const ring = (i: number) => createRing(engine.device, `training.${i}`, parts, MOST_TOGETHER);
    this.#rings = [ring(0), ring(1)];
  }

  get sizes(): TrainSizes {
    return this.#engine.sizes;
  }

  get adapter(): string {
    return adapterName(this.#engine.device);
  }

  get profile(): Profile {
    return this.#engine.profile;
  }

  get compileMs(): number {
    return this.#engine.compileMs + (this.#flossing?.compileMs ?? 0);
  }

  async *run(): AsyncGenerator<TrainingEvent> {
    const { epochs, signal } = this.#options;
    if (this.#flossing && this.#options.flossing?.continuous) await this.#flossing.prepareMixing();
    if (this.#epoch === 0 && this.#flossed === 0 && !this.#block) yield* this.#measure();
    while (this.#epoch < epochs && !signal?.aborted) {
      yield* this.#floss();
      if (signal?.aborted) break;
      yield* this.#segment(this.#nextStop());
      const all = this.#epoch === epochs;
      if (this.#due(this.#options.measureEvery ?? 0) || (all && this.#options.measureEvery)) yield* this.#measure();
      if (!all) await this.#adapt();
      if (this.#due(this.#options.checkpointEvery ?? 0) || all) yield { kind: "pause", epoch: this.#epoch };
    }
    if (signal?.aborted) yield { kind: "pause", epoch: this.#epoch };
  }

  #due(every: number): boolean {
    return every > 0 && this.#epoch % every === 0;
  }

  /** The flossing that the next epoch waits for. */
  async *#floss(): AsyncGenerator<TrainingEvent> {
    const next = this.#epoch + 1;
    if (!this.#flossing || this.#flossed === next) return;
    const total = plannedEpochs(this.#options.flossing, next);
    if (!this.#block && total > 0) this.#block = { epoch: next, done: 0, total, active: this.#flossing.steps.map(() => true) };
    const block = this.#block;
    if (block) {
      for await (const item of this.#flossing.block(block, this.#options.signal)) {
        if (item) yield { kind: "floss", ...item, epoch: next, step: item.epoch + 1, steps: block.total, active: block.active };
        else if (block.done < block.total) yield { kind: "pause", epoch: this.#epoch };
      }
      if (block.done < block.total) return;
      if (this.#options.flossing?.continuous) await this.#flossing.prepareMixing();
    }
    this.#block = undefined;
    this.#flossed = next;
    if (block) yield { kind: "pause", epoch: this.#epoch };
  }

  /** The last epoch before something else has to happen. */
  #nextStop(): number {
    const { epochs, measureEvery = 0, checkpointEvery = 0, flossing } = this.#options;
    let stop = epochs;
    for (const every of [measureEvery, checkpointEvery, flossing?.adaptive?.every ?? 0])
      if (every > 0) stop = Math.min(stop, (Math.floor(this.#epoch / every) + 1) * every);
    for (const { epoch } of flossing?.blocks ?? []) if (epoch > this.#epoch + 1) stop = Math.min(stop, epoch - 1);
    return stop;
  }

  /** The epochs to `stop`, one batch submitted ahead. */
  async *#segment(stop: number): AsyncGenerator<TrainingEpoch> {
    const { signal, epochs, onProgress } = this.#options;
    let running: { epoch: number; count: number; ring: Ring; submitted: number } | undefined;
    for (let epoch = this.#epoch + 1; ; ) {
      const next = epoch <= stop && !signal?.aborted ? this.#submit(epoch, stop) : undefined;
      epoch += next?.count ?? 0;
      if (running) {
        const { ring, count, submitted, epoch: first } = running;
        const slots = await this.#waiter.until(() => ring.read(count), count, submitted);
        checkDevice(this.#engine.device);
        for (const [i, parts] of slots.entries()) {
          const item = this.#item(first + i, parts);
          onProgress?.({ stage: "train", done: item.epoch, total: epochs });
          this.#epoch = item.epoch;
          yield item;
        }
      }
      running = next;
      if (!running) return;
    }
  }

  #submit(epoch: number, stop: number) {
    const wanted = this.#waiter.perUnit > 0 ? Math.floor((this.#options.latency ?? BATCH_MS) / this.#waiter.perUnit) : 1;
    const count = Math.max(1, Math.min(wanted, MOST_TOGETHER, stop + 1 - epoch));
    const ring = this.#rings[this.#turn];
    this.#turn = 1 - this.#turn;
    const submitted = performance.now();
    for (let i = 0; i < count; i++) this.#encode(epoch + i, ring, i);
    return { epoch, count, ring, submitted };
  }

  #encode(epoch: number, ring: Ring, slot: number): void {
    const { device, slices, draw, profile } = this.#engine;
    const { lr = 0.001, clip = 0.03, weightDecay = 0, train, flossing: plan } = this.#options;
    const trained = train ?? trainTensors.filter((name) => name !== "bias_hh_l0");
    const mix = plan?.continuous ?? 0;
    const rates = { lr: trainTensors.map((name) => (trained.includes(name) ? lr : 0)), mix, weightDecay, step: epoch, clip };
    loadRates(this.#engine, () => rates);
    this.#engine.setDraw(epoch, "input");
    // Of a large epoch, one submission would be long.
    const pieces = new Pieces(device, `training epoch ${epoch}`, pieceWork(profile, this.#work, this.#waiter.perUnit, this.#options.latency));
    if (draw) pieces.add(draw);
    if (mix > 0) this.#flossing?.recordGradient(pieces, epoch);
    for (const { first, networks, forward, backward, update } of slices) {
      pieces.add(forward);
      pieces.add(backward);
      if (mix > 0) this.#flossing?.encodeMix(pieces.encoder, first, networks);
      pieces.add(update);
    }
    ring.encode(pieces.encoder, slot);
    this.#work = pieces.end();
  }

  #item(epoch: number, parts: readonly ArrayBuffer[]): TrainingEpoch {
    const { T, scored, B, R } = this.sizes;
    const count = (T - scored) * B * R;
    const rows = parts.map((part) => Float64Array.from(new Float32Array(part)));
    const broken = rows.findIndex((row) => !row.subarray(0, 2 + trainTensors.length).every(Number.isFinite));
    if (broken >= 0) {
      const message = `epoch ${epoch}, network ${broken}: the loss or its gradient is not finite: lower the learning rate or the gain`;
      throw new NumericalError(message, { network: broken, trajectory: 0, step: 0 });
    }
    this.#norms = rows.map((row) => row.slice(2, 2 + trainTensors.length));
    return {
      ...{ kind: "epoch", epoch, norms: this.#norms },
      loss: Float64Array.from(rows, (row) => row[0] / count),
      accuracy: Float64Array.from(rows, (row) => row[1] / count),
    };
  }

  async *#measure(): AsyncGenerator<TrainingEvent> {
    if (!this.#options.measureEvery) return;
    yield await measure(this.#engine, this.#flossing, this.#epoch);
    if (this.#options.flossing?.continuous) await this.#flossing?.prepareMixing();
  }

  /** Whether a network left its band, and is flossed before the next epoch. */
  async #adapt(): Promise<void> {
    const { adaptive } = this.#options.flossing ?? {};
    if (!adaptive || !this.#flossing || !this.#due(adaptive.every)) return;
    const values = adaptive.of === "gradient" ? this.#norms.map((row) => row[6]) : (await this.#flossing.exponents(this.#epoch)).map((row) => row[0]);
    const active = values.map((value) => value < adaptive.low || value > adaptive.high);
    if (active.includes(true)) this.#block = { epoch: this.#epoch + 1, done: 0, total: adaptive.epochs, active };
    if (this.#options.flossing?.continuous) await this.#flossing.prepareMixing();
  }

  state(): Promise<TrainingState> {
    return readState(this.#engine, this.#flossing, { epoch: this.#epoch, flossed: this.#flossed, block: this.#block });
  }

  restore(state: TrainingState): void {
    const { epoch, flossed, block } = state.position;
    this.#epoch = epoch;
    this.#flossed = flossed;
    this.#block = block && { ...block };
    writeState(this.#engine, this.#flossing, state);
  }

  destroy(): void {
    for (const ring of this.#rings) ring.destroy();
    this.#flossing?.destroy();
    this.#engine.destroy();
  }
}
