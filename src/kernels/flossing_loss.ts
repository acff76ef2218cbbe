import type { Profile } from "../gpu/device";
import type { KernelSpec } from "../gpu/kernel";
import { wgsl } from "../shaders";
import type { Sizes } from "./sizes";

const bindings = {
  log_sums: "read-only-storage",
  targets: "read-only-storage",
  exponents: "storage",
  loss_weights: "storage",
  summary: "storage",
  status: "storage",
} as const;

/** Exponents, loss and its derivative (shaders/flossing_loss.wgsl). */
export function flossingLoss(sizes: Sizes, profile: Profile): KernelSpec<keyof typeof bindings> {
  const { N, K, S, T, B, warmup } = sizes;
  return { name: "flossing_loss", code: wgsl("flossing_loss", sizes.cell, profile), bindings, constants: { N, K, S, T, B, WARMUP: warmup } };
}
