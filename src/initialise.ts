import { type CellName, cells } from "./cells/index";
import { InputError } from "./errors";
import type { Model } from "./model";
import { stream } from "./random";
import { gramSchmidt } from "./reference/qr";

export interface RandomModelOptions {
  /** Hidden units N. */
  readonly hidden: number;
  /** Inputs S. */
  readonly inputs: number;
  /** g: recurrent weights are N(0, g²/N), or g times an orthogonal matrix for each gate. */
  readonly gain: number;
  /** bias_ih is uniform from 0 to this; bias_hh is 0. */
  readonly biasScale?: number;
  readonly init?: "gaussian" | "orthogonal";
  readonly cell?: CellName;
  readonly seed: number;
  /** Which network of an ensemble: each has its own numbers. */
  readonly network?: number;
}

function checkSize(name: string, size: number): void {
  if (!Number.isInteger(size) || size < 1) throw new InputError(`${name} is ${size}, it must be an integer of at least 1`);
}

/** A random orthogonal matrix [N, N], uniform over the group because diag(R) > 0 (Mezzadri 2007), times `gain`. */
function orthogonal(normals: Float64Array, N: number, gain: number): Float64Array {
  return gramSchmidt(normals, N, N).q.map((value) => gain * value);
}

/** A network with the paper's weights (Julia code, paper.md section 1.2): weight_ih N(0, 1), weight_hh N(0, g²/N), bias_ih U(0, 0.1). */
export function randomModel(options: RandomModelOptions): Model {
  const { hidden: N, inputs: S, gain, biasScale = 0.1, init = "gaussian", cell = "rnn", seed, network = 0 } = options;
  checkSize("hidden", N);
  checkSize("inputs", S);
  if (!Number.isFinite(gain)) throw new InputError(`gain is ${gain}, it must be a finite number`);
  const rows = cells[cell].gates * N;
  const normals = stream("weight_hh", seed, network).normals(rows * N);
  const weight_hh_l0 = new Float32Array(rows * N);
  for (let start = 0; start < rows * N; start += N * N) {
    const gate = normals.subarray(start, start + N * N);
    weight_hh_l0.set(init === "orthogonal" ? orthogonal(gate, N, gain) : gate.map((value) => (gain / Math.sqrt(N)) * value), start);
  }
  const bias = stream("bias_ih", seed, network);
  return {
    cell,
    hidden: N,
    inputs: S,
    parameters: {
      weight_ih_l0: Float32Array.from(stream("weight_ih", seed, network).normals(rows * S)),
      weight_hh_l0,
      bias_ih_l0: Float32Array.from({ length: rows }, (_, i) => biasScale * bias.uniform(i)),
      bias_hh_l0: new Float32Array(rows),
    },
  };
}

export interface RandomStateOptions {
  readonly B: number;
  /** State size D = states · N. */
  readonly D: number;
  readonly seed: number;
  readonly network?: number;
  readonly epoch?: number;
}

/** Initial states [B, D], N(0, 1). */
export function randomState({ B, D, seed, network = 0, epoch = 0 }: RandomStateOptions): Float32Array {
  const state = new Float32Array(B * D);
  for (let b = 0; b < B; b++) state.set(stream("state", seed, network, epoch, b).normals(D), b * D);
  return state;
}

/** An orthonormal frame [D, K], uniformly distributed; its first columns are those of the frame with a smaller K. */
export function randomFrame(D: number, K: number, seed: number): Float32Array {
  checkSize("D", D);
  checkSize("K", K);
  if (K > D) throw new InputError(`a frame of K = ${K} vectors does not fit in ${D} dimensions; lower K to ${D}`);
  const normals = stream("frame", seed).normals(D * K);
  // Column by column, so that more columns change nothing in those before.
  const columns = Float64Array.from({ length: D * K }, (_, at) => normals[(at % K) * D + Math.floor(at / K)]);
  return Float32Array.from(gramSchmidt(columns, D, K).q);
}

export type InputKind = "bernoulli" | "gaussian" | "none";

export interface DrawInputsOptions {
  readonly B: number;
  readonly T: number;
  readonly S: number;
  readonly seed: number;
  readonly network?: number;
  /** Each epoch has fresh inputs. */
  readonly epoch?: number;
}

/** Inputs [B, T, S]: 0 or 1 with probability 1/2, N(0, 1), or zeros. Trajectory b at step t is the same for every B and T. */
export function drawInputs(kind: InputKind, { B, T, S, seed, network = 0, epoch = 0 }: DrawInputsOptions): Float32Array {
  const x = new Float32Array(B * T * S);
  if (kind === "none") return x;
  for (let b = 0; b < B; b++) {
    const { bernoulli, normal } = stream("input", seed, network, epoch, b);
    const draw = kind === "bernoulli" ? (i: number) => bernoulli(i) : normal;
    for (let i = 0; i < T * S; i++) x[b * T * S + i] = draw(i);
  }
  return x;
}
