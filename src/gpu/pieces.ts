import type { Plan } from "./plan";

/** Where plans and copies are recorded, one after the other. */
export interface Recorder {
  /** What is recorded now: another one after `add`, perhaps. */
  readonly encoder: GPUCommandEncoder;
  add(plan: Plan): void;
}

/** Milliseconds that a submission should take: browsers and Windows end those of seconds, and a page draws between two. */
const PIECE_MS = 150;
/** Multiply-adds of a submission where no time is known yet: about 100 ms on two cores. */
export const FIRST_WORK = { cpu: 4e8, gpu: 4e9 } as const;

/**
 * Submits what is recorded in pieces, cut between two dispatches where the counted work of a piece would pass `most`. Nothing is
 * waited for between pieces, and no result depends on where they are cut.
 */
export class Pieces implements Recorder {
  readonly #device: GPUDevice;
  readonly #label: string;
  readonly #most: number;
  #encoder: GPUCommandEncoder;
  #work = 0;
  #total = 0;

  /** @param most multiply-adds, as `Step.work` counts them */
  constructor(device: GPUDevice, label: string, most: number) {
    this.#device = device;
    this.#label = label;
    this.#most = most;
    this.#encoder = device.createCommandEncoder({ label });
  }

  get encoder(): GPUCommandEncoder {
    return this.#encoder;
  }

  add(plan: Plan): void {
    let from = 0;
    for (const [i, step] of plan.steps.entries()) {
      const work = "copies" in step || step.idle?.() ? 0 : (step.work ?? 0);
      if (this.#work > 0 && this.#work + work > this.#most) {
        plan.encode(this.#encoder, { from, to: i });
        this.#submit();
        this.#encoder = this.#device.createCommandEncoder({ label: this.#label });
        from = i;
      }
      this.#work += work;
    }
    plan.encode(this.#encoder, { from });
  }

  /** Submits what is left. Returns the work of all pieces. */
  end(): number {
    this.#submit();
    return this.#total;
  }

  #submit(): void {
    this.#device.queue.submit([this.#encoder.finish()]);
    this.#total += this.#work;
    this.#work = 0;
  }
}

/**
 * Multiply-adds that a submission may have.
 * @param work of an epoch, and `ms`, the milliseconds it takes; 0: not known yet
 * @param latency milliseconds at most, where someone waits for results
 */
export function pieceWork(profile: keyof typeof FIRST_WORK, work: number, ms: number, latency = PIECE_MS): number {
  return ms > 0 && work > 0 ? (work * Math.min(latency, PIECE_MS)) / ms : FIRST_WORK[profile];
}
