import type { KernelSpec } from "../gpu/kernel";
import { wgsl } from "../shaders";
import { dealtGroups, MOST_GROUPS } from "./groups";
import { kernelShape, type Shaped } from "./shape";
import { layoutOf, type Sizes } from "./sizes";

/** Its uniform. */
export const adamParams = {
  network: "u32",
  S: "u32",
  beta1: "f32",
  beta2: "f32",
  rest1: "f32",
  rest2: "f32",
  epsilon: "f32",
} as const;

/** Defaults of torch.optim.Adam. */
export const adamDefaults = { beta1: 0.9, beta2: 0.999, epsilon: 1e-8 } as const;

/** Values of the uniform for the networks from `network` on. */
export function adamValues({ S }: Sizes, network = 0): Record<keyof typeof adamParams, number> {
  const { beta1, beta2, epsilon } = adamDefaults;
  return { network, S, beta1, beta2, rest1: 1 - beta1, rest2: 1 - beta2, epsilon };
}

/** Numbers of `rates` for each network. */
export const ADAM_RATES = 8;

/** Adam's corrections for the step of this number, from 1: 1 / (1 − beta1^step), 1 / √(1 − beta2^step). */
export function corrections(step: number): [number, number] {
  const { beta1, beta2 } = adamDefaults;
  return [1 / (1 - beta1 ** step), 1 / Math.sqrt(1 - beta2 ** step)];
}

const bindings = {
  params: "uniform",
  gradient: "read-only-storage",
  rates: "read-only-storage",
  parameters: "storage",
  first_moments: "storage",
  second_moments: "storage",
  transposed: "storage",
} as const;

/** Adam over the flat parameters, which also transposes weight_hh (shaders/adam.wgsl). @param most workgroups that parameters are dealt to */
export function adam({ cell, N, K }: Sizes, shape: Shaped, most = MOST_GROUPS): KernelSpec<keyof typeof bindings> {
  return { name: "adam", code: wgsl("adam", cell, shape), bindings, constants: { N, K, MOST_GROUPS: most } };
}

/** Workgroups of one network. */
export function adamGroups(sizes: Sizes, shape: Shaped, most = MOST_GROUPS): number {
  return dealtGroups(Math.ceil(layoutOf(sizes).parameters / kernelShape(shape).workgroup), most);
}
