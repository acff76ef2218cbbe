import { Matrix, SVD } from "ml-matrix";
import { describe, expect, it } from "vitest";
import { logCondition, longTermJacobians, productSingularValues } from "../src/conditioning";
import { randomFrame, randomModel, randomState } from "../src/initialise";
import { exactSingularValues } from "../src/reference/exact_singular_values";
import { stepJacobians } from "../src/reference/step_jacobians";

/** A driven tanh network and a trajectory (paper.md section 8: N = 20, g = 1, Bernoulli drive). */
function problem(N: number, T: number) {
  const model = randomModel({ hidden: N, inputs: 1, gain: 1, seed: 3 });
  const x = Float32Array.from({ length: T }, (_, t) => ((t * 7919) % 13 < 6 ? 1 : 0));
  return { model, inputs: { x, h0: randomState({ B: 1, D: N, seed: 4 }), T } };
}

/** F_t … F_1 in float64. */
function product(factors: readonly Float64Array[], D: number): Matrix {
  return factors.reduce(
    (done, factor) => new Matrix(Array.from({ length: D }, (_, i) => [...factor.subarray(i * D, (i + 1) * D)])).mmul(done),
    Matrix.eye(D),
  );
}

const largest = (a: ArrayLike<number>, b: ArrayLike<number>) => Math.max(...Array.from(a, (value, i) => Math.abs(value - b[i])));

describe("productSingularValues", () => {
  it("is exact for multiples of orthogonal matrices", () => {
    const D = 9;
    const factors = [1, 2, 3, 4].map((seed) => Float64Array.from(randomFrame(D, D, seed), (value) => 0.5 * value));
    const { logs, sweeps } = productSingularValues(factors, D);
    // The frames are orthonormal to float32 only.
    expect(largest(logs, new Array(D).fill(4 * Math.log(0.5)))).toBeLessThan(1e-6);
    expect(sweeps).toBeLessThanOrEqual(60);
  });

  it("gives the entries of diagonal factors, in order", () => {
    const D = 4;
    const diagonal = (values: number[]) => Float64Array.from({ length: D * D }, (_, at) => (at % (D + 1) === 0 ? values[at / (D + 1)] : 0));
    const { logs } = productSingularValues([diagonal([1e-5, -2, 1, 0.5]), diagonal([1e-5, 3, 7, 0.5])], D);
    expect(
      largest(
        logs,
        [Math.log(7), Math.log(6), Math.log(0.25), Math.log(1e-10)].sort((a, b) => b - a),
      ),
    ).toBeLessThan(1e-12);
  });

  it("gives minus infinity for directions that a dead unit takes away", () => {
    const D = 5;
    const factors = [1, 2, 3].map((seed) => Float64Array.from(randomFrame(D, D, seed), (value, at) => (Math.floor(at / D) === 2 ? 0 : value)));
    const { logs } = productSingularValues(factors, D);
    const expected = new SVD(product(factors, D)).diagonal.map(Math.log);
    const rank = logs.indexOf(Number.NEGATIVE_INFINITY);
    expect(rank).toBe(4);
    // Of directions whose singular values are 1 up to the frames' rounding, any mixture is what converges.
    expect(largest(logs.subarray(0, rank), expected.slice(0, rank))).toBeLessThan(1e-6);
  });

  it.each([1, 3, 6])("agrees with the SVD of the product while float64 can hold it, %i steps", (T) => {
    const { model, inputs } = problem(6, T);
    const factors = stepJacobians(model, inputs.x, inputs.h0, T);
    const expected = new SVD(product(factors, 6)).diagonal.map(Math.log);
    expect(expected[0] - expected[5]).toBeLessThan(Math.log(1e10));
    const { logs, change } = productSingularValues(factors, 6, { sweeps: 4000, tolerance: 1e-13 });
    expect(change).toBeLessThan(1e-9);
    // The smallest singular value has few digits in a float64 SVD.
    expect(largest(logs, expected)).toBeLessThan(1e-5);
    expect(Math.abs(logs[0] - expected[0])).toBeLessThan(1e-11);
  });

  it("has the sum of log |det D_t| as its sum after any number of sweeps", () => {
    const { model, inputs } = problem(12, 50);
    const factors = stepJacobians(model, inputs.x, inputs.h0, 50);
    const determinants = factors.reduce(
      (sum, factor) => sum + new SVD(product([factor], 12)).diagonal.reduce((all, value) => all + Math.log(value), 0),
      0,
    );
    for (const sweeps of [1, 7]) {
      const { logs } = productSingularValues(factors, 12, { sweeps });
      expect(logs.reduce((sum, value) => sum + value, 0)).toBeCloseTo(determinants, 8);
    }
  });

  it("refuses factors of another size", () => {
    expect(() => productSingularValues([new Float64Array(9), new Float64Array(4)], 3)).toThrow("factor 1 has 4 numbers");
  });
});

describe("against arbitrary precision", () => {
  const { model, inputs } = problem(20, 80);
  const factors = stepJacobians(model, inputs.x, inputs.h0, 80);
  const horizons = [5, 40, 80];

  it("agrees with 1200 bits where κ is 10^100", async () => {
    const exact = await exactSingularValues(factors, 20, { bits: 1200, horizons });
    const ours = longTermJacobians(model, inputs, { horizons, sweeps: 400 });
    expect(logCondition(exact[2]) / Math.LN10).toBeGreaterThan(90);
    for (const [i, { logs, horizon }] of ours.entries()) {
      expect(ours[i].horizon).toBe(horizons[i]);
      // Short products need many sweeps; see paper.md section 8.
      expect(largest(logs, exact[i])).toBeLessThan(horizon < 10 ? 1e-4 : 1e-8);
    }
  });

  it("256 bits saturate near 10^77, where the sweeps do not", async () => {
    const [at40, at80] = await exactSingularValues(factors, 20, { bits: 256, horizons: [40, 80] });
    const ours = longTermJacobians(model, inputs, { horizons: [40, 80] }).map(({ logs }) => logCondition(logs) / Math.LN10);
    expect(logCondition(at40) / Math.LN10).toBeCloseTo(ours[0], 6);
    expect(ours[1]).toBeGreaterThan(90);
    const saturated = logCondition(at80) / Math.LN10;
    expect(saturated).toBeGreaterThan(72);
    expect(saturated).toBeLessThan(84);
  });

  it("refuses bits and horizons that make no sense", async () => {
    await expect(exactSingularValues(factors, 20, { bits: 1 })).rejects.toThrow("bits = 1");
    await expect(exactSingularValues(factors, 20, { bits: 64, horizons: [81] })).rejects.toThrow("horizon 81");
    expect(() => longTermJacobians(model, inputs, { horizons: [0] })).toThrow("horizon 0");
    expect(() => logCondition([1, 0], 3)).toThrow("m = 3");
  });
});
