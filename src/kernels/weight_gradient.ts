import type { Profile } from "../gpu/device";
import type { KernelSpec } from "../gpu/kernel";
import { wgsl } from "../shaders";
import type { Schedule } from "./schedule";
import { layoutOf, type Sizes } from "./sizes";

export const gradientParams = { chunk: "u32", network: "u32", zero: "u32" } as const;

/** Rows and columns of a workgroup's tile: SIDE of shaders/profiles. */
const sides: Readonly<Record<Profile, number>> = { cpu: 16, gpu: 32 };

const bindings = { params: "uniform", rows: "read-only-storage", inputs: "read-only-storage", gradient: "storage" } as const;

/** The weight gradient of a chunk as one product (shaders/weight_gradient.wgsl). */
export function weightGradient(sizes: Sizes, schedule: Schedule, profile: Profile): KernelSpec<keyof typeof bindings> {
  const { N, K, S, T, B, warmup } = sizes;
  const constants = { N, K, S, T, B, WARMUP: warmup, CHUNK: schedule.chunk, RING: schedule.ring };
  return { name: "weight_gradient", code: wgsl("weight_gradient", sizes.cell, profile), bindings, constants };
}

/** Workgroups for one network: the tiles of weight_hh, then for each row of tiles the inputs and the two biases. */
export function weightGradientGroups(sizes: Sizes, profile: Profile): number {
  const { NP, gates } = layoutOf(sizes);
  const rowTiles = Math.ceil((gates * NP) / sides[profile]);
  return rowTiles * (Math.ceil(NP / sides[profile]) + sizes.S + 2);
}
