import { cells } from "./cells/index";
import { InputError } from "./errors";
import { drawInputs, type InputKind, randomFrame } from "./initialise";
import { firstNotFinite, type Model } from "./model";

/** Random inputs, drawn by a counter-based generator: the same seed gives the same numbers everywhere. */
export interface InputDraw {
  /** `bernoulli`: 0 or 1 with probability 1/2; `gaussian`: N(0, 1); `none`: zeros. */
  readonly kind: InputKind;
  /** Default 0. */
  readonly seed?: number;
}

/** Inputs and starts of the trajectories of one network. */
export interface SpectrumInputs {
  /** Inputs [B, T, S], or how to draw them; null or left out: no input. */
  readonly x?: Float32Array | InputDraw | null;
  /** Steps; default: what x has. */
  readonly T?: number;
  /** Trajectories; default 1. */
  readonly B?: number;
  /** Initial states [B, D]; default zeros. */
  readonly h0?: Float32Array;
  /** Initial tangent vectors [D, ≥ K], orthonormalised before use; default: drawn with seed 0. */
  readonly q0?: Float32Array;
}

/** Inputs and starts of the trajectories of networks that are flossed together. */
export interface FlossInputs {
  /**
   * Inputs [B, T, S] of every epoch and network, a function that gives them for each, or how to draw them anew for each; null
   * or left out: no input.
   */
  readonly x?: Float32Array | InputDraw | ((epoch: number, network: number) => Float32Array | null) | null;
  /** Steps of each walk; default: what x has, where it is an array. */
  readonly T?: number;
  /** Trajectories of each network; default 1. */
  readonly B?: number;
  /** Initial states [B, D], the same in every epoch; default zeros. */
  readonly h0?: Float32Array | ((network: number) => Float32Array);
  /** Initial tangent vectors [D, ≥ K], the same in every epoch; default: drawn with seed 0. */
  readonly q0?: Float32Array | ((network: number) => Float32Array);
}

/** Inputs with nothing left open. */
export interface Trajectories {
  readonly B: number;
  readonly T: number;
  /** [B, T, S] of a network in an epoch; null: none. */
  readonly x: (epoch: number, network: number) => Float32Array | null;
  /** How x is drawn, where it is: on the GPU, then. */
  readonly draw?: { readonly kind: "bernoulli" | "gaussian"; readonly seed: number };
  /** Whether x is the same in every epoch. */
  readonly constant: boolean;
  /** [B, D] of a network. */
  readonly h0: (network: number) => Float32Array;
  /** [D, ≥ K] of a network. */
  readonly q0: (network: number) => Float32Array;
}

/** Fills in the defaults. @throws InputError where sizes disagree or a given number is not finite */
export function trajectoriesOf({ cell, hidden, inputs: S }: Omit<Model, "parameters">, inputs: FlossInputs, K: number): Trajectories {
  const { B = 1, x = null, h0, q0 } = inputs;
  if (!Number.isInteger(B) || B < 1) throw new InputError(`B = ${B}: must be a whole number of at least 1`);
  const T = inputs.T ?? stepsOf(x, B, S);
  const D = cells[cell].states * hidden;
  if (!Number.isInteger(T) || T < 1) throw new InputError(`T = ${T}: must be a whole number of at least 1`);
  if (x instanceof Float32Array) checkValues("x", x, { B, T, S });
  const states = typeof h0 === "function" ? h0 : constant(h0 ?? new Float32Array(B * D));
  if (h0 instanceof Float32Array) checkValues("h0", h0, { B, D });
  if (q0 instanceof Float32Array) checkValues("q0", q0, {});
  const drawn = x !== null && typeof x === "object" && !(x instanceof Float32Array) && S > 0 ? x : undefined;
  return {
    ...{ B, T, x: sourceOf(x, { B, T, S }), constant: typeof x !== "function" && (drawn ?? { kind: "none" }).kind === "none" },
    ...(drawn && drawn.kind !== "none" && { draw: { kind: drawn.kind, seed: drawn.seed ?? 0 } }),
    ...{ h0: states, q0: typeof q0 === "function" ? q0 : constant(q0 ?? frameOf(D, K)) },
  };
}

function constant(value: Float32Array): () => Float32Array {
  return () => value;
}

function frameOf(D: number, K: number): Float32Array {
  if (K > D) throw new InputError(`k = ${K}: a network with ${D} state numbers has exponents 1 to ${D}; lower k`);
  return randomFrame(D, K, 0);
}

function stepsOf(x: FlossInputs["x"], B: number, S: number): number {
  if (!(x instanceof Float32Array) || S === 0) throw new InputError("T is missing: give the number of steps, or inputs x [B, T, S]");
  return x.length / (B * S);
}

function sourceOf(x: NonNullable<FlossInputs["x"]> | null, sizes: { B: number; T: number; S: number }): Trajectories["x"] {
  if (typeof x === "function") return x;
  if (x === null || x instanceof Float32Array) return () => x;
  const { kind, seed = 0 } = x;
  if (kind === "none" || sizes.S === 0) return () => null;
  return (epoch, network) => drawInputs(kind, { ...sizes, seed, network, epoch });
}

/** @throws InputError */
function checkValues(name: string, values: Float32Array, shape: Readonly<Record<string, number>>): void {
  const letters = Object.keys(shape);
  const length = Object.values(shape).reduce((product, size) => product * size, 1);
  if (letters.length > 0 && values.length !== length)
    throw new InputError(`${name} has ${values.length} numbers, [${letters.join(", ")}] = [${Object.values(shape).join(", ")}] has ${length}`);
  const bad = firstNotFinite(values);
  if (bad >= 0) throw new InputError(`${name} has ${values[bad]} at position ${bad}: only finite numbers can be used`);
}
