import { type CellName, cells } from "./cells/index";
import { InputError } from "./errors";
import type { Model } from "./model";
import { stream } from "./random";
import { gramSchmidt } from "./reference/qr";

/**
 * How recurrent weights are drawn: N(0, 1/N); an orthogonal matrix for each gate; or uniform within ±√(6 / (N + N)) for each gate
 * (Glorot and Bengio 2010), input weights then within ±√(6 / (S + N)). The gain multiplies the recurrent weights.
 */
export const initialisations = ["gaussian", "orthogonal", "glorot"] as const;
export type Initialisation = (typeof initialisations)[number];

export interface RandomModelOptions {
  /** Hidden units N. */
  readonly hidden: number;
  /** Inputs S. */
  readonly inputs: number;
  /** g, the factor of the recurrent weights: they are N(0, g²/N), or see `init`. */
  readonly gain: number;
  /** bias_ih is uniform from 0 to this; bias_hh is 0. */
  readonly biasScale?: number;
  readonly init?: Initialisation;
  /** Added to bias_ih of the forget gate, where the cell has one; default 0. */
  readonly forgetBias?: number;
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
  const { hidden: N, inputs: S, gain, biasScale = 0.1, init = "gaussian", forgetBias = 0, cell = "rnn", seed, network = 0 } = options;
  checkSize("hidden", N);
  checkSize("inputs", S);
  if (!Number.isFinite(gain)) throw new InputError(`gain is ${gain}, it must be a finite number`);
  const { gates, forgetGate } = cells[cell];
  if (!Number.isFinite(forgetBias)) throw new InputError(`the forget-gate bias is ${forgetBias}, it must be a finite number`);
  if (forgetBias !== 0 && forgetGate === undefined)
    throw new InputError(`${cells[cell].title} cells have no forget gate to give the bias ${forgetBias}: leave it out`);
  const rows = gates * N;
  const bias = stream("bias_ih", seed, network);
  const bias_ih_l0 = Float32Array.from({ length: rows }, (_, i) => biasScale * bias.uniform(i) + (Math.floor(i / N) === forgetGate ? forgetBias : 0));
  return {
    cell,
    hidden: N,
    inputs: S,
    parameters: {
      weight_ih_l0: inputWeights(init, N, S, rows, stream("weight_ih", seed, network)),
      weight_hh_l0: recurrentWeights(init, N, gates, gain, stream("weight_hh", seed, network)),
      bias_ih_l0,
      bias_hh_l0: new Float32Array(rows),
    },
  };
}

type Stream = ReturnType<typeof stream>;

/** Uniform within ±√(6 / (fan in + fan out)). */
function glorot(draw: Stream, length: number, fans: number): Float64Array {
  return Float64Array.from({ length }, (_, i) => Math.sqrt(6 / fans) * (2 * draw.uniform(i) - 1));
}

function inputWeights(init: Initialisation, N: number, S: number, rows: number, draw: Stream): Float32Array {
  return Float32Array.from(init === "glorot" ? glorot(draw, rows * S, S + N) : draw.normals(rows * S));
}

/** [G·N, N], gate by gate. */
function recurrentWeights(init: Initialisation, N: number, gates: number, gain: number, draw: Stream): Float32Array {
  const weights = new Float32Array(gates * N * N);
  const drawn = init === "glorot" ? glorot(draw, weights.length, 2 * N) : draw.normals(weights.length);
  for (let start = 0; start < weights.length; start += N * N) {
    const gate = drawn.subarray(start, start + N * N);
    const scale = init === "glorot" ? gain : gain / Math.sqrt(N);
    weights.set(init === "orthogonal" ? orthogonal(gate, N, gain) : gate.map((value) => scale * value), start);
  }
  return weights;
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
