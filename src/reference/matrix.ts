/** Numbers as the reference takes them: float32 from a file, float64 in finite differences. */
export type Numbers = Float32Array | Float64Array;

// Matrices are row-major. The loops run along rows of the result, so that a vector is a matrix with one column.

/** c += a b with a [m, n], b [n, p], c [m, p]; c may be longer. */
export function addProduct(c: Float64Array, a: Numbers, b: Numbers, m: number, n: number, p: number): void {
  for (let i = 0; i < m; i++) {
    for (let k = 0; k < n; k++) {
      const factor = a[i * n + k];
      for (let j = 0; j < p; j++) c[i * p + j] += factor * b[k * p + j];
    }
  }
}

/** c += aᵀ b with a [m, n], b [m, p], c [n, p]; c may be longer. */
export function addTransposedProduct(c: Float64Array, a: Numbers, b: Numbers, m: number, n: number, p: number): void {
  for (let i = 0; i < m; i++) {
    for (let k = 0; k < n; k++) {
      const factor = a[i * n + k];
      for (let j = 0; j < p; j++) c[k * p + j] += factor * b[i * p + j];
    }
  }
}

/** c += a bᵀ with a [m, p], b [n, p], c [m, n]; a and b may be longer. */
export function addOuterProduct(c: Float64Array, a: Numbers, b: Numbers, m: number, n: number, p: number): void {
  for (let i = 0; i < m; i++) {
    for (let j = 0; j < n; j++) {
      let sum = 0;
      for (let k = 0; k < p; k++) sum += a[i * p + k] * b[j * p + k];
      c[i * n + j] += sum;
    }
  }
}
