import type { BindingKind, KernelSpec } from "../gpu/kernel";
import { wgsl } from "../shaders";
import type { Schedule } from "./schedule";
import { type KernelShape, kernelShape, type Shaped } from "./shape";
import { layoutOf, type Sizes, wideConstant } from "./sizes";

/** The uniform of the stages of a step: what changes between steps, then sizes. */
export const stepParams = {
  t: "u32",
  begin: "u32",
  end: "u32",
  units: "u32",
  trajectory: "u32",
  zero: "u32",
  T: "u32",
  B: "u32",
  S: "u32",
  warmup: "u32",
  slots: "u32",
  r_slots: "u32",
  ring: "u32",
} as const;

/** The sizes among them. */
export function stepSizes({ T, B, S, warmup }: Sizes, { slots, rSlots, ring }: Schedule, shape: KernelShape) {
  return { units: UNITS[shape.profile], zero: 0, T, B, S, warmup, slots, r_slots: rSlots, ring };
}

/** Units of a workgroup: on a CPU a row of tall tiles, which takes the state as well (lib/lanes_wide.wgsl); on a GPU as many as have a thread each. */
const UNITS: Readonly<Record<KernelShape["profile"], number>> = { cpu: 32, gpu: 64 };

/** Workgroups that share the units of a trajectory. */
export function unitRanges(sizes: Sizes, shape: KernelShape): number {
  return Math.ceil(layoutOf(sizes).NP / UNITS[shape.profile]);
}

/** Workgroups that share panels and state of a range of units: on a CPU one, which reads the range's weights once. */
export function panelShares(sizes: Sizes, shape: KernelShape): number {
  return shape.profile === "cpu" ? 1 : layoutOf(sizes).panels + 1;
}

const readOnly = "read-only-storage";
const bindings = {
  step_tangents: {
    ...{ params: "uniform", parameters: readOnly, schedule: readOnly, inputs: readOnly },
    ...{ records: "storage", tangents: "storage", status: "storage" },
  },
  step_orthonormalise: { params: "uniform", schedule: readOnly, tangents: "storage", triangles: "storage", log_r: "storage", status: "storage" },
  step_correct: { params: "uniform", schedule: readOnly, tangents: readOnly, loss_weights: readOnly, adjoints: "storage" },
  step_solve: {
    ...{ params: "uniform", schedule: readOnly, records: readOnly, tangents: readOnly, triangles: readOnly },
    ...{ adjoints: "storage", rows: "storage" },
  },
  step_pull_back: { params: "uniform", transposed: readOnly, schedule: readOnly, adjoints: "storage", rows: "storage" },
} as const satisfies Record<string, Record<string, BindingKind>>;

export type StepStage = keyof typeof bindings;
export const stepStages = Object.keys(bindings) as readonly StepStage[];

function takesProducts(name: StepStage): boolean {
  return name === "step_tangents" || name === "step_pull_back";
}

/** One stage of a step, for trajectories that workgroups share (shaders/step_….wgsl). */
export function stepKernel(name: StepStage, { cell, N, K }: Sizes, shape: Shaped, wide = false): KernelSpec {
  const cpu = kernelShape(shape).profile === "cpu" && takesProducts(name);
  const constants = { N, K, ...(cpu && { WITH_STATE: 1, ...wideConstant(wide) }) };
  return { name, code: wgsl(name, cell, shape), bindings: bindings[name], constants };
}
