import type { Profile } from "../gpu/device";
import type { KernelSpec } from "../gpu/kernel";
import { seedKey, streamIds } from "../random";
import { wgsl } from "../shaders";
import type { Sizes } from "./sizes";

/** Its uniform. */
export const drawParams = {
  kind: "u32",
  seed_low: "u32",
  seed_high: "u32",
  epoch: "u32",
  stream: "u32",
  network: "u32",
  T: "u32",
  B: "u32",
  S: "u32",
} as const;

/** Values of the uniform for the inputs of an epoch. @throws InputError where the seed is no integer from 0 to 2^53 − 1 */
export function drawValues({ T, B, S }: Sizes, kind: "bernoulli" | "gaussian", seed: number, epoch: number): Record<keyof typeof drawParams, number> {
  const [seed_low, seed_high] = seedKey(seed);
  return { kind: kind === "bernoulli" ? 0 : 1, seed_low, seed_high, epoch, stream: streamIds.input, network: 0, T, B, S };
}

const bindings = { params: "uniform", inputs: "storage" } as const;

/** Inputs of an epoch, drawn in place (shaders/draw_inputs.wgsl). */
export function drawInputsKernel({ cell }: Sizes, profile: Profile): KernelSpec<keyof typeof bindings> {
  return { name: "draw_inputs", code: wgsl("draw_inputs", cell, profile), bindings };
}

/** Workgroups: blocks of four numbers, trajectories; WG of shaders/profiles is the divisor. */
export function drawGroups({ M, B, T, S }: Sizes, profile: Profile): [number, number] {
  return [Math.max(1, Math.ceil((T * S) / 4 / { cpu: 8, gpu: 128 }[profile])), M * B];
}
