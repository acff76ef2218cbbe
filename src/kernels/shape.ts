import { InputError } from "../errors";
import type { Profile } from "../gpu/device";
import { profileConstants } from "../shaders";
import type { Steps } from "./schedule";

/**
 * What can vary in how a walk or training is computed, and never in what: the knobs of `tune`. What is left out is the profile's
 * default, or what the sizes ask for. `profile`, `workgroup` and `panel` change the order of sums, and so results by rounding; the
 * others change no bit.
 */
export interface Shape {
  /** Form of the kernels; default: what suits the adapter. */
  readonly profile?: Profile;
  /** Invocations of a workgroup; of the gpu profile. */
  readonly workgroup?: number;
  /** Rows and columns of a workgroup's tile of the weight gradient; of the gpu profile. */
  readonly side?: number;
  /** Tangent vectors that are orthonormalised together; of the gpu profile. */
  readonly panel?: number;
  /** Steps a dispatch advances: a multiple of 16; 4 or 8 as well, where no gradient asks for whole slabs. */
  readonly chunk?: number;
  /** Groups of panels that walk one behind the other. */
  readonly groups?: 1 | 2;
  /** Whether one dispatch advances a chunk of steps, or each stage of a step is a dispatch; default: by sizes. */
  readonly steps?: Steps;
  /** Networks that walk together at most; default: what fits the adapter. */
  readonly together?: number;
  /** Training: sequences of a lane; of the cpu profile. */
  readonly columns?: number;
  /** Training: blocks of 8 columns of a tile of the weight gradient; of the cpu profile. */
  readonly tile?: number;
}

/** What can vary in training. */
export type TrainShape = Omit<Shape, "groups" | "panel" | "steps">;

export const shapeKeys = ["profile", "workgroup", "side", "panel", "chunk", "groups", "steps", "together", "columns", "tile"] as const;

/** What the text of the kernels depends on. */
export type KernelShape = Required<Pick<Shape, "profile" | "workgroup" | "side" | "panel">> & Pick<Shape, "columns" | "tile">;

/** The form of the kernels: the defaults of a profile, or a shape. */
export type Shaped = Profile | KernelShape;

/** A profile with its defaults, those of shaders/profiles, or with what a shape says in their place. */
export function kernelShape(shape: Profile | (Shape & { readonly profile: Profile })): KernelShape {
  if (typeof shape === "string") return kernelShape({ profile: shape });
  const { WG, SIDE, PANEL } = profileConstants(shape.profile);
  const { profile, workgroup = WG, side = SIDE, panel = PANEL, columns, tile } = shape;
  return { profile, workgroup, side, panel, ...(columns && { columns }), ...(tile && { tile }) };
}

/** Values that the kernels can be compiled with; lanes of the cpu profile own two columns each, and so its numbers are fixed. */
export const choices = {
  cpu: { workgroup: [8], side: [16], panel: [16] },
  gpu: { workgroup: [32, 64, 128, 256], side: [16, 32, 64], panel: [8, 16, 32] },
} as const satisfies Record<Profile, Record<string, readonly number[]>>;

/** @throws InputError where a shape has a value that the kernels do not know */
export function checkShape(shape: Shape & { readonly profile: Profile }): void {
  const known: Record<string, readonly number[]> = choices[shape.profile];
  for (const [name, values] of Object.entries(known)) {
    const value = shape[name as keyof typeof choices.gpu];
    if (value !== undefined && !values.includes(value))
      throw new InputError(`${name} = ${value}: the ${shape.profile} profile has ${values.join(", ")}`);
  }
  if (shape.chunk !== undefined && !(Number.isInteger(shape.chunk / 16) && shape.chunk > 0) && shape.chunk !== 4 && shape.chunk !== 8)
    throw new InputError(`chunk = ${shape.chunk}: must be 4, 8 or a multiple of 16`);
  if (shape.groups !== undefined && shape.groups !== 1 && shape.groups !== 2) throw new InputError(`groups = ${shape.groups}: must be 1 or 2`);
  if (shape.steps !== undefined && shape.steps !== "fused" && shape.steps !== "stepwise")
    throw new InputError(`steps = ${shape.steps}: must be fused or stepwise`);
  for (const name of ["together", "columns", "tile"] as const) {
    const value = shape[name];
    if (value !== undefined && !(Number.isInteger(value) && value > 0))
      throw new InputError(`${name} = ${value}: must be a whole number of at least 1`);
  }
}

/** Only what a shape says, in the order of its keys. */
export function pickShape(from: Shape): Shape {
  return Object.fromEntries(shapeKeys.flatMap((key) => (from[key] === undefined ? [] : [[key, from[key]]])));
}
