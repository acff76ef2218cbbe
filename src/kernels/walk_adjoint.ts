import type { Profile } from "../gpu/device";
import type { KernelSpec } from "../gpu/kernel";
import { wgsl } from "../shaders";
import type { Schedule } from "./schedule";
import type { Sizes } from "./sizes";
import { walkConstants } from "./walk_forward";

const bindings = {
  params: "uniform",
  transposed: "read-only-storage",
  schedule: "read-only-storage",
  records: "read-only-storage",
  tangents: "read-only-storage",
  triangles: "read-only-storage",
  loss_weights: "read-only-storage",
  adjoints: "storage",
  rows: "storage",
} as const;

/** The exact adjoint for a chunk of time (shaders/walk_adjoint.wgsl). */
export function walkAdjoint(sizes: Sizes, schedule: Schedule, profile: Profile): KernelSpec<keyof typeof bindings> {
  const constants = { ...walkConstants(sizes, schedule), RING: schedule.ring };
  return { name: "walk_adjoint", code: wgsl("walk_adjoint", sizes.cell, profile), bindings, constants };
}
