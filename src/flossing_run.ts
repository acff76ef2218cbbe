import type { Engine } from "./engine";
import { NumericalError } from "./errors";
import type { FlossEpoch, FlossOptions } from "./flossing";
import { createRing, type Ring } from "./gpu/buffer";
import { checkDevice } from "./gpu/device";
import { Pieces, pieceWork } from "./gpu/pieces";
import { decodeStatus } from "./gpu/status";
import { Waiter } from "./gpu/wait";
import type { Trajectories } from "./inputs";
import { chooseCorrection, chooseInterval } from "./interval";
import { loadInputs, loadSchedule } from "./load";

/** Intervals change at multiples of this many epochs only, whatever is read when: results do not depend on timing. */
const DECIDE_EVERY = 8;
/** Epochs are submitted together up to about this many milliseconds, where `latency` does not say. */
export const BATCH_MS = 250;

export type FlossingRunOptions = Pick<FlossOptions, "epochs" | "interval" | "latency" | "signal" | "onProgress"> & {
  /** Which inputs an epoch draws, and which step of Adam each network makes in it; default: by the epoch's number. */
  readonly numbers?: (epoch: number) => [number, (network: number) => number];
};

/** What a run knows between two epochs that are multiples of 8, network by network: enough to go on bitwise. */
export interface FlossingState {
  readonly interval: number;
  readonly correction: number;
  /** Of the periods that decisions still need: number of the period, the interval then, largest spread. */
  readonly spreads: readonly (readonly [number, number, number])[];
}

/** Epochs submitted together. */
interface Batch {
  readonly epoch: number;
  readonly count: number;
  readonly ring: Ring;
  readonly submitted: number;
  /** [M] as they were. */
  readonly interval: readonly number[];
}

/**
 * The epochs of a flossing run on a loaded engine. While a batch computes, the next is already submitted, and metrics come
 * back a batch at a time.
 */
export class FlossingRun {
  readonly #engine: Engine;
  readonly #walk: Pick<Trajectories, "x" | "draw" | "constant">;
  readonly #options: FlossingRunOptions;
  readonly #rings: readonly [Ring, Ring];
  #turn = 0;
  /** Of the last epoch, as `Step.work` counts it. */
  #work = 0;
  readonly #networks: { interval: number; correction: number }[];
  /** Largest spread of each network, by decision period; only those that a decision may still need. */
  readonly #spreads = new Map<number, { readonly interval: readonly number[]; readonly spread: number[] }>();
  readonly #waiter: Waiter;

