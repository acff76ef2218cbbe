import type { Numbers } from "./matrix";

/** A thin QR decomposition A = Q R with diag(R) > 0. */
export interface Decomposition {
  /** [D, K], orthonormal columns. */
  readonly q: Float64Array;
  /** [K, K], upper triangular. */
  readonly r: Float64Array;
}

/**
 * QR of `a` [D, K] by Gram-Schmidt, each column projected twice ("twice is enough", Giraud et al. 2005).
 * A column that depends on those before leaves a zero, or only rounding, on R's diagonal; the caller looks.
 */
export function gramSchmidt(a: Numbers, D: number, K: number): Decomposition {
  const columns = Array.from({ length: K }, (_, j) => Float64Array.from({ length: D }, (_, i) => a[i * K + j]));
  const r = new Float64Array(K * K);
  columns.forEach((column, j) => {
    for (let pass = 0; pass < 2; pass++) {
      for (let l = 0; l < j; l++) r[l * K + j] += removeDirection(column, columns[l]);
    }
    const norm = Math.hypot(...column);
    r[j * K + j] = norm;
    for (let i = 0; i < D; i++) column[i] /= norm;
  });
  const q = new Float64Array(D * K);
  columns.forEach((column, j) => {
    for (let i = 0; i < D; i++) q[i * K + j] = column[i];
  });
  return { q, r };
}

/** Subtract from `vector` its component along the unit vector `direction`; the length of what was taken. */
function removeDirection(vector: Float64Array, direction: Float64Array): number {
  let component = 0;
  for (let i = 0; i < vector.length; i++) component += direction[i] * vector[i];
  for (let i = 0; i < vector.length; i++) vector[i] -= component * direction[i];
  return component;
}

/** b R⁻ᵀ for b [D, K] and R [K, K] upper triangular: each row x of the result solves R x = row of b. */
export function timesInverseTransposed(b: Numbers, r: Numbers, D: number, K: number): Float64Array {
  const x = Float64Array.from(b);
  for (let i = 0; i < D; i++) {
    for (let j = K - 1; j >= 0; j--) {
      for (let l = j + 1; l < K; l++) x[i * K + j] -= r[j * K + l] * x[i * K + l];
      x[i * K + j] /= r[j * K + j];
    }
  }
  return x;
}
