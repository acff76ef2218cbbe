import type { KernelSpec } from "../gpu/kernel";
import { wgsl } from "../shaders";
import type { Shaped } from "./shape";
import { type TrainSizes, trainConstants } from "./train_sizes";

const bindings = {
  params: "uniform",
  parameters: "read-only-storage",
  transposed: "read-only-storage",
  records: "read-only-storage",
  errors: "read-only-storage",
  adjoints: "storage",
  gradient: "storage",
} as const;

/** Adjoints of the pre-activations for a chunk of time, and the start's gradient (shaders/train_adjoint.wgsl). */
export function trainAdjoint(sizes: TrainSizes, shape: Shaped): KernelSpec<keyof typeof bindings> {
  return { name: "train_adjoint", code: wgsl("train_adjoint", sizes.cell, shape, { sizes: trainConstants(sizes, shape) }), bindings };
}
