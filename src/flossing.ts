import { createEngine, type Engine, type EngineOptions } from "./engine";
import { InputError, NumericalError } from "./errors";
import { createReader, download, type Reader } from "./gpu/buffer";
import { adapterName, checkDevice } from "./gpu/device";
import { decodeStatus } from "./gpu/status";
import { Waiter } from "./gpu/wait";
import { checkInterval, chooseCorrection, chooseInterval, type IntervalOption } from "./interval";
import { unpackParameters } from "./kernels/pack";
import { loadInputs, loadNetwork, loadSchedule, loadTargets, loadTrajectories } from "./load";
import { checkModel, type Model, type ParameterName, parameterNames } from "./model";

export interface FlossOptions extends Partial<Omit<EngineOptions, "gradient">> {
  /** Exponents to push to the target. */
  readonly k: number;
  /** Adam steps. */
  readonly epochs: number;
  /** Trajectories of each network. */
  readonly B: number;
  /** Steps of each walk. */
  readonly T: number;
  /** Default 0. */
  readonly target?: number | readonly number[] | undefined;
  /** Adam's learning rate; default 0.001. */
  readonly lr?: number | undefined;
  /** Steps that align the tangent frame and are not counted; default 0. */
  readonly warmup?: number | undefined;
  /** Steps between orthonormalisations; default 'auto', from each network's own history. */
  readonly interval?: IntervalOption | undefined;
  /** Parameters that are trained; default all. */
  readonly train?: readonly ParameterName[] | undefined;
  /** Inputs of an epoch [B, T, S]; null: none. */
  readonly inputs: (epoch: number, network: number) => Float32Array | null;
  /** Initial states of a network's trajectories [B, D], the same in every epoch. */
  readonly h0: (network: number) => Float32Array;
  /** Initial tangent frame [D, ≥ K], the same in every epoch. */
  readonly q0: (network: number) => Float32Array;
  /** Ends the iteration after the epochs under way. */
  readonly signal?: AbortSignal | undefined;
}

/** The state of all networks before the update of this epoch; the last epoch has none. */
export interface FlossEpoch {
  readonly epoch: number;
  /** [M] mean over trajectories and i ≤ K of (λ_i − target_i)². */
  readonly loss: Float64Array;
  /** [M][B][K] nats per step. */
  readonly exponents: Float64Array[][];
  /** [M] steps between orthonormalisations. */
  readonly interval: readonly number[];
}

/** Networks being flossed: iterate for the epochs 0 … `epochs`, then take the models. */
export interface Flosser extends AsyncIterable<FlossEpoch> {
  /** The networks as they are now. */
  models(): Promise<Model[]>;
  readonly adapter: string;
  /** Milliseconds that compiling took, first dispatches included. */
  readonly compileMs: number;
  destroy(): void;
}

/** Intervals change at multiples of this many epochs only, whatever is read when: results do not depend on timing. */
const DECIDE_EVERY = 8;
/** Epochs are submitted together up to about this many milliseconds. */
const BATCH_MS = 250;

/**
 * Prepares gradient flossing: Adam on the mean squared distance of the first k exponents from the target (Engelken 2023,
 * section 3), for all networks in one launch.
 * @throws InputError, LimitError for what does not fit; iterating throws NumericalError where a network diverges
 */
export async function createFlosser(device: GPUDevice, models: readonly Model[], options: FlossOptions): Promise<Flosser> {
  checkOptions(models, options);
  const { cell, hidden: N, inputs: S } = models[0];
  const { B, T, k: K, warmup = 0 } = options;
  const engine = await createEngine(device, { cell, M: models.length, B, T, N, S, K, warmup }, { ...options, gradient: true });
  try {
    models.forEach((model, m) => {
      loadNetwork(engine, m, model);
      loadTrajectories(engine, m, options.h0(m), options.q0(m));
      loadTargets(engine, m, options.target ?? 0);
    });
    engine.buffers.rates.write(Float32Array.from(models.flatMap(() => rates(options))));
  } catch (error) {
    engine.destroy();
    throw error;
  }
  const run = new Run(engine, options);
  return {
    [Symbol.asyncIterator]: () => run.epochs(),
    models: () => readModels(engine, models),
    adapter: adapterName(device),
    compileMs: engine.compileMs,
    destroy: () => run.destroy(),
  };
}

function checkOptions(models: readonly Model[], options: FlossOptions): void {
  if (models.length === 0) throw new InputError("no network to floss: give at least one");
  models.forEach((model, m) => {
    checkModel(model);
    for (const name of ["cell", "hidden", "inputs"] as const) {
      if (model[name] !== models[0][name])
        throw new InputError(`network ${m} has ${name} ${model[name]}, network 0 has ${models[0][name]}: networks flossed together must agree`);
    }
  });
  if (!Number.isInteger(options.epochs) || options.epochs < 0)
    throw new InputError(`epochs = ${options.epochs}: must be a whole number of at least 0`);
  const lr = options.lr ?? 0.001;
  if (!(lr > 0 && Number.isFinite(lr))) throw new InputError(`lr = ${lr}: must be a positive number`);
  checkInterval(options.interval ?? "auto");
}

