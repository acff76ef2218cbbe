import { createEngine, type Engine } from "./engine";
import type { FlossEpoch } from "./flossing";
import { FlossingRun, type FlossingState } from "./flossing_run";
import { download } from "./gpu/buffer";
import { checkDevice } from "./gpu/device";
import { FIRST_WORK, Pieces, type Recorder } from "./gpu/pieces";
import { decodeStatus } from "./gpu/status";
import { Waiter } from "./gpu/wait";
import { randomFrame } from "./initialise";
import { ADAM_RATES } from "./kernels/adam";
import { loadSchedule, loadTargets, loadTrajectories, resetStatus } from "./load";
import { trainedBiases } from "./model";
import { stateOfStart } from "./train_model";
import type { TrainEngine } from "./training_engine";
import type { FlossingPlan, TrainingOptions } from "./training_options";

/** A block of flossing steps before a training epoch. */
export interface Block {
  readonly epoch: number;
  /** Steps done, and all of them. */
  done: number;
  readonly total: number;
  /** [M] networks that take part. */
  readonly active: readonly boolean[];
}

/** Flossing steps between which a run can be saved; a multiple of the periods in which intervals are decided. */
const PART = 64;
/** What each training epoch draws beside its flossing steps. */
const DRAW_STRIDE = 65536;

/**
 * The flossing side of a training run: an engine of its own for the window, with moments that last from block to block; weights
 * are copied to and fro.
 */
export class TrainingFlossing {
  readonly plan: FlossingPlan;
  /** Steps of Adam that each network has made. */
  readonly steps: number[];
  readonly #engine: Engine;
  readonly #train: TrainEngine;
  readonly #q0: readonly Float32Array[];
  readonly #latency: number | undefined;
  /** [M][D] start of the first sequence as the run began. */
  readonly #firstStarts: readonly Float32Array[];
  #run: FlossingRun | undefined;
  #restored: readonly FlossingState[] | undefined;

  private constructor(
    engine: Engine,
    train: TrainEngine,
    plan: FlossingPlan,
    q0: readonly Float32Array[],
    starts: readonly Float32Array[],
    latency: number | undefined,
  ) {
    this.#engine = engine;
    this.#train = train;
    this.plan = plan;
    this.#q0 = q0;
    this.#latency = latency;
    this.#firstStarts = starts;
    this.steps = new Array<number>(engine.sizes.M).fill(0);
  }

  /** @param starts [M][D] of the first sequence of each network's batch */
  static async create(train: TrainEngine, options: TrainingOptions, plan: FlossingPlan, starts: readonly Float32Array[]): Promise<TrainingFlossing> {
    const { cell, M, N, S } = train.sizes;
    const { input = "bernoulli", k, steps, warmup, target = 0 } = plan;
    const draw = {
      kind: input === "gaussian" ? input : "bernoulli",
      seed: options.seeds.map((seeds) => seeds.input),
      scale: options.task.scale,
    } as const;
    const { profile, onProgress } = options;
    const how = {
      gradient: true,
      ...(input !== "none" && S > 0 && { draw: { ...draw, stream: "flossing" as const } }),
      ...(profile && { profile }),
      onProgress,
    };
    const engine = await createEngine(train.device, { cell, M, B: 1, T: steps, N, S, K: k, warmup }, how);
    for (let m = 0; m < M; m++) loadTargets(engine, m, target);
    const D = engine.layout.states * N;
    return new TrainingFlossing(
      engine,
      train,
      plan,
      options.seeds.map(({ frame }) => randomFrame(D, k, frame)),
      starts,
      options.latency,
    );
  }

  get compileMs(): number {
    return this.#engine.compileMs;
  }

  /** The flossing steps of a block from where it stands; ends early after an abort. Every `PART` steps nothing is under way: undefined. */
  async *block(block: Block, signal: AbortSignal | undefined): AsyncGenerator<FlossEpoch | undefined> {
    await this.#begin(block);
    const run = this.#run as FlossingRun;
    while (block.done < block.total && !signal?.aborted) {
      const end = Math.min(block.total, (Math.floor(block.done / PART) + 1) * PART);
      yield* run.epochs(block.done, end);
      block.active.forEach((active, m) => {
        if (active) this.steps[m] += end - block.done;
      });
      block.done = end;
      this.#copyBack();
      yield undefined;
    }
    if (block.done < block.total) return;
    run.release();
    this.#run = undefined;
  }

