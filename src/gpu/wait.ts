/** Share of the expected time that is slept through: what is left is polled, which takes a core, or a small part of one where waits rest. */
const SLEPT = { polling: 0.88, resting: 0.5 } as const;
/** Growth of the estimate from wait to wait, so that it follows work that becomes slower. */
const GROWTH = 1.03;

/** Lets the thread rest for a moment; resolves once the event loop has gone round. */
export type Rest = () => Promise<void>;

const rests = new WeakMap<GPUDevice, Rest>();

/** How waits for this device rest while a promise is pending, where it would otherwise be looked for without pause. */
export function restBy(device: GPUDevice, rest: Rest): void {
  rests.set(device, rest);
}

/** What a promise of the device gives. */
export async function resting<Result>(device: GPUDevice, promise: Promise<Result>): Promise<Result> {
  const rest = rests.get(device);
  if (!rest) return promise;
  let pending = true;
  const settled = () => {
    pending = false;
  };
  promise.then(settled, settled);
  while (pending) await rest();
  return promise;
}

/**
 * Waits for the GPU, asleep for most of the expected time: while a promise is pending, dawn.node spins on one core,
 * which a software adapter computes with. The estimate is the least time seen lately: a polled wait takes longer than
 * it should, and sleeping past the end would leave the adapter idle.
 */
export class Waiter {
  static readonly #known = new WeakMap<GPUDevice, Map<string, Waiter>>();

  /** The waiter for work of this kind on this device: it keeps what it has learnt from one walk to the next. */
  static of(device: GPUDevice, kind: string): Waiter {
    const known = Waiter.#known.get(device) ?? new Map<string, Waiter>();
    Waiter.#known.set(device, known);
    const waiter = known.get(kind) ?? new Waiter(device);
    known.set(kind, waiter);
    return waiter;
  }

  readonly #device: GPUDevice;
  #perUnit = 0;
  /** When the work before was seen to end: what is waited for next could not begin earlier. */
  #ended = 0;

  constructor(device: GPUDevice) {
    this.#device = device;
  }

  /** Milliseconds a unit takes, by the least seen lately; 0 before the first. */
  get perUnit(): number {
    return this.#perUnit;
  }

  /** Resolves once everything submitted so far has run: `units` of about the same work. Returns the milliseconds it took. */
  async done(units = 1): Promise<number> {
    const start = performance.now();
    await this.until(() => this.#device.queue.onSubmittedWorkDone(), units, start);
    return performance.now() - start;
  }

  /** Resolves with what `ready` gives, asked for only when work of `units`, submitted at `submitted`, should nearly be done. */
  async until<Result>(ready: () => Promise<Result>, units: number, submitted: number): Promise<Result> {
    const start = Math.max(submitted, this.#ended);
    const sleep = SLEPT[rests.has(this.#device) ? "resting" : "polling"] * this.#perUnit * units - (performance.now() - start);
    if (sleep > 3) await new Promise((resolve) => setTimeout(resolve, sleep));
    const woke = performance.now();
    const result = await resting(this.#device, ready());
    const end = performance.now();
    // Done on waking: it took less than the sleep, nobody knows how much less.
    const seen = (end - woke < 0.3 && sleep > 3 ? 0.85 * (woke - start) : end - start) / units;
    this.#perUnit = this.#perUnit === 0 ? seen : Math.min(seen, GROWTH * this.#perUnit);
    this.#ended = end;
    return result;
  }
}
