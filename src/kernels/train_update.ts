import type { KernelSpec } from "../gpu/kernel";
import { wgsl } from "../shaders";
import { adamDefaults, corrections } from "./adam";
import type { Shaped } from "./shape";
import { type TrainSizes, trainConstants, trainLayout } from "./train_sizes";

/** Its uniform. */
export const trainUpdateParams = {
  network: "u32",
  zero: "u32",
  T: "u32",
  slabs: "u32",
  mode: "u32",
  beta1: "f32",
  beta2: "f32",
  rest1: "f32",
  rest2: "f32",
  epsilon: "f32",
} as const;

/** How norms of gradients are limited. */
export type ClipKind = "tensor" | "global";

/** Values of the uniform; without `clip` only the metrics of the loss are made. */
export function trainUpdateValues(sizes: TrainSizes, network: number, clip?: ClipKind): Record<keyof typeof trainUpdateParams, number> {
  const { beta1, beta2, epsilon } = adamDefaults;
  const mode = clip === undefined ? 0 : clip === "tensor" ? 1 : 2;
  return { network, zero: 0, T: sizes.T, slabs: trainLayout(sizes).slabs, mode, beta1, beta2, rest1: 1 - beta1, rest2: 1 - beta2, epsilon };
}

/** Numbers of `rates` for each network. */
export const RATES = 16;

/** One network's line of `rates`: what its next step of Adam is made with. */
export interface TrainRates {
  /** Learning rates in the order of `trainTensors`; 0 is not trained. */
  readonly lr: readonly number[];
  /** Factor of the gradient in the last slab. */
  readonly mix: number;
  readonly weightDecay: number;
  /** Number of the step, from 1. */
  readonly step: number;
  /** Limit of a norm; 0 is none. */
  readonly clip: number;
}

/** [16] */
export function ratesRow({ lr, mix, weightDecay, step, clip }: TrainRates): number[] {
  return [...lr, mix, weightDecay, ...corrections(step), clip, 0, 0, 0, 0];
}

const bindings = {
  params: "uniform",
  partials: "read-only-storage",
  errors: "read-only-storage",
  rates: "read-only-storage",
  gradient: "storage",
  parameters: "storage",
  moments: "storage",
  transposed: "storage",
} as const;

/** Sums of gradients and loss, clipping, Adam (shaders/train_update.wgsl). */
export function trainUpdate(sizes: TrainSizes, shape: Shaped): KernelSpec<keyof typeof bindings> {
  return { name: "train_update", code: wgsl("train_update", sizes.cell, shape, { sizes: trainConstants(sizes, shape) }), bindings };
}
