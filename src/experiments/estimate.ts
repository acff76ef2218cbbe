import { timeFlossing, timeSpectrum } from "../bench/measure";
import { timeTraining } from "../bench/training";
import type { CellName } from "../cells/index";
import { productSingularValues } from "../conditioning";
import { stream } from "../random";
import type { Workplace } from "./experiment";

/** Work of one size, so many times. */
export type Work =
  | {
      /** A `spectrum` is a forward walk alone. */
      readonly kind: "flossing" | "training" | "spectrum";
      readonly cell: CellName;
      readonly networks: number;
      readonly hidden: number;
      readonly steps: number;
      readonly batch: number;
      /** Exponents; 0 for training. */
      readonly k: number;
      readonly epochs: number;
    }
  /** QR sweeps in float64 on the host: steps in all, of factors [D, D]. */
  | { readonly kind: "sweeps"; readonly dimension: number; readonly steps: number };

/** Epochs that are timed of each size. */
const TIMED = 6;

/** Seconds that the work will take on this adapter, from a few epochs of each size. */
export async function estimateSeconds(work: readonly Work[], place: Workplace): Promise<number> {
  const known = new Map<string, number>();
  let seconds = 0;
  for (const [i, each] of work.entries()) {
    place.signal.throwIfAborted();
    place.progress(i, work.length);
    const { count, size } = sizeOf(each);
    const ms = known.get(size) ?? (await measure(each, place));
    known.set(size, ms);
    seconds += (ms * count) / 1000;
  }
  return seconds;
}

function sizeOf(work: Work): { count: number; size: string } {
  if (work.kind === "sweeps") return { count: work.steps, size: `sweeps ${work.dimension}` };
  const { epochs, ...size } = work;
  return { count: epochs, size: JSON.stringify(size) };
}

/** Milliseconds of an epoch, or of a step of a sweep. */
async function measure(work: Work, { device, profile }: Workplace): Promise<number> {
  if (work.kind === "sweeps") return timeSweep(work.dimension);
  const { kind, cell, hidden, steps, batch, k, networks } = work;
  const row = { name: "estimate", kind, cell, hidden, k, steps, batch, networks, delay: Math.min(4, steps - 1), goal: 1 };
  const options = { interval: "auto", ...(profile && { profile }) } as const;
  if (kind === "spectrum") {
    // The first call compiles.
    await timeSpectrum(device, row, 1, options);
    return (await timeSpectrum(device, row, 1, { ...options, interval: 1 })).ms;
  }
  const time = kind === "flossing" ? timeFlossing : timeTraining;
  return (await time(device, row, TIMED, options)).ms;
}

function timeSweep(D: number): number {
  const factors = Array.from({ length: 4 }, (_, i) => stream("weight_hh", i).normals(D * D));
  productSingularValues(factors, D, { sweeps: 1 });
  const start = performance.now();
  productSingularValues(factors, D, { sweeps: 4 });
  return (performance.now() - start) / 16;
}
