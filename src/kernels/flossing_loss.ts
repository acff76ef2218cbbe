import type { KernelSpec } from "../gpu/kernel";
import { wgsl } from "../shaders";
import type { Shaped } from "./shape";
import type { Sizes } from "./sizes";

/** Its uniform. */
export const lossParams = { network: "u32", T: "u32", B: "u32", warmup: "u32" } as const;

const bindings = {
  params: "uniform",
  log_r: "read-only-storage",
  schedule: "read-only-storage",
  targets: "read-only-storage",
  block_sums: "storage",
  exponents: "storage",
  loss_weights: "storage",
  summary: "storage",
  status: "storage",
} as const;

/** Exponents, loss and its derivative (shaders/flossing_loss.wgsl). */
export function flossingLoss({ cell, N, K }: Sizes, shape: Shaped): KernelSpec<keyof typeof bindings> {
  return { name: "flossing_loss", code: wgsl("flossing_loss", cell, shape), bindings, constants: { N, K } };
}
