import { timeSpectrum } from "../bench/measure";
import type { BenchRow } from "../bench/rows";
import { type Profile, profileFor } from "../gpu/device";
import { pickShape, type Shape } from "../kernels/shape";
import type { Progress } from "../warm_up";
import { knobsOf } from "./knobs";
import { createRunner } from "./runner";
import { type SearchOptions, type SearchResult, search } from "./search";

export interface TuneOptions extends SearchOptions {
  /** Only variants of this form of the kernels; default: both where the adapter runs both. */
  readonly profile?: Profile;
  readonly onProgress?: ((progress: Progress) => void) | undefined;
}

export interface TuneResult extends SearchResult {
  readonly row: BenchRow;
  /** Steps between orthonormalisations that all variants were timed with. */
  readonly interval: number;
  /** Everything that the default runs with. */
  readonly defaults: Shape;
}

/**
 * The fastest shape of the kernels for one size on this device. Every variant's exponents, loss and gradient are compared with the
 * default's; times are of interleaved rounds. Nothing is written: give the winner to `floss`, `lyapunovSpectra` or `createTrainer`
 * as part of their options.
 * @example
 * const row = { kind: "flossing", cell: "rnn", hidden: 80, k: 16, steps: 300, batch: 1, networks: 10 };
 * const { winner, gain, variants } = await tune(device, row, { budget: 60 });
 * @throws InputError, LimitError where the size itself does not fit
 */
export async function tune(device: GPUDevice, row: Omit<BenchRow, "goal">, options: TuneOptions = {}): Promise<TuneResult> {
  const { profile, onProgress } = options;
  const size: BenchRow = { goal: 1, ...row };
  const fixed: Shape = profile && profile !== profileFor(device) ? { profile } : {};
  const interval = size.kind === "training" ? 1 : (await timeSpectrum(device, size, 1, { ...fixed, onProgress })).interval;
  let defaults: Shape | undefined;
  const prepare = async (shape: Shape) => {
    const runner = await createRunner(device, size, interval, { ...fixed, ...shape, onProgress });
    defaults ??= runner.uses;
    return runner;
  };
  const found = await search(prepare, knobsOf(device, size, profile), options);
  return { ...found, winner: pickShape({ ...fixed, ...found.winner }), row: size, interval, defaults: defaults ?? {} };
}
