import type { KernelSpec } from "../gpu/kernel";
import { wgsl } from "../shaders";
import type { Shaped } from "./shape";
import { type TrainSizes, trainConstants } from "./train_sizes";

/** The uniform of train_forward and train_adjoint. */
export const trainWalkParams = {
  network: "u32",
  first: "u32",
  last: "u32",
  zero: "u32",
  T: "u32",
  scored: "u32",
  errors_from: "u32",
  scale: "f32",
} as const;

/** What does not change between dispatches. */
export function trainWalkSizes({ T, B, R, scored }: TrainSizes) {
  return { zero: 0, T, scored, errors_from: 0, scale: 1 / ((T - scored) * B * R) };
}

const bindings = {
  params: "uniform",
  parameters: "read-only-storage",
  inputs: "read-only-storage",
  targets: "read-only-storage",
  records: "storage",
  reads: "storage",
  errors: "storage",
} as const;

/** States, outputs, loss and its derivative for a chunk of time (shaders/train_forward.wgsl). */
export function trainForward(sizes: TrainSizes, shape: Shaped): KernelSpec<keyof typeof bindings> {
  return { name: "train_forward", code: wgsl("train_forward", sizes.cell, shape, { sizes: trainConstants(sizes, shape) }), bindings };
}
