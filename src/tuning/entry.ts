import type { BenchRow } from "../bench/rows";
import type { Shape } from "../kernels/shape";

/** What a tuned shape was measured for: it is used for the very same only. */
export interface TunedKey {
  readonly adapter: string;
  readonly vendor: string;
  readonly architecture: string;
  /** As far as the adapter tells its driver, it stands in the description. */
  readonly driver: string;
  /** Of this package. */
  readonly version: string;
  readonly kind: BenchRow["kind"];
  readonly cell: string;
  readonly hidden: number;
  /** Exponents; 0 in training. */
  readonly k: number;
  readonly steps: number;
  readonly batch: number;
  readonly networks: number;
}

/** One line of the file of tuned shapes. */
export interface TunedEntry extends TunedKey {
  /** Time of the default over that of the shape, when it was tuned. */
  readonly gain: number;
  readonly shape: Shape;
}

export type TunedSize = Pick<TunedKey, "kind" | "cell" | "hidden" | "k" | "steps" | "batch" | "networks">;

/** The key of a size on a device. */
export function tunedKey({ adapterInfo }: GPUDevice, { kind, cell, hidden, k, steps, batch, networks }: TunedSize, version: string): TunedKey {
  const { vendor, architecture, device: adapter, description: driver } = adapterInfo;
  return { adapter, vendor, architecture, driver, version, kind, cell, hidden, k, steps, batch, networks };
}

const names = ["adapter", "vendor", "architecture", "driver", "version", "kind", "cell", "hidden", "k", "steps", "batch", "networks"] as const;

export function sameKey(a: TunedKey, b: TunedKey): boolean {
  return names.every((name) => a[name] === b[name]);
}

/** The entries with one replaced or added; without a shape it is taken out, for the default is best. */
export function withEntry(entries: readonly TunedEntry[], key: TunedKey, found?: Pick<TunedEntry, "gain" | "shape">): TunedEntry[] {
  const rest = entries.filter((entry) => !sameKey(entry, key));
  return found ? [...rest, { ...key, gain: Math.round(1000 * found.gain) / 1000, shape: found.shape }] : rest;
}
