import type { Profile } from "../gpu/device";
import type { KernelSpec } from "../gpu/kernel";
import { wgsl } from "../shaders";
import type { Schedule } from "./schedule";
import type { Sizes } from "./sizes";

/** What changes between dispatches of walk_forward and walk_adjoint. */
export const walkParams = { chunk: "u32", split: "u32", trajectory: "u32", zero: "u32" } as const;

/** The overrides that walk_forward and walk_adjoint share. */
export function walkConstants(sizes: Sizes, schedule: Schedule): Record<string, number> {
  const { N, K, S, T, B, warmup } = sizes;
  return { N, K, S, T, B, WARMUP: warmup, CHUNK: schedule.chunk, SLOTS: schedule.slots, R_SLOTS: schedule.rSlots };
}

const bindings = {
  params: "uniform",
  parameters: "read-only-storage",
  schedule: "read-only-storage",
  inputs: "read-only-storage",
  records: "storage",
  tangents: "storage",
  triangles: "storage",
  log_sums: "storage",
  status: "storage",
} as const;

/** State step, tangent step and Gram-Schmidt for a chunk of time (shaders/walk_forward.wgsl). */
export function walkForward(sizes: Sizes, schedule: Schedule, profile: Profile): KernelSpec<keyof typeof bindings> {
  return { name: "walk_forward", code: wgsl("walk_forward", sizes.cell, profile), bindings, constants: walkConstants(sizes, schedule) };
}
