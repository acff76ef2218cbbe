import type { KernelSpec } from "../gpu/kernel";
import { wgsl } from "../shaders";
import type { Schedule } from "./schedule";
import type { Shaped } from "./shape";
import { fewOf, type Sizes, wideConstant } from "./sizes";

/** The uniform of walk_forward and walk_adjoint: what changes between dispatches, then sizes. */
export const walkParams = {
  chunk: "u32",
  split: "u32",
  trajectory: "u32",
  zero: "u32",
  T: "u32",
  B: "u32",
  S: "u32",
  warmup: "u32",
  chunk_steps: "u32",
  slots: "u32",
  r_slots: "u32",
  ring: "u32",
  end: "u32",
} as const;

/** The sizes among them. */
export function walkSizes({ T, B, S, warmup }: Sizes, { chunk, slots, rSlots, ring }: Schedule) {
  return { zero: 0, T, B, S, warmup, chunk_steps: chunk, slots, r_slots: rSlots, ring, end: T };
}

const bindings = {
  params: "uniform",
  parameters: "read-only-storage",
  schedule: "read-only-storage",
  inputs: "read-only-storage",
  records: "storage",
  tangents: "storage",
  triangles: "storage",
  log_r: "storage",
  status: "storage",
} as const;

/** State step, tangent step and Gram-Schmidt for a chunk of time (shaders/walk_forward.wgsl). */
export function walkForward(sizes: Sizes, shape: Shaped, wide = false): KernelSpec<keyof typeof bindings> {
  const { cell, N, K } = sizes;
  return {
    name: "walk_forward",
    code: wgsl("walk_forward", cell, shape, { few: fewOf(sizes, shape) }),
    bindings,
    constants: { N, K, ...wideConstant(wide) },
  };
}
