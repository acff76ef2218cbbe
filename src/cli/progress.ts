import { SingleBar } from "cli-progress";
import type { Progress as Steps } from "../engine";
import type { IO } from "./io";

/** Tells how far a run is. */
export interface Progress {
  /** For the option `onProgress`: kernels compiled, and how far a walk is. */
  readonly on: (progress: Steps) => void;
  /** Epochs done so far, and the loss to show. */
  epoch(done: number, loss: number): void;
  stop(): void;
}

/** Milliseconds between two plain lines. */
const PLAIN_MS = 5000;

/** A bar on a terminal, plain lines elsewhere, nothing with `quiet`. */
export function createProgress(io: IO, { quiet, epochs = 0 }: { quiet?: boolean | undefined; epochs?: number }): Progress {
  if (quiet) return { on: () => {}, epoch: () => {}, stop: () => {} };
  return io.isTTY ? barProgress(io, epochs) : plainProgress(io, epochs);
}

function words({ stage, done, total }: Steps): string {
  return stage === "compile" ? `compiling kernels ${done} of ${total}` : `${Math.floor((100 * done) / total)} % of the walk`;
}

function plainProgress(io: IO, epochs: number): Progress {
  let last = performance.now();
  let start: number | undefined;
  const due = () => performance.now() - last > PLAIN_MS;
  const say = (text: string) => {
    io.stderr(`${text}\n`);
    last = performance.now();
  };
  return {
    on: (steps) => (steps.stage !== "floss" && due() ? say(words(steps)) : undefined),
    epoch(done, loss) {
      start ??= performance.now();
      if (due()) say(`epoch ${done} of ${epochs}, loss ${loss.toPrecision(4)}, ${pace(done, epochs, start)}`);
    },
    stop: () => {},
  };
}

function barProgress(io: IO, epochs: number): Progress {
  let bar: SingleBar | undefined;
  let start = 0;
  let shown = false;
  const clear = () => {
    if (shown) io.stderr("\r\x1b[K");
    shown = false;
  };
  return {
    on(steps) {
      if (steps.stage === "floss") return;
      shown = true;
      io.stderr(`\r\x1b[K${words(steps)}`);
    },
    epoch(done, loss) {
      if (!bar) {
        clear();
        start = performance.now();
        bar = new SingleBar({
          format: "[{bar}] epoch {value} of {total}, loss {loss}, {pace}",
          barsize: 24,
          hideCursor: true,
          clearOnComplete: false,
        });
        bar.start(epochs, 0, { loss: "", pace: "" });
      }
      bar.update(done, { loss: loss.toPrecision(4), pace: pace(done, epochs, start) });
    },
    stop() {
      clear();
      bar?.stop();
    },
  };
}

/** Tells in words what is done. */
export interface Teller {
  /** What is being done now: a line that changes on a terminal, lines some seconds apart elsewhere. */
  readonly say: (text: string) => void;
  /** A line that stays. */
  readonly keep: (text: string) => void;
  readonly stop: () => void;
}

export function createTeller(io: IO, { quiet }: { quiet?: boolean | undefined }): Teller {
  if (quiet) return { say: () => {}, keep: () => {}, stop: () => {} };
  let last = Number.NEGATIVE_INFINITY;
  let shown = false;
  const stop = () => {
    if (shown) io.stderr("\r\x1b[K");
    shown = false;
  };
  return {
    say(text) {
      if (io.isTTY) io.stderr(`\r\x1b[K${text}`);
      else if (performance.now() - last > PLAIN_MS) io.stderr(`${text}\n`);
      else return;
      shown = io.isTTY;
      last = performance.now();
    },
    keep(text) {
      stop();
      io.stderr(`${text}\n`);
      last = performance.now();
    },
    stop,
  };
}

/** Epochs per second and the time left, from the mean so far. */
function pace(done: number, epochs: number, start: number): string {
  const rate = (1000 * done) / (performance.now() - start);
  if (!(rate > 0 && Number.isFinite(rate))) return "";
  return `${rate.toPrecision(3)} epochs/s, ${duration((epochs - done) / rate)} left`;
}

function duration(seconds: number): string {
  if (seconds < 60) return `${Math.ceil(seconds)} s`;
  if (seconds < 3600) return `${Math.ceil(seconds / 60)} min`;
  return `${(seconds / 3600).toFixed(1)} h`;
}
