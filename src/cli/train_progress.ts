import type { Progress as Steps } from "../engine";
import type { TrainingEvent } from "../training";
import type { IO } from "./io";
import { createProgress } from "./progress";

/** Tells how far a training run is. */
export interface TrainProgress {
  readonly on: (progress: Steps) => void;
  event(event: TrainingEvent): void;
  stop(): void;
}

const mean = (values: Float64Array) => values.reduce((sum, value) => sum + value, 0) / values.length;

/** Milliseconds between two lines about flossing. */
const EVERY_MS = 5000;

export function createTrainProgress(io: IO, { quiet, epochs }: { quiet?: boolean | undefined; epochs: number }): TrainProgress {
  const progress = createProgress(io, { quiet, epochs });
  let last = performance.now();
  return {
    on: (steps) => (steps.stage === "compile" ? progress.on(steps) : undefined),
    event(event) {
      if (event.kind === "epoch") progress.epoch(event.epoch, mean(event.loss));
      if (quiet || event.kind !== "floss" || performance.now() - last < EVERY_MS) return;
      last = performance.now();
      const text = `flossing before epoch ${event.epoch}: step ${event.step} of ${event.steps}, loss ${mean(event.loss).toPrecision(3)}`;
      io.stderr(io.isTTY ? `\r\x1b[K${text}` : `${text}\n`);
    },
    stop: progress.stop,
  };
}
