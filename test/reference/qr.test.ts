import { Matrix } from "ml-matrix";
import { describe, expect, it } from "vitest";
import { stream } from "../../src/random";
import { gramSchmidt, restoreTriangle, timesInverseTransposed, walkAdjoint, walkForward } from "../../src/reference/index";
import { relativeError } from "../helpers/numbers";
import { randomProblem } from "../helpers/problem";

const random = (rows: number, columns: number, seed: number): Matrix =>
  Matrix.from1DArray(rows, columns, stream("frame", seed).normals(rows * columns));
const matrix = (rows: number, columns: number, values: Float64Array): Matrix => Matrix.from1DArray(rows, columns, values);

/** Ā = (Q̄ + Q copyltu(M)) R⁻ᵀ, M = R R̄ᵀ − Q̄ᵀ Q: the adjoint of QR for any use of Q and R (Liao et al. 2019, eq. 3). */
function liao(q: Matrix, r: Matrix, qBar: Matrix, rBar: Matrix): Matrix {
  const m = Matrix.sub(r.mmul(rBar.transpose()), qBar.transpose().mmul(q));
  const copyltu = new Matrix(m.rows, m.rows);
  for (let i = 0; i < m.rows; i++) for (let j = 0; j < m.rows; j++) copyltu.set(i, j, m.get(Math.max(i, j), Math.min(i, j)));
  return matrix(
    q.rows,
    q.columns,
    timesInverseTransposed(
      Matrix.add(qBar, q.mmul(copyltu)).to1DArray() as unknown as Float64Array,
      Float64Array.from(r.to1DArray()),
      q.rows,
      q.columns,
    ),
  );
}

describe.each([
  [5, 5],
  [9, 4],
  [7, 1],
  [1, 1],
  [40, 33],
])("Gram-Schmidt of [%i, %i]", (D, K) => {
  const a = random(D, K, 3);
  // Columns that shrink to 1e-12 of the first and are nearly parallel: what many steps between two QRs leave.
  const spread = a.clone();
  for (let j = 1; j < K; j++) for (let i = 0; i < D; i++) spread.set(i, j, a.get(i, 0) + a.get(i, j) * 10 ** ((-9 * j) / K));

  it.each([
    ["random", a],
    ["nearly dependent", spread],
  ])("%s columns", (_, y) => {
    const { q, r } = gramSchmidt(Float64Array.from(y.to1DArray()), D, K);
    const product = matrix(D, K, q).mmul(matrix(K, K, r));
    expect(Matrix.sub(product, y).norm() / y.norm()).toBeLessThan(1e-14);
    expect(
      Matrix.sub(
        matrix(D, K, q)
          .transpose()
          .mmul(matrix(D, K, q)),
        Matrix.eye(K),
      ).norm(),
    ).toBeLessThan(1e-13);
    for (let i = 0; i < K; i++) {
      expect(r[i * K + i]).toBeGreaterThan(0);
      for (let j = 0; j < i; j++) expect(r[i * K + j]).toBe(0);
    }
  });

  it("multiplies by the inverse transposed triangle", () => {
    const { r } = gramSchmidt(Float64Array.from(a.to1DArray()), D, K);
    const x = matrix(D, K, timesInverseTransposed(Float64Array.from(spread.to1DArray()), r, D, K));
    expect(Matrix.sub(x.mmul(matrix(K, K, r).transpose()), spread).norm() / spread.norm()).toBeLessThan(1e-12);
  });
});

