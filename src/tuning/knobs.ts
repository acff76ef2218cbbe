import { type BenchRow, walkSizesOf } from "../bench/rows";
import { type Profile, profileFor } from "../gpu/device";
import { choices, type Shape } from "../kernels/shape";
import { BLOCK, fewOf, PANEL } from "../kernels/sizes";
import type { Knob } from "./search";

/** Knobs of a size on an adapter, most promising first; the other profile comes late where it can run, as it is far off there. */
export function knobsOf(device: GPUDevice, row: BenchRow, profile?: Profile): Knob[] {
  const { kind, batch, hidden } = row;
  const training = kind === "training";
  const onGpu = (name: "workgroup" | "side" | "panel"): Knob => ({
    name,
    values: (uses) => (uses.profile === "gpu" ? others(choices.gpu[name], uses[name]) : []),
  });
  const onCpu = (name: "columns" | "tile", values: readonly number[]): Knob => ({
    name,
    values: (uses) => (uses.profile === "cpu" ? others(values, uses[name]) : []),
  });
  const schedule: Knob[] = [
    { name: "chunk", values: (uses) => chunks(row, uses) },
    { name: "together", values: (uses) => slices(row, uses) },
  ];
  const lanes = [
    onCpu("columns", divisors(Math.ceil(batch / 8), [1, 2, 4])),
    onCpu("tile", divisors(Math.ceil(hidden / PANEL) * 2, [1, 2, 3, 4, 5, 6])),
  ];
  const groups: Knob = { name: "groups", values: (uses) => (row.k > (uses.panel ?? PANEL) ? others([1, 2], uses.groups) : []) };
  // Few tangent vectors have kernels of their own, which are fused.
  const few = (of: Profile) => fewOf(walkSizesOf(row), of) !== undefined;
  const steps: Knob = { name: "steps", values: ({ profile: of = "gpu", steps: used }) => (few(of) ? [] : others(["fused", "stepwise"], used)) };
  const other: Knob = { name: "profile", values: ({ profile: of }) => (profile === undefined && runsBoth(device) ? others(["cpu", "gpu"], of) : []) };
  const gpu = [onGpu("workgroup"), ...(training ? [] : [onGpu("panel")]), ...(kind === "spectrum" ? [] : [onGpu("side")])];
  const common = [...(training ? lanes : [steps, groups]), ...schedule];
  return (profile ?? profileFor(device)) === "cpu" ? [...common, other, ...gpu] : [...gpu, ...common, other];
}

/** Whether the adapter can run the kernels of both profiles: lanes of 8 are what it has by itself where it suits them. */
function runsBoth(device: GPUDevice): boolean {
  return profileFor(device) === "cpu";
}

function others<Value>(values: readonly Value[], used: Value | undefined): Value[] {
  return values.filter((value) => value !== used);
}

function divisors(of: number, values: readonly number[]): number[] {
  return values.filter((value) => of % value === 0);
}

/** Shorter and longer by factors of 2, as far as the steps and a dispatch of reasonable length go. */
function chunks({ kind, steps }: BenchRow, { chunk = BLOCK }: Shape): number[] {
  const most = Math.ceil(steps / BLOCK) * BLOCK;
  const short = kind === "spectrum" ? [4, 8] : [];
  const values = [0.5, 2, 0.25, 4].map((factor) => {
    const wanted = factor * chunk;
    return short.find((value) => value === wanted) ?? Math.min(most, Math.max(BLOCK, Math.round(wanted / BLOCK) * BLOCK));
  });
  return others([...new Set(values)], chunk);
}

/** Smaller slices, which may stay in a cache. */
function slices({ networks }: BenchRow, { together = networks }: Shape): number[] {
  const values = [Math.ceil(networks / 2), Math.ceil(networks / 4), 2, 1];
  return [...new Set(values)].filter((value) => value < together);
}
