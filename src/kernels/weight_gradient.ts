import type { KernelSpec } from "../gpu/kernel";
import { wgsl } from "../shaders";
import { dealtGroups, MOST_GROUPS } from "./groups";
import type { Schedule } from "./schedule";
import { kernelShape, type Shaped } from "./shape";
import { layoutOf, type Sizes } from "./sizes";

/** Its uniform: what changes between dispatches, then sizes. */
export const gradientParams = { chunk: "u32", network: "u32", zero: "u32", T: "u32", B: "u32", S: "u32", chunk_steps: "u32", ring: "u32" } as const;

/** The sizes among them. */
export function gradientSizes({ T, B, S }: Sizes, { chunk, ring }: Schedule) {
  return { zero: 0, T, B, S, chunk_steps: chunk, ring };
}

const bindings = { params: "uniform", rows: "read-only-storage", inputs: "read-only-storage", gradient: "storage" } as const;

/** The weight gradient of a chunk as one product (shaders/weight_gradient.wgsl). @param most workgroups that items are dealt to */
export function weightGradient(sizes: Sizes, shape: Shaped, most = MOST_GROUPS): KernelSpec<keyof typeof bindings> {
  const { cell, N, K } = sizes;
  const constants = { N, K, SLAB: layoutOf(sizes).slab, MOST_GROUPS: most };
  return { name: "weight_gradient", code: wgsl("weight_gradient", cell, shape), bindings, constants };
}

/** Workgroups for one network; its items are the tiles of weight_hh, then for each row of tiles the inputs and the two biases. */
export function weightGradientGroups(sizes: Sizes, shape: Shaped, most = MOST_GROUPS): number {
  const { NP, gates } = layoutOf(sizes);
  const { side } = kernelShape(shape);
  const rowTiles = Math.ceil((gates * NP) / side);
  return dealtGroups(rowTiles * (Math.ceil(NP / side) + sizes.S + 2), most);
}
