import type { Engine } from "./engine";
import { NumericalError } from "./errors";
import type { FlossEpoch, FlossOptions } from "./flossing";
import { createReader, type Reader } from "./gpu/buffer";
import { checkDevice } from "./gpu/device";
import { decodeStatus } from "./gpu/status";
import { Waiter } from "./gpu/wait";
import type { Trajectories } from "./inputs";
import { chooseCorrection, chooseInterval } from "./interval";
import { loadInputs, loadSchedule } from "./load";

/** Intervals change at multiples of this many epochs only, whatever is read when: results do not depend on timing. */
const DECIDE_EVERY = 8;
/** Epochs are submitted together up to about this many milliseconds. */
const BATCH_MS = 250;

/** The epochs of a flossing run on a loaded engine. */
export class FlossingRun {
  readonly #engine: Engine;
  readonly #walk: Trajectories;
  readonly #options: FlossOptions;
  readonly #readers: Reader[];
  readonly #networks: { interval: number; correction: number; spread: number }[];
  readonly #waiter: Waiter;

  constructor(engine: Engine, walk: Trajectories, options: FlossOptions) {
    this.#engine = engine;
    this.#walk = walk;
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
    const { epochs, signal, onProgress } = this.#options;
    let batch = 1;
    for (let epoch = 0; epoch <= epochs && !signal?.aborted; ) {
      if (epoch % DECIDE_EVERY === 0 && epoch > 0) this.#decide();
      const count = Math.min(batch, DECIDE_EVERY - (epoch % DECIDE_EVERY), epochs + 1 - epoch);
      const start = performance.now();
      for (let i = 0; i < count; i++) this.#submit(epoch + i, i);
      const items = await this.#read(epoch, count);
      batch = Math.max(1, Math.floor((BATCH_MS * count) / (performance.now() - start)));
      for (const item of items) {
        onProgress?.({ stage: "floss", done: item.epoch, total: epochs });
        yield item;
      }
      epoch += count;
    }
  }

  /** Everything of one epoch, in one submission. */
  #submit(epoch: number, slot: number): void {
    const engine = this.#engine;
    for (let m = 0; m < engine.sizes.M; m++) loadInputs(engine, m, this.#walk.x(epoch, m));
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
