import { cells } from "../../src/index";
import { type FlossRow, lastAt, type RunData, type Snapshot, type SnapshotRow, type TrainRow } from "../run/types";
import type { Settings } from "../settings/fields";

/** A run as it was at a moment. */
export interface View {
  readonly data: RunData;
  readonly at: number;
  readonly flossing: readonly FlossRow[];
  readonly training: readonly TrainRow[];
  readonly picture: SnapshotRow | undefined;
  /** What the network now is compared with: itself at the start, or its twin. */
  readonly reference: Snapshot | undefined;
  readonly now: Snapshot | undefined;
  /** What the two are called. */
  readonly names: { readonly reference: string; readonly now: string };
}

export function viewOf(data: RunData, at: number): View {
  const whole = at >= lastAt(data);
  const until = <Row extends { readonly at: number }>(rows: readonly Row[]) => (whole ? rows : rows.slice(0, countUntil(rows, at)));
  const pictures = until(data.snapshots);
  const picture = pictures.at(-1);
  const { mode } = data.settings;
  const twins = mode === "twins";
  return {
    ...{ data, at, picture, flossing: until(data.flossing), training: until(data.training) },
    reference: mode === "sweep" ? undefined : twins ? picture?.networks[0] : pictures[0]?.networks[0],
    now: picture?.networks.at(-1),
    names: twins
      ? { reference: "without flossing", now: "with flossing" }
      : { reference: "at the start", now: mode === "sweep" ? `g = ${picture?.value ?? ""}` : "now" },
  };
}

/** How many rows lie at or before a moment. */
function countUntil(rows: readonly { readonly at: number }[], at: number): number {
  let [low, high] = [0, rows.length];
  while (low < high) {
    const middle = (low + high) >> 1;
    if (rows[middle].at <= at) low = middle + 1;
    else high = middle;
  }
  return low;
}

/** Where a moment lies, in words. */
export function momentOf({ data, at, picture, training, flossing }: View): string {
  const { mode, epochs, trainEpochs } = data.settings;
  if (mode === "sweep") return picture ? `gain g = ${picture.value}` : "";
  if (mode === "floss") return `epoch ${Math.min(at, epochs)} of ${epochs}`;
  if (training.length === 0) return flossing.length > 0 ? `flossing before training, step ${flossing.length} of ${epochs}` : "before training";
  return `training epoch ${training[training.length - 1].epoch} of ${trainEpochs}`;
}

/** The exponents as they are now: those that are flossed from the latest epoch, the others from the latest picture. */
export function spectrumNow({ data, flossing, now }: View): readonly number[] {
  const latest = data.settings.mode === "floss" ? flossing.at(-1)?.exponents : undefined;
  const spectrum = now?.spectrum ?? [];
  if (!latest) return spectrum;
  return [...[...latest].sort((a, b) => b - a), ...spectrum.slice(latest.length)];
}

/** What runs, in a few words. */
export function subjectOf({ mode, cell, hidden, k, task, delay, epochs }: Settings): string {
  const network = `${cells[cell].title}, N = ${hidden}`;
  if (mode === "sweep") return network;
  if (mode === "floss") return `${network}, K = ${k}`;
  const what = task === "adding" ? task : `${task}, d = ${delay}`;
  return `${network}, ${what}; flossed: K = ${k}, ${epochs} steps`;
}
