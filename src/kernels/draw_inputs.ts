import type { KernelSpec } from "../gpu/kernel";
import { type StreamName, seedKey, streamIds } from "../random";
import { wgsl } from "../shaders";
import { dealtGroups, MOST_GROUPS } from "./groups";
import { kernelShape, type Shaped } from "./shape";
import type { Sizes } from "./sizes";

/** Its uniform. */
export const drawParams = {
  kind: "u32",
  epoch: "u32",
  stream: "u32",
  T: "u32",
  B: "u32",
  S: "u32",
  scale: "f32",
} as const;

/** How inputs are drawn. */
export interface Draw {
  readonly kind: "bernoulli" | "gaussian";
  /** One seed for all networks, which then have a number each, or one for each. */
  readonly seed: number | readonly number[];
  readonly stream?: StreamName;
  /** What the numbers are multiplied with; default 1. */
  readonly scale?: number;
}

/** Values of the uniform for the inputs of an epoch. */
export function drawValues({ T, B, S }: Sizes, { kind, stream = "input", scale = 1 }: Draw, epoch: number): Record<keyof typeof drawParams, number> {
  return { kind: kind === "bernoulli" ? 0 : 1, epoch, stream: streamIds[stream], T, B, S, scale };
}

/** [M, 4] the key of each network's seed, and its number. @throws InputError where a seed is no integer from 0 to 2^53 − 1 */
export function drawPlaces({ M }: Pick<Sizes, "M">, seed: Draw["seed"]): Uint32Array<ArrayBuffer> {
  return Uint32Array.from(Array.from({ length: M }, (_, m) => (typeof seed === "number" ? placeOf(seed, m) : placeOf(seed[m]))).flat());
}

/** A network's line of `places`: the key of its seed, and its number. */
export function placeOf(seed: number, network = 0): number[] {
  return [...seedKey(seed), network, 0];
}

const bindings = { params: "uniform", places: "read-only-storage", inputs: "storage" } as const;

/** Inputs of an epoch, drawn in place (shaders/draw_inputs.wgsl). */
export function drawInputsKernel({ cell }: Sizes, shape: Shaped): KernelSpec<keyof typeof bindings> {
  return { name: "draw_inputs", code: wgsl("draw_inputs", cell, shape), bindings };
}

/** Workgroups that blocks of four numbers are dealt to; trajectories. */
export function drawGroups({ M, B, T, S }: Sizes, shape: Shaped, most = MOST_GROUPS): [number, number] {
  return [dealtGroups(Math.ceil((T * S) / 4 / kernelShape(shape).workgroup), most), M * B];
}
