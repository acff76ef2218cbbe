import type { Settings } from "../settings/fields";

/** Everything that is shown of one network at one moment. */
export interface Snapshot {
  /** Exponents, largest first, nats per step. */
  readonly spectrum: readonly number[];
  /** log10 of the norm of the last step's gradient with respect to the state τ steps before, relative to τ = 0. */
  readonly decay: readonly number[];
  /** Eigenvalues of each gate's block of weight_hh. */
  readonly eigenvalues: { readonly re: readonly number[]; readonly im: readonly number[] };
  /** log10 of the condition number of the long-term Jacobian over the first K directions, step by step. */
  readonly condition: { readonly every: number; readonly log10: readonly number[]; readonly slope: number; readonly k: number };
  /** Hidden units over time, [units, steps] as base64 of Int8 of 127·h / scale. */
  readonly raster: { readonly units: number; readonly steps: number; readonly scale: number; readonly data: string };
}

/** One epoch of flossing. `at` counts all rows of a run, from 0. */
export interface FlossRow {
  readonly kind: "floss";
  readonly at: number;
  readonly loss: number;
  readonly exponents: readonly number[];
}

/** One epoch of training, [without, with flossing]. */
export interface TrainRow {
  readonly kind: "train";
  readonly at: number;
  readonly epoch: number;
  readonly loss: readonly [number, number];
  readonly accuracy: readonly [number, number];
}

/** The networks after the rows up to `at`: [flossed], [without, with], or [of this gain]. */
export interface SnapshotRow {
  readonly kind: "snapshot";
  readonly at: number;
  /** Training epoch, flossing epoch or gain. */
  readonly value: number;
  readonly networks: readonly Snapshot[];
}

export type Row = FlossRow | TrainRow | SnapshotRow;

/** All that is known of a run: what figures draw, files hold and recordings play. */
export interface RunData {
  readonly settings: Settings;
  readonly adapter: string;
  readonly flossing: FlossRow[];
  readonly training: TrainRow[];
  readonly snapshots: SnapshotRow[];
}

/** The tensors of a network, PyTorch's names, as safetensors files. */
export type WeightFiles = Readonly<Record<string, Uint8Array>>;

/** A run under way, on a device. */
export interface Run {
  /** What comes next, in order; ends when all is done. */
  rows(): AsyncGenerator<Row>;
  /** What is needed to go on elsewhere, as it was at the last snapshot. */
  checkpoint(): unknown;
  /** The networks at the last snapshot. */
  weights(): WeightFiles;
  destroy(): void;
}

export function emptyRun(settings: Settings, adapter: string): RunData {
  return { settings, adapter, flossing: [], training: [], snapshots: [] };
}

/** An odd number, so that halving keeps the last. */
const MOST_PICTURES = 241;

/** Adds what came; rows that a rebuilt run computes again take the place of the old ones. */
export function addRow(data: RunData, row: Row): void {
  const list: Row[] = row.kind === "floss" ? data.flossing : row.kind === "train" ? data.training : data.snapshots;
  while (list.length > 0 && list[list.length - 1].at >= row.at) list.pop();
  list.push(row);
  // Of very many pictures every second one, the first and the last among them, is enough to look back.
  if (row.kind === "snapshot" && list.length >= MOST_PICTURES) list.splice(0, list.length, ...list.filter((_, i) => i % 2 === 0));
}

/** The last position of a run. */
export function lastAt({ flossing, training, snapshots }: RunData): number {
  return Math.max(flossing.at(-1)?.at ?? 0, training.at(-1)?.at ?? 0, snapshots.at(-1)?.at ?? 0);
}
