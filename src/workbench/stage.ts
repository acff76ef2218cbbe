import type { Work } from "../bench/work";
import type { CellName } from "../cells/index";
import { download, type StorageBuffer } from "../gpu/buffer";
import type { Profile } from "../gpu/device";
import type { KernelSpec } from "../gpu/kernel";
import { dispatchesOf, type Plan, type Step } from "../gpu/plan";
import type { Pair } from "./numbers";

/** What a kernel is tried at. */
export interface StageSizes {
  readonly cell: CellName;
  readonly networks: number;
  readonly batch: number;
  readonly steps: number;
  readonly hidden: number;
  readonly k: number;
  readonly interval: number;
  readonly seed: number;
  readonly profile?: Profile;
}

/** One kernel alone: its dispatches on prepared buffers, and its float64 twin. */
export interface Stage {
  readonly spec: KernelSpec;
  readonly profile: Profile;
  /** All its dispatches of an epoch, in order. */
  readonly steps: readonly Step[];
  /** What is run to compare its results, where it works hand in hand with other kernels; left out: its own dispatches. */
  readonly around?: readonly Step[];
  /** What it writes. */
  readonly outputs: Readonly<Record<string, StorageBuffer>>;
  /** Makes what it reads what it was before, and outputs numbers that nobody takes for results. */
  reset(): void;
  /** What it gave beside what its twin gives. */
  compare(outputs: Readonly<Record<string, Float32Array>>): Pair[];
  /** Largest relative error that a right kernel may have, as in its test. */
  readonly tolerance: number;
  /** What an epoch of it does. */
  readonly work: Work;
  destroy(): void;
}

/** What an engine of either kind gives a stage. */
interface StageEngine {
  readonly profile: Profile;
  readonly slices: readonly { readonly forward: Plan; readonly backward: Plan }[];
  destroy(): void;
}

/** A kernel's dispatches on an engine, forward and backward. */
export function stageOf(
  engine: StageEngine,
  spec: KernelSpec,
  { outputs, tolerance, work = { flops: 0, bytes: 0 } }: Pick<Stage, "outputs" | "tolerance"> & { readonly work: Work | undefined },
) {
  const { forward, backward } = engine.slices[0];
  const steps = [forward, backward].flatMap(dispatchesOf).filter(({ kernel }) => kernel.name === spec.name);
  return { spec, profile: engine.profile, steps, outputs, tolerance, work, destroy: () => engine.destroy() };
}

/** The whole contents of buffers. */
export async function readAll<Name extends string>(
  device: GPUDevice,
  buffers: Readonly<Record<Name, StorageBuffer>>,
): Promise<Record<Name, Float32Array>> {
  const names = Object.keys(buffers) as Name[];
  const data = await download(
    device,
    names.map((name) => ({ source: buffers[name] })),
  );
  return Object.fromEntries(names.map((name, i) => [name, new Float32Array(data[i], 0, buffers[name].length)])) as Record<Name, Float32Array>;
}

/** Fills buffers with NaN, so that what is not written shows. */
export function fillNaN(buffers: readonly StorageBuffer[]): void {
  for (const buffer of buffers) buffer.write(new Float32Array(buffer.length).fill(Number.NaN));
}