  async #begin({ epoch, done, total, active }: Block): Promise<void> {
    if (this.#run) return;
    await this.#load();
    const { lr = 0.001, interval = "auto" } = this.plan;
    const hh = trainedBiases(this.#engine.sizes.cell).includes("bias_hh_l0");
    active.forEach((flossed, m) => {
      // The paper's code flosses input, recurrent and bias weights; bias_hh where it is not just another bias_ih.
      this.#engine.rates.set(flossed ? [lr, lr, lr, hh ? lr : 0] : [0, 0, 0, 0], m * ADAM_RATES);
    });
    const base = this.steps.map((steps) => steps - done);
    const numbers = (i: number): [number, (m: number) => number] => [drawNumber(epoch, i), (m) => (active[m] ? base[m] : 0) + i + 1];
    this.#run = new FlossingRun(
      this.#engine,
      { constant: true, x: () => null, draw: { kind: "bernoulli", seed: 0 } },
      { epochs: total, interval, numbers, latency: this.#latency },
    );
    if (this.#restored) this.#run.restore(this.#restored);
    this.#restored = undefined;
  }

  /** Weights from training, and the start of the first sequence of the batch: by default as trained so far. */
  async #load(given?: readonly Float32Array[]): Promise<void> {
    const { device, sizes } = this.#train;
    const starts = given ?? (await this.#readStarts());
    starts.forEach((start, m) => {
      loadTrajectories(this.#engine, m, stateOfStart(sizes, start), this.#q0[m]);
    });
    resetStatus(this.#engine);
    const encoder = device.createCommandEncoder({ label: "to flossing" });
    this.#encodeLoad(encoder);
    device.queue.submit([encoder.finish()]);
  }

  async #readStarts(): Promise<Float32Array[]> {
    const { device, sizes, layout, buffers } = this.#train;
    const parts = Array.from({ length: sizes.M }, (_, m) => {
      return { source: buffers.parameters, at: m * layout.parameters + layout.atStart, length: layout.parameters - layout.atStart };
    });
    const D = this.#engine.layout.states * sizes.N;
    return (await download(device, parts)).map((data) => {
      const values = new Float32Array(data);
      return Float32Array.from({ length: D }, (_, i) => values[(Math.floor(i / sizes.N) * layout.NP + (i % sizes.N)) * layout.BP]);
    });
  }

  #encodeLoad(encoder: GPUCommandEncoder): void {
    const { sizes, layout, buffers } = this.#train;
    const { parameters, transposed } = this.#engine.buffers;
    const each = 4 * this.#engine.layout.parameters;
    for (let m = 0; m < sizes.M; m++)
      encoder.copyBufferToBuffer(buffers.parameters.buffer, 4 * m * layout.parameters, parameters.buffer, m * each, each);
    encoder.copyBufferToBuffer(buffers.transposed.buffer, 0, transposed.buffer, 0, 4 * transposed.length);
  }

  #copyBack(): void {
    const { device, sizes, layout, buffers } = this.#train;
    const { parameters, transposed } = this.#engine.buffers;
    const each = 4 * this.#engine.layout.parameters;
    const encoder = device.createCommandEncoder({ label: "from flossing" });
    for (let m = 0; m < sizes.M; m++)
      encoder.copyBufferToBuffer(parameters.buffer, m * each, buffers.parameters.buffer, 4 * m * layout.parameters, each);
    encoder.copyBufferToBuffer(transposed.buffer, 0, buffers.transposed.buffer, 0, 4 * transposed.length);
    device.queue.submit([encoder.finish()]);
  }

  /** Before the first mixed epoch: the window starts where the run did. */
  async prepareMixing(): Promise<void> {
    await this.#load(this.#firstStarts);
    const { interval } = this.plan;
    loadSchedule(
      this.#engine,
      this.steps.map(() => ({ interval: typeof interval === "number" ? interval : 1, correction: 1 })),
    );
  }

  /** Computes the flossing gradient of all networks with the weights of training. */
  recordGradient(to: Recorder, epoch: number): void {
    this.#engine.setEpoch(drawNumber(epoch, DRAW_STRIDE - 1));
    this.#encodeLoad(to.encoder);
    this.#engine.record(to, "gradient");
  }

  /** Puts the gradients of a slice's networks behind their last slab. */
  encodeMix(encoder: GPUCommandEncoder, first: number, networks: number): void {
    const { layout, buffers } = this.#train;
    const each = 4 * this.#engine.layout.parameters;
    for (let here = 0; here < networks; here++) {
      const to = 4 * ((here + 1) * (layout.slabs + 1) - 1) * layout.atStart;
      encoder.copyBufferToBuffer(this.#engine.buffers.gradient.buffer, (first + here) * each, buffers.partials.buffer, to, each);
    }
  }

  /** Exponents [M][K] of the networks as they are, over the window with inputs of its own. */
  async exponents(epoch: number): Promise<number[][]> {
    const engine = this.#engine;
    await this.#load();
    loadSchedule(
      engine,
      this.steps.map(() => ({ interval: 1, correction: 1 })),
    );
    engine.setEpoch(drawNumber(epoch, DRAW_STRIDE - 2));
    const pieces = new Pieces(engine.device, "exponents", FIRST_WORK[engine.profile]);
    engine.record(pieces, "loss");
    pieces.end();
    await Waiter.of(engine.device, `exponents ${JSON.stringify(engine.sizes)}`).done();
    const [values, words] = await download(engine.device, [{ source: engine.buffers.exponents }, { source: engine.buffers.status }]);
    checkDevice(engine.device);
    const failure = decodeStatus(new Uint32Array(words), 1);
    if (failure) throw failure;
    const all = new Float32Array(values);
    const { M, K } = engine.sizes;
    return Array.from({ length: M }, (_, m) => Array.from({ length: K }, (_, k) => all[m * engine.layout.KP + k]));
  }

  get engine(): Engine {
    return this.#engine;
  }

  /** What a block under way knows; undefined between blocks. */
  state(): FlossingState[] | undefined {
    return this.#run?.state();
  }

  restore(states: readonly FlossingState[] | undefined): void {
    this.#restored = states;
  }

  destroy(): void {
    this.#run?.release();
    this.#engine.destroy();
  }
}

/** Which numbers step i before a training epoch draws. */
function drawNumber(epoch: number, i: number): number {
  return (Math.imul(epoch, DRAW_STRIDE) + i) >>> 0;
}
