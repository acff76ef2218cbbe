import type { Profile } from "../gpu/device";
import type { KernelSpec } from "../gpu/kernel";
import { wgsl } from "../shaders";
import { type TrainSizes, trainConstants, trainLayout } from "./train_sizes";

/** Its uniform. */
export const trainGradientParams = { network: "u32", zero: "u32", T: "u32", slabs: "u32" } as const;

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
export function trainGradient(sizes: TrainSizes, profile: Profile): KernelSpec<keyof typeof bindings> {
  return { name: "train_gradient", code: wgsl("train_gradient", sizes.cell, profile, { sizes: trainConstants(sizes, profile) }), bindings };
}

/** Workgroups of one slab of one network: tiles of weight_hh, then of inputs and biases, then of the readout. */
export function trainGradientGroups(sizes: TrainSizes, profile: Profile): number {
  const { NP, rows, kept } = trainLayout(sizes);
  const { S, R } = sizes;
  if (profile === "gpu") {
    const [side, invocations] = [32, 128]; // SIDE, WG of shaders/profiles
    const tiles = Math.ceil(rows / side) * Math.ceil(NP / side);
    return tiles + Math.ceil(kept / invocations) * (S + 1) + Math.ceil(NP / invocations) * R;
  }
  const tileColumns = Number(/TILE_COLUMNS = (\d+)u/.exec(trainConstants(sizes, profile))?.[1]);
  return (rows / 16) * (NP / (8 * tileColumns)) + (kept / 16) * Math.ceil((S + 1) / 8) + (NP / 16) * Math.ceil(R / 8);
}