/** Learning rates of weight_hh, weight_ih, bias_ih, bias_hh. */
function rates({ lr = 0.001, train = parameterNames }: FlossOptions): number[] {
  return (["weight_hh_l0", "weight_ih_l0", "bias_ih_l0", "bias_hh_l0"] as const).map((name) => (train.includes(name) ? lr : 0));
}

async function readModels(engine: Engine, models: readonly Model[]): Promise<Model[]> {
  const [data] = await download(engine.device, [{ source: engine.buffers.parameters }]);
  const each = engine.layout.parameters;
  return models.map((model, m) => ({ ...model, parameters: unpackParameters(new Float32Array(data, 4 * m * each, each), model, engine.layout) }));
}

class Run {
  readonly #engine: Engine;
  readonly #options: FlossOptions;
  readonly #readers: Reader[];
  readonly #networks: { interval: number; correction: number; spread: number }[];
  readonly #waiter: Waiter;

  constructor(engine: Engine, options: FlossOptions) {
    this.#engine = engine;
    this.#options = options;
    this.#waiter = new Waiter(engine.device);
    const { exponents, summary, status } = engine.buffers;
    const parts = [{ source: exponents }, { source: summary }, { source: status }];
    this.#readers = Array.from({ length: DECIDE_EVERY }, (_, i) => createReader(engine.device, `metrics.${i}`, parts));
    const interval = typeof options.interval === "number" ? options.interval : 1;
    this.#networks = Array.from({ length: engine.sizes.M }, () => ({ interval, correction: 1, spread: 0 }));
    loadSchedule(engine, this.#networks);
  }

  async *epochs(): AsyncGenerator<FlossEpoch> {
    const { epochs, signal } = this.#options;
    let batch = 1;
    for (let epoch = 0; epoch <= epochs && !signal?.aborted; ) {
      if (epoch % DECIDE_EVERY === 0 && epoch > 0) this.#decide();
      const count = Math.min(batch, DECIDE_EVERY - (epoch % DECIDE_EVERY), epochs + 1 - epoch);
      const start = performance.now();
      for (let i = 0; i < count; i++) this.#submit(epoch + i, i);
      const items = await this.#read(epoch, count);
      batch = Math.max(1, Math.floor((BATCH_MS * count) / (performance.now() - start)));
      yield* items;
      epoch += count;
    }
  }

  /** Everything of one epoch, in one submission. */
  #submit(epoch: number, slot: number): void {
    const engine = this.#engine;
    for (let m = 0; m < engine.sizes.M; m++) loadInputs(engine, m, this.#options.inputs(epoch, m));
    const encoder = engine.device.createCommandEncoder({ label: `epoch ${epoch}` });
    engine.forward.encode(encoder);
    this.#readers[slot].encode(encoder);
    if (epoch < this.#options.epochs) {
      engine.setAdamStep(epoch + 1);
      engine.backward.encode(encoder);
      engine.update.encode(encoder);
    }
    engine.device.queue.submit([encoder.finish()]);
  }

  async #read(first: number, count: number): Promise<FlossEpoch[]> {
    await this.#waiter.done(count);
    checkDevice(this.#engine.device);
    const items: FlossEpoch[] = [];
    for (let i = 0; i < count; i++) items.push(this.#item(first + i, await this.#readers[i].read()));
    return items;
  }

  #item(epoch: number, [exponents, summary, words]: ArrayBuffer[]): FlossEpoch {
    const { M, B, K } = this.#engine.sizes;
    const failure = decodeStatus(new Uint32Array(words), B);
    if (failure) throw new NumericalError(`epoch ${epoch}: ${failure.message}`, failure.position);
    const all = new Float32Array(exponents);
    const sums = new Float32Array(summary);
    this.#networks.forEach((network, m) => {
      network.spread = Math.max(epoch % DECIDE_EVERY === 0 ? 0 : network.spread, sums[2 * m + 1]);
    });
    const row = (m: number, b: number) => Float64Array.from({ length: K }, (_, k) => all[(m * B + b) * this.#engine.layout.KP + k]);
    return {
      epoch,
      loss: Float64Array.from({ length: M }, (_, m) => sums[2 * m]),
      exponents: Array.from({ length: M }, (_, m) => Array.from({ length: B }, (_, b) => row(m, b))),
      interval: this.#networks.map(({ interval }) => interval),
    };
  }

  /** Each network's interval and correction, from its largest spread since the last decision. */
  #decide(): void {
    for (const network of this.#networks) {
      if (this.#options.interval === undefined || this.#options.interval === "auto") {
        const next = chooseInterval(network.spread, network.interval);
        network.interval = Math.min(next, 2 * network.interval);
        network.correction = 1;
      } else {
        network.correction = chooseCorrection(network.spread);
      }
    }
    loadSchedule(this.#engine, this.#networks);
  }

  destroy(): void {
    for (const reader of this.#readers) reader.destroy();
    this.#engine.destroy();
  }
}
