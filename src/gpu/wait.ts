/**
 * Waits for the queue, asleep for most of the expected time: while a promise is pending, dawn.node spins on one core,
 * which a software adapter computes with.
 */
export class Waiter {
  readonly #device: GPUDevice;
  #expected = 0;

  constructor(device: GPUDevice) {
    this.#device = device;
  }

  /** Resolves once everything submitted so far has run. Returns the milliseconds it took. */
  async done(): Promise<number> {
    const start = performance.now();
    if (this.#expected > 4) await new Promise((resolve) => setTimeout(resolve, 0.85 * this.#expected));
    const woke = performance.now();
    await this.#device.queue.onSubmittedWorkDone();
    const end = performance.now();
    // Where it was done on waking, it took less than the sleep: come down. Else the time is known.
    const seen = end - woke < 0.5 ? 0.9 * (woke - start) : end - start;
    this.#expected = this.#expected === 0 ? 0.65 * seen : Math.min(seen, 1.5 * this.#expected);
    return end - start;
  }
}