  constructor(engine: Engine, walk: Pick<Trajectories, "x" | "draw" | "constant">, options: FlossingRunOptions) {
    this.#engine = engine;
    this.#walk = walk;
    this.#options = options;
    this.#waiter = new Waiter(engine.device);
    const { exponents, summary, status } = engine.buffers;
    const parts = [{ source: exponents }, { source: summary }, { source: status }];
    const ring = (i: number) => createRing(engine.device, `metrics.${i}`, parts, DECIDE_EVERY);
    this.#rings = [ring(0), ring(1)];
    const interval = typeof options.interval === "number" ? options.interval : 1;
    this.#networks = Array.from({ length: engine.sizes.M }, () => ({ interval, correction: 1 }));
    loadSchedule(engine, this.#networks);
  }

  /** The epochs from `first` to before `end`; the last of a run, number `epochs`, only measures. */
  async *epochs(first = 0, end = this.#options.epochs + 1): AsyncGenerator<FlossEpoch> {
    const { epochs, signal, onProgress } = this.#options;
    let running: Batch | undefined;
    for (let epoch = first; ; ) {
      const next: Batch | undefined = epoch < end && !signal?.aborted ? this.#submit(epoch, end) : undefined;
      epoch += next?.count ?? 0;
      const items = running ? await this.#read(running) : [];
      for (const item of items) {
        onProgress?.({ stage: "floss", done: item.epoch, total: epochs });
        yield item;
      }
      running = next;
      if (!running) return;
    }
  }

  #submit(epoch: number, end: number): Batch {
    if (epoch % DECIDE_EVERY === 0 && epoch > 0) this.#decide(epoch / DECIDE_EVERY);
    const wanted = this.#waiter.perUnit > 0 ? Math.floor((this.#options.latency ?? BATCH_MS) / this.#waiter.perUnit) : 1;
    const count = Math.max(1, Math.min(wanted, DECIDE_EVERY - (epoch % DECIDE_EVERY), end - epoch));
    const ring = this.#rings[this.#turn];
    this.#turn = 1 - this.#turn;
    const submitted = performance.now();
    for (let i = 0; i < count; i++) this.#encode(epoch + i, ring, i);
    return { epoch, count, ring, submitted, interval: this.#networks.map(({ interval }) => interval) };
  }

  /** Everything of one epoch, in one submission or, where that would be long, in several. */
  #encode(epoch: number, ring: Ring, slot: number): void {
    const engine = this.#engine;
    const { x, draw, constant } = this.#walk;
    if (!draw && (!constant || epoch === 0)) for (let m = 0; m < engine.sizes.M; m++) loadInputs(engine, m, x(epoch, m));
    const most = pieceWork(engine.profile, this.#work, this.#waiter.perUnit, this.#options.latency);
    const pieces = new Pieces(engine.device, `epoch ${epoch}`, most);
    const [number, step] = this.#options.numbers?.(epoch) ?? [epoch, undefined];
    engine.setEpoch(number, step);
    engine.record(pieces, epoch < this.#options.epochs ? "update" : "loss");
    ring.encode(pieces.encoder, slot);
    this.#work = pieces.end();
  }

  async #read({ epoch, count, ring, submitted, interval }: Batch): Promise<FlossEpoch[]> {
    const slots = await this.#waiter.until(() => ring.read(count), count, submitted);
    checkDevice(this.#engine.device);
    return slots.map((parts, i) => this.#item(epoch + i, parts, interval));
  }

  #item(epoch: number, [exponents, summary, words]: ArrayBuffer[], interval: readonly number[]): FlossEpoch {
    const { M, B, K } = this.#engine.sizes;
    const failure = decodeStatus(new Uint32Array(words), B);
    if (failure) throw new NumericalError(`epoch ${epoch}: ${failure.message}`, failure.position);
    const all = new Float32Array(exponents);
    const sums = new Float32Array(summary);
    this.#note(Math.floor(epoch / DECIDE_EVERY), sums, interval);
    const row = (m: number, b: number) => Float64Array.from({ length: K }, (_, k) => all[(m * B + b) * this.#engine.layout.KP + k]);
    return {
      epoch,
      loss: Float64Array.from({ length: M }, (_, m) => sums[2 * m]),
      exponents: Array.from({ length: M }, (_, m) => Array.from({ length: B }, (_, b) => row(m, b))),
      interval,
    };
  }

  #note(period: number, sums: Float32Array, interval: readonly number[]): void {
    const known = this.#spreads.get(period) ?? { interval, spread: interval.map(() => 0) };
    interval.forEach((_, m) => {
      known.spread[m] = Math.max(known.spread[m], sums[2 * m + 1]);
    });
    this.#spreads.set(period, known);
  }

  /**
   * Each network's interval and correction, from its largest spread in the period before the last: the last may still be
   * computing.
   */
  #decide(period: number): void {
    const seen = this.#spreads.get(period - 2);
    this.#spreads.delete(period - 2);
    if (!seen) return;
    for (const [m, network] of this.#networks.entries()) {
      if (this.#options.interval === undefined || this.#options.interval === "auto") {
        const next = chooseInterval(seen.spread[m], seen.interval[m]);
        network.interval = Math.min(next, 2 * network.interval);
        network.correction = 1;
      } else {
        network.correction = chooseCorrection(seen.spread[m]);
      }
    }
    loadSchedule(this.#engine, this.#networks);
  }

  state(): FlossingState[] {
    return this.#networks.map((network, m) => {
      const spreads = [...this.#spreads].map(([period, { interval, spread }]) => [period, interval[m], spread[m]] as const);
      return { ...network, spreads };
    });
  }

  restore(states: readonly FlossingState[]): void {
    states.forEach(({ interval, correction }, m) => {
      this.#networks[m] = { interval, correction };
    });
    this.#spreads.clear();
    for (const [i, [period]] of (states[0]?.spreads ?? []).entries())
      this.#spreads.set(period, { interval: states.map(({ spreads }) => spreads[i][1]), spread: states.map(({ spreads }) => spreads[i][2]) });
    loadSchedule(this.#engine, this.#networks);
  }

  /** Frees the metrics' buffers; the engine stays. */
  release(): void {
    for (const ring of this.#rings) ring.destroy();
  }

  destroy(): void {
    for (const ring of this.#rings) ring.destroy();
    this.#engine.destroy();
  }
}
