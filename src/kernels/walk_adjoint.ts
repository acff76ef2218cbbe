import type { Profile } from "../gpu/device";
import type { KernelSpec } from "../gpu/kernel";
import { wgsl } from "../shaders";
import type { Sizes } from "./sizes";

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
export function walkAdjoint({ cell, N, K }: Sizes, profile: Profile): KernelSpec<keyof typeof bindings> {
  return { name: "walk_adjoint", code: wgsl("walk_adjoint", cell, profile), bindings, constants: { N, K } };
}
