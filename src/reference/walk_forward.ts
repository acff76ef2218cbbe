import { cells } from "../cells/index";
import { NumericalError } from "../errors";
import type { Model, ParameterName } from "../model";
import { type CellStep, type CellTangent, referenceCells } from "./cells/index";
import { addProduct, type Numbers } from "./matrix";
import { gramSchmidt } from "./qr";

/** A network whose parameters may be float64, so that finite differences can move them by little. */
export interface ReferenceModel extends Omit<Model, "parameters"> {
  readonly parameters: Readonly<Record<ParameterName, Numbers>>;
}

/** When a walk of `T` steps orthonormalises and counts. */
export interface Schedule {
  readonly T: number;
  /** Steps that align the frame and are not counted. */
  readonly warmup: number;
  /** Steps between orthonormalisations. */
  readonly interval: number;
  /** First steps, all orthonormalised; default 0. */
  readonly dense?: number;
}

/** Whether step t (1 … T) ends with an orthonormalisation: the first ones, every multiple of the interval counted from the warm-up, its end, and T (design.md 3.4). */
export function orthonormalises(t: number, { T, warmup, interval, dense = 0 }: Schedule): boolean {
  return t <= dense || t === T || (t - warmup) % interval === 0;
}

/** One trajectory with all that the adjoint needs. Index t counts steps: 0 is the start, step t leads from t − 1 to t. */
export interface Walk {
  readonly schedule: Schedule;
  readonly K: number;
  /** states[t] [D] for t = 0 … T. */
  readonly states: Float64Array[];
  /** frames[t] [D, K] for t = 0 … T: Q_t where step t orthonormalises, else A_t. */
  readonly frames: Float64Array[];
  /** triangles[t] [K, K]: R_t where step t orthonormalises. */
  readonly triangles: (Float64Array | undefined)[];
  /** steps[t], for t = 1 … T. */
  readonly steps: CellStep[];
  /** Sum of log R_ii over the counted steps [K]. */
  readonly logSums: Float64Array;
}

/** W h + b or U x + b: a [rows, columns] matrix times a vector, plus a bias. */
function affine(weight: Numbers, vector: Numbers, bias: Numbers): Float64Array {
  const result = Float64Array.from(bias);
  addProduct(result, weight, vector, bias.length, vector.length, 1);
  return result;
}

/** The tangent of `recurrent`: W times the rows of the frame that belong to h. */
export function recurrentTangent({ cell, hidden: N, parameters }: ReferenceModel, frame: Float64Array, K: number): CellTangent {
  const rows = cells[cell].gates * N;
  const product = new Float64Array(rows * K);
  addProduct(product, parameters.weight_hh_l0, frame, rows, N, K);
  return { K, frame, product };
}

/** @throws NumericalError where a tangent vector vanished or left the finite numbers. */
function checkDiagonal(r: Float64Array, K: number, trajectory: number, step: number): void {
  for (let column = 0; column < K; column++) {
    const value = r[column * K + column];
    if (value > 0 && Number.isFinite(value)) continue;
    throw new NumericalError(`tangent vector ${column} has length ${value} at step ${step} of trajectory ${trajectory}`, {
      network: 0,
      trajectory,
      step,
      column,
    });
  }
}

/**
 * State and tangent frame of one trajectory: A_t = J_t Q_{t−1}, A_t = Q_t R_t (design.md 3.1; paper, Algorithm 1).
 * x [T, S] or null for no input; h0 [D]; q0 [D, K] orthonormal.
 */
export function walkForward(model: ReferenceModel, x: Numbers | null, h0: Numbers, q0: Float64Array, schedule: Schedule, trajectory = 0): Walk {
  const { hidden: N, inputs: S, parameters } = model;
  const D = h0.length;
  const K = q0.length / D;
  const cell = referenceCells[model.cell];
  const walk: Walk = { schedule, K, states: [Float64Array.from(h0)], frames: [q0], triangles: [], steps: [], logSums: new Float64Array(K) };
  for (let t = 1; t <= schedule.T; t++) {
    const before = walk.states[t - 1];
    const recurrent = affine(parameters.weight_hh_l0, before.subarray(0, N), parameters.bias_hh_l0);
    const input = affine(parameters.weight_ih_l0, x ? x.subarray((t - 1) * S, t * S) : new Float64Array(S), parameters.bias_ih_l0);
    const step: CellStep = { N, recurrent, input, before };
    walk.steps[t] = step;
    walk.states[t] = cell.forward(step);
    walk.frames[t] = cell.tangent(step, recurrentTangent(model, walk.frames[t - 1], K));
    if (!orthonormalises(t, schedule)) continue;
    const { q, r } = gramSchmidt(walk.frames[t], D, K);
    checkDiagonal(r, K, trajectory, t);
    walk.frames[t] = q;
    walk.triangles[t] = r;
    if (t > schedule.warmup) for (let i = 0; i < K; i++) walk.logSums[i] += Math.log(r[i * K + i]);
  }
  return walk;
}
