import type { KernelSpec } from "../gpu/kernel";
import { wgsl } from "../shaders";
import { dealtGroups, MOST_GROUPS } from "./groups";
import { kernelShape, type Shaped } from "./shape";
import { type TrainSizes, tileColumnsOf, trainConstants, trainLayout } from "./train_sizes";

/** Its uniform. */
export const trainGradientParams = { network: "u32", zero: "u32", T: "u32", slabs: "u32", first_slab: "u32" } as const;

const bindings = {
  params: "uniform",
  records: "read-only-storage",
  reads: "read-only-storage",
  adjoints: "read-only-storage",
  errors: "read-only-storage",
  inputs: "read-only-storage",
  partials: "storage",
} as const;

/** Gradients of all weights, slab by slab of time (shaders/train_gradient.wgsl). */
export function trainGradient(sizes: TrainSizes, shape: Shaped): KernelSpec<keyof typeof bindings> {
  return { name: "train_gradient", code: wgsl("train_gradient", sizes.cell, shape, { sizes: trainConstants(sizes, shape) }), bindings };
}

/** Workgroups of one slab of one network; its items are tiles of weight_hh, then of inputs and biases, then of the readout. */
export function trainGradientGroups(sizes: TrainSizes, shape: Shaped, most = MOST_GROUPS): number {
  const { NP, rows, kept } = trainLayout(sizes);
  const { S, R } = sizes;
  const { profile, side, workgroup: invocations } = kernelShape(shape);
  if (profile === "gpu") {
    const tiles = Math.ceil(rows / side) * Math.ceil(NP / side);
    return dealtGroups(tiles + Math.ceil(kept / invocations) * (S + 1) + Math.ceil(NP / invocations) * R, most);
  }
  const tiles = (rows / 16) * (NP / (8 * tileColumnsOf(sizes, shape)));
  return dealtGroups(tiles + (kept / 16) * Math.ceil((S + 1) / 8) + (NP / 16) * Math.ceil(R / 8), most);
}
