import { cells } from "./cells/index";
import { InputError } from "./errors";
import type { Numbers } from "./reference/matrix";
import { stepJacobians } from "./reference/step_jacobians";
import type { ReferenceModel } from "./reference/walk_forward";

/** Singular values of a product of matrices. */
export interface ProductSingularValues {
  /** [D] natural logarithms, largest first; −∞ where a singular value is 0. */
  readonly logs: Float64Array;
  /** QR sweeps that were made. */
  readonly sweeps: number;
  /** Largest change of a logarithm in the last sweep: what is left to converge. */
  readonly change: number;
}

export interface SweepOptions {
  /** QR sweeps at most; default 60. */
  readonly sweeps?: number;
  /** Ends where no logarithm changes by more than this in a sweep; default 1e-10. */
  readonly tolerance?: number;
}

/** Singular values of the long-term Jacobian after so many steps. */
export interface LongTermJacobian extends ProductSingularValues {
  /** Steps t of T_t = D_t … D_1. */
  readonly horizon: number;
}

/**
 * Logarithms of the singular values of F_t … F_1 in float64, however far apart they lie: a QR sweep through the factors leaves
 * F_t … F_1 = Q R_t … R_1, the next one sweeps through R_tᵀ, …, R_1ᵀ, and so on; Σ log R_ii converges to log σ_i (implicit QR
 * iteration on the product's normal matrix; Stewart 1997, Oliveira & Stewart 2000; paper.md section 8).
 * @param factors F_1 … F_t, each [D, D] row-major
 * @throws InputError where a factor has another size
 */
export function productSingularValues(factors: readonly Numbers[], D: number, options: SweepOptions = {}): ProductSingularValues {
  const { sweeps: most = 60, tolerance = 1e-10 } = options;
  const wrong = factors.findIndex(({ length }) => length !== D * D);
  if (wrong >= 0) throw new InputError(`factor ${wrong} has ${factors[wrong].length} numbers, [D, D] = [${D}, ${D}] has ${D * D}`);
  let current = factors;
  let logs: Float64Array = new Float64Array(D);
  let change = Number.POSITIVE_INFINITY;
  let sweeps = 0;
  while (sweeps < most && change > tolerance) {
    const { triangles, logSums } = sweep(current, D);
    // Minus infinity stays what it is.
    change = logSums.reduce((largest, value, i) => (value === logs[i] ? largest : Math.max(largest, Math.abs(value - logs[i]))), 0);
    // The first sweep has nothing to be compared with.
    if (sweeps === 0) change = Number.POSITIVE_INFINITY;
    logs = logSums;
    current = triangles.reverse();
    sweeps++;
  }
  return { logs: logs.slice().sort().reverse(), sweeps, change };
}

/** One QR sweep from the identity: the transposes of R_1 … R_t [D, D], and Σ log R_ii [D]. */
function sweep(factors: readonly Numbers[], D: number): { triangles: Float64Array[]; logSums: Float64Array } {
  const logSums = new Float64Array(D);
  // Columns one after the other.
  let frame = new Float64Array(D * D);
  for (let i = 0; i < D; i++) frame[i * D + i] = 1;
  const triangles = factors.map((factor) => {
    const next = new Float64Array(D * D);
    for (let k = 0; k < D; k++) multiply(factor, frame.subarray(k * D, (k + 1) * D), next.subarray(k * D, (k + 1) * D));
    const transposed = orthonormaliseColumns(next, D);
    for (let k = 0; k < D; k++) logSums[k] += Math.log(transposed[k * D + k]);
    frame = next;
    return transposed;
  });
  return { triangles, logSums };
}

/** result = matrix · vector. */
function multiply(matrix: Numbers, vector: Float64Array, result: Float64Array): void {
  const D = vector.length;
  for (let i = 0; i < D; i++) {
    let sum = 0;
    for (let j = 0; j < D; j++) sum += matrix[i * D + j] * vector[j];
    result[i] = sum;
  }
}

/** A column that keeps this much of its length is orthogonal enough (Daniel, Gragg, Kaufman & Stewart 1976). */
const KEEPS = 0.7;

/** Gram-Schmidt in place, a column projected twice where it lost much of its length. @returns Rᵀ [D, D] row-major, diag(R) > 0 */
function orthonormaliseColumns(columns: Float64Array, D: number): Float64Array {
  const transposed = new Float64Array(D * D);
  for (let k = 0; k < D; k++) {
    const at = k * D;
    let norm = lengthOf(columns, at, D);
    const rounding = 2 ** -52 * D * norm;
    for (let pass = 0; pass < 2; pass++) {
      for (let l = 0; l < k; l++) transposed[at + l] += removeComponent(columns, at, l * D, D);
      const left = lengthOf(columns, at, D);
      const enough = left > KEEPS * norm;
      norm = left;
      if (enough) break;
    }
    // Of a column that depends on those before, as behind a dead unit, only rounding error is left: it is zero.
    const vanished = norm <= rounding;
    transposed[at + k] = vanished ? 0 : norm;
    for (let i = 0; i < D; i++) columns[at + i] = vanished ? 0 : columns[at + i] / norm;
  }
  return transposed;
}

function lengthOf(columns: Float64Array, at: number, D: number): number {
  let square = 0;
  for (let i = 0; i < D; i++) square += columns[at + i] ** 2;
  return Math.sqrt(square);
}

/** Takes from a column its component along another, a unit vector. */
function removeComponent(columns: Float64Array, at: number, other: number, D: number): number {
  let component = 0;
  for (let i = 0; i < D; i++) component += columns[other + i] * columns[at + i];
  for (let i = 0; i < D; i++) columns[at + i] -= component * columns[other + i];
  return component;
}

export interface ConditionOptions extends SweepOptions {
  /** Numbers of steps t; default: all that the input has. */
  readonly horizons?: readonly number[];
}

/**
 * Singular values of the long-term Jacobian T_t = ∂h_t/∂h_0 = D_t … D_1 of a network along one trajectory, in float64 (Engelken
 * 2023, section on condition numbers). ln κ₂(T_t) = logs[0] − logs[D − 1]; see `logCondition`.
 * @param inputs x [T, S] or null for no input, h0 [D], T steps
 * @throws InputError where sizes disagree
 */
export function longTermJacobians(
  model: ReferenceModel,
  { x, h0, T }: { readonly x: Numbers | null; readonly h0: Numbers; readonly T: number },
  options: ConditionOptions = {},
): LongTermJacobian[] {
  const D = cells[model.cell].states * model.hidden;
  const { horizons = [T] } = options;
  const bad = horizons.find((t) => !Number.isInteger(t) || t < 1 || t > T);
  if (bad !== undefined) throw new InputError(`horizon ${bad}: must be a whole number from 1 to ${T}, the steps of the input`);
  const factors = stepJacobians(model, x, h0, Math.max(...horizons));
  return horizons.map((horizon) => ({ horizon, ...productSingularValues(factors.slice(0, horizon), D, options) }));
}

/** Natural logarithm of σ_1 / σ_m, the condition number restricted to the first m directions. @param logs [D], largest first */
export function logCondition(logs: ArrayLike<number>, m: number = logs.length): number {
  if (!Number.isInteger(m) || m < 1 || m > logs.length) throw new InputError(`m = ${m}: must be a whole number from 1 to ${logs.length}`);
  return logs[0] - logs[m - 1];
}