it("the general adjoint of one QR agrees with finite differences", () => {
  const [D, K] = [6, 4];
  const [a, qBar, rBar] = [random(D, K, 1), random(D, K, 2), random(K, K, 4)];
  const decompose = (y: Matrix) => {
    const { q, r } = gramSchmidt(Float64Array.from(y.to1DArray()), D, K);
    return { q: matrix(D, K, q), r: matrix(K, K, r) };
  };
  const value = (y: Matrix): number => {
    const { q, r } = decompose(y);
    return Matrix.mul(q, qBar).sum() + Matrix.mul(r, rBar).sum();
  };
  const { q, r } = decompose(a);
  const expected = Matrix.zeros(D, K);
  for (let i = 0; i < D; i++) {
    for (let j = 0; j < K; j++) {
      const change = Matrix.zeros(D, K).set(i, j, 1e-5);
      expected.set(i, j, (value(Matrix.add(a, change)) - value(Matrix.sub(a, change))) / 2e-5);
    }
  }
  expect(relativeError(liao(q, r, qBar, rBar).to1DArray(), expected.to1DArray())).toBeLessThan(1e-8);
});

describe.each([
  { warmup: 0, interval: 1 },
  { warmup: 4, interval: 1 },
  { warmup: 4, interval: 3 },
])("the adjoint chain by the general formula at every QR, warmup $warmup, interval $interval", ({ warmup, interval }) => {
  const [N, K, T] = [9, 6, 12];
  const { model, inputs } = randomProblem({ N, K, T, gain: 1.4 });
  const walk = walkForward(model, inputs.x, inputs.h0, gramSchmidt(inputs.q0, N, K).q, { T, warmup, interval });
  const w = Float64Array.from({ length: K }, (_, i) => 0.3 - 0.2 * i);
  const adjoint = walkAdjoint(model, walk, w);

  const weight = Matrix.from1DArray(N, N, model.parameters.weight_hh_l0);

  it("gives the same adjoint of the tangent step, and the short form of the pre-activation's adjoint holds", () => {
    let frameBar = Matrix.zeros(N, K);
    let stateBar = Matrix.zeros(N, 1);
    for (let t = T; t >= 1; t--) {
      const frame = matrix(N, K, walk.frames[t]);
      const r = walk.triangles[t];
      // B_t of design.md 3.2 where there is a QR, Ā_t between.
      let b = frameBar;
      if (r) {
        const rBar = Matrix.diag(Array.from(w, (value, i) => (t > warmup ? value / r[i * K + i] : 0)));
        frameBar = liao(frame, matrix(K, K, r), frameBar, rBar);
        b = frameBar.mmul(matrix(K, K, r).transpose());
      }
      const h = walk.states[t];
      const productBar = Matrix.diag(Array.from(h, (value) => 1 - value * value)).mmul(frameBar);
      // ā = d ∘ h̄ − 2 h ∘ rowsum(Q ∘ B), what the vanilla kernel computes without W Q.
      const recurrentBar = Matrix.mul(frame, b)
        .sum("row")
        .map((sum, i) => (1 - h[i] ** 2) * stateBar.get(i, 0) - 2 * h[i] * sum);
      // Inside the warm-up the tangent's adjoint fades; its size is measured against the last step's.
      const difference = Matrix.sub(productBar, matrix(N, K, adjoint.productBar[t])).norm();
      expect(difference / matrix(N, K, adjoint.productBar[T]).norm()).toBeLessThan(1e-12);
      expect(relativeError(adjoint.recurrentBar[t], recurrentBar)).toBeLessThan(1e-11);
      frameBar = weight.transpose().mmul(productBar);
      stateBar = weight.transpose().mmul(Matrix.columnVector(recurrentBar));
    }
  });
});

it("restoring the triangle leaves what is right and mends what is not", () => {
  const [D, K] = [8, 5];
  const q = gramSchmidt(Float64Array.from(random(D, K, 5).to1DArray()), D, K).q;
  const w = Float64Array.from({ length: K }, (_, i) => 1 + i);
  const restored = restoreTriangle(Float64Array.from(random(D, K, 6).to1DArray()), q, w, D, K);
  const s = matrix(D, K, q)
    .transpose()
    .mmul(matrix(D, K, restored));
  for (let i = 0; i < K; i++) for (let j = i; j < K; j++) expect(s.get(i, j)).toBeCloseTo(i === j ? w[i] : 0, 13);
  expect(relativeError(restoreTriangle(restored, q, w, D, K), restored)).toBeLessThan(1e-14);
});
