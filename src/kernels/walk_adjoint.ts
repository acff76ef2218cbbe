import type { KernelSpec } from "../gpu/kernel";
import { wgsl } from "../shaders";
import type { Shaped } from "./shape";
import { fewOf, type Sizes, wideConstant } from "./sizes";

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
export function walkAdjoint(sizes: Sizes, shape: Shaped, wide = false): KernelSpec<keyof typeof bindings> {
  const { cell, N, K } = sizes;
  return {
    name: "walk_adjoint",
    code: wgsl("walk_adjoint", cell, shape, { few: fewOf(sizes, shape) }),
    bindings,
    constants: { N, K, ...wideConstant(wide) },
  };
}
