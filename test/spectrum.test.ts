import { determinant, Matrix } from "ml-matrix";
import { describe, expect, it } from "vitest";
import { NumericalError } from "../src/errors";
import { randomFrame, randomModel } from "../src/initialise";
import { lyapunovSpectra, lyapunovSpectrum, type SpectrumOptions } from "../src/lyapunov";
import type { Model } from "../src/model";
import { referenceSpectrum } from "../src/reference/index";
import { testDevice } from "./helpers/device";
import { exact } from "./helpers/engine";
import { relativeError } from "./helpers/numbers";
import { type Problem, randomProblem } from "./helpers/problem";

// Few different (N, K): each compiles its own kernels.
const [N, K] = [21, 18];

async function spectrum({ model, inputs }: Problem, options: SpectrumOptions) {
  return lyapunovSpectrum(await testDevice(), model, inputs, options);
}

/** A network without biases and input: with h0 = 0 it rests at 0, where its Jacobian is weight_hh. */
function resting(weight_hh_l0: Float32Array, T: number, k: number): Problem {
  const hidden = Math.sqrt(weight_hh_l0.length);
  const zeros = () => new Float32Array(hidden);
  const model: Model = {
    cell: "rnn",
    hidden,
    inputs: 1,
    parameters: { weight_ih_l0: zeros(), weight_hh_l0, bias_ih_l0: zeros(), bias_hh_l0: zeros() },
  };
  return { model, inputs: { B: 1, T, x: new Float32Array(T), h0: zeros(), q0: randomFrame(hidden, k, 1) } };
}

describe("exact spectra", () => {
  it.each([0.3, 1, 2.5])("orthogonal weights with gain %f in the linear regime: every exponent is log(gain)", async (gain) => {
    const { parameters } = randomModel({ hidden: 8, inputs: 1, gain, seed: 2, init: "orthogonal" });
    const { exponents } = await spectrum(resting(parameters.weight_hh_l0, 40, 8), { k: 8, interval: 1 });
    for (const value of exponents[0]) expect(Math.abs(value - Math.log(gain))).toBeLessThan(2e-6);
  });

  it("a diagonal network, growing and shrinking directions", async () => {
    const scales = [2.5, 1.6, 1, 0.7, 0.4, 0.1, 0.02, 1e-3];
    const weight = Float32Array.from({ length: 64 }, (_, at) => (at % 9 === 0 ? scales[at / 9] : 0));
    const { exponents } = await spectrum(resting(weight, 200, 8), { k: 8, warmup: 100, interval: 1 });
    exponents[0].forEach((value, i) => {
      expect(Math.abs(value - Math.log(scales[i]))).toBeLessThan(1e-5);
    });
  });

  it("K = N: the sum of the exponents is the mean of log |det J|", async () => {
    const problem = randomProblem({ N: 8, B: 3, T: 40, K: 8, seed: 7 });
    const { exponents } = await spectrum(problem, { k: 8, interval: 1 });
    const { weight_hh_l0, weight_ih_l0, bias_ih_l0, bias_hh_l0 } = problem.model.parameters;
    const logDet = Math.log(Math.abs(determinant(Matrix.from1DArray(8, 8, weight_hh_l0))));
    for (let b = 0; b < 3; b++) {
      let h = Array.from(problem.inputs.h0.subarray(8 * b, 8 * b + 8));
      let sum = 0;
      for (let t = 0; t < 40; t++) {
        h = h.map((_, i) =>
          Math.tanh(
            h.reduce(
              (a, value, j) => a + weight_hh_l0[8 * i + j] * value,
              weight_ih_l0[i] * problem.inputs.x[b * 40 + t] + bias_ih_l0[i] + bias_hh_l0[i],
            ),
          ),
        );
        sum += logDet + h.reduce((a, value) => a + Math.log(1 - value * value), 0);
      }
      expect(Math.abs(exponents[b].reduce((a, value) => a + value, 0) - sum / 40)).toBeLessThan(2e-5);
    }
  });
});

describe("against the float64 reference", () => {
  it.each<[string, Problem, SpectrumOptions, number]>([
    ["K = 1", randomProblem({ N: 32, T: 50, K: 1, seed: 1 }), { k: 1, interval: 1 }, 1e-4],
    ["T = 1", randomProblem({ N, T: 1, K, seed: 2 }), { k: K, interval: 1 }, 1e-4],
    // Weak weights: the last of 18 columns of 21 are what is left of a hundred times longer ones.
    [
      "B = 3 with a warm-up and a target",
      randomProblem({ N, S: 3, B: 3, T: 33, K, gain: 0.6, seed: 3 }),
      { k: K, warmup: 9, interval: 1, target: -0.4 },
      3e-3,
    ],
    ["a strongly contracting network", randomProblem({ N, T: 60, K, gain: 0.1, seed: 4 }), { k: K, interval: 1 }, 2e-4],
    // Chaos doubles rounding every few steps: ten free steps.
    ["a chaotic network, ten steps", randomProblem({ N, T: 10, K, gain: 3, seed: 5 }), { k: K, interval: 1 }, 1e-3],
    // Columns of 18 of 21 spread by a factor of tens a step (design 3.4).
    ["interval 2", randomProblem({ N, T: 33, K, seed: 6 }), { k: K, warmup: 4, interval: 2 }, 5e-3],
    [
      "interval 3, all targets apart",
      randomProblem({ N: 24, T: 23, K: 10, gain: 0.9, seed: 7 }),
      { k: 10, interval: 3, target: Array.from({ length: 10 }, (_, i) => -i / 10) },
      2e-3,
    ],
    [
      "interval auto after a warm-up",
      randomProblem({ N: 24, B: 2, T: 120, K: 10, gain: 0.9, seed: 8 }),
      { k: 10, warmup: 21, interval: "auto" },
      2e-4,
    ],
    ["interval auto", randomProblem({ N: 24, T: 120, K: 10, gain: 0.9, seed: 8 }), { k: 10, interval: "auto" }, 2e-4],
  ])("%s", async (_, problem, options, tolerance) => {
    const result = await spectrum(problem, { ...options, gradient: true });
    const { interval, dense } = result;
    const expected = referenceSpectrum(exact(problem.model), problem.inputs, {
      k: options.k,
      warmup: options.warmup ?? 0,
      interval,
      dense,
      target: options.target ?? 0,
      gradient: true,
    });
    for (const [b, row] of result.exponents.entries()) expect(relativeError(row, expected.exponents[b])).toBeLessThan(tolerance);
    expect(Math.abs(result.loss / expected.loss - 1)).toBeLessThan(tolerance);
    for (const name of ["weight_hh_l0", "weight_ih_l0", "bias_ih_l0", "bias_hh_l0", "h0"] as const)
      expect(relativeError(result.gradient?.[name] ?? [], expected.gradient[name]), name).toBeLessThan(tolerance);
  });

  it("a chaotic network over a long time: the first exponent within its standard error of the reference's", async () => {
    const problem = randomProblem({ N, T: 2000, K, gain: 3, seed: 5 });
    const [ours] = (await spectrum(problem, { k: K, warmup: 100, interval: 1 })).exponents;
    const [exactly] = referenceSpectrum(exact(problem.model), problem.inputs, { k: K, warmup: 100 }).exponents;
    expect(exactly[0]).toBeGreaterThan(0.1);
    expect(Math.abs(ours[0] - exactly[0])).toBeLessThan(0.03);
  });

  it.each([
    [2, 2],
    [10, 1],
  ])("auto walks again with a shorter interval where the first steps promised too much: input %d", async (input, least) => {
    // An input that is nothing at first, then drives the units into saturation.
    const problem = randomProblem({ N: 24, T: 120, K: 10, gain: 0.9, seed: 8 });
    problem.inputs.x.fill(0, 0, 60).fill(input, 60);
    const { interval, spread, exponents, dense } = await spectrum(problem, { k: 10 });
    expect(interval).toBeLessThan(10);
    expect(interval).toBeGreaterThanOrEqual(least);
    if (interval > 1) expect(spread).toBeLessThanOrEqual(Math.log(100));
    const expected = referenceSpectrum(exact(problem.model), problem.inputs, { k: 10, interval, dense });
    expect(relativeError(exponents[0], expected.exponents[0])).toBeLessThan(2e-4);
  });

  it("auto orthonormalises less often where that is safe", async () => {
    const { parameters } = randomModel({ hidden: 24, inputs: 1, gain: 0.9, seed: 2, init: "orthogonal" });
    const { interval, exponents } = await spectrum(resting(parameters.weight_hh_l0, 200, 10), { k: 10 });
    expect(interval).toBe(10);
    for (const value of exponents[0]) expect(Math.abs(value - Math.log(0.9))).toBeLessThan(2e-6);
  });

  it("an explicit interval that spreads the columns too far is warned of", async () => {
    const problem = randomProblem({ N, T: 40, K, seed: 6 });
    const { warnings } = await spectrum(problem, { k: K, interval: 4 });
    expect(warnings.join()).toMatch(/interval 4 .* spread by a factor of/);
  });
});

describe("failures are errors, never silent", () => {
  it("weights that overflow", async () => {
    const problem = randomProblem({ N: 8, T: 40, K: 8, seed: 1 });
    problem.model.parameters.weight_hh_l0.fill(3e38);
    problem.inputs.h0.fill(1);
    await expect(spectrum(problem, { k: 8, interval: 1 })).rejects.toThrow(/network 0, trajectory 0, step 1: a number is no longer finite/);
  });

  it.each([
    { hidden: 8, k: 8, zeros: 2, column: 6 },
    { hidden: 8, k: 8, zeros: 8, column: 0 },
    { hidden: N, k: K, zeros: 5, column: 16 },
  ])("a weight matrix with zero rows: the tangent vector that vanished is named, %o", async ({ hidden, k, zeros, column }) => {
    for (const profile of hidden === N ? (["cpu", "gpu"] as const) : (["cpu"] as const)) {
      const problem = randomProblem({ N: hidden, T: 40, K: k, seed: 1 });
      problem.model.parameters.weight_hh_l0.fill(0, 0, zeros * hidden);
      const failure = await spectrum(problem, { k, interval: 1, profile }).catch((error: unknown) => error);
      expect(failure).toBeInstanceOf(NumericalError);
      expect((failure as NumericalError).position).toEqual({ network: 0, trajectory: 0, step: 1, column });
      expect((failure as Error).message).toContain(`lower k to ${column}`);
    }
  });

  it("numbers that are not finite, sizes that make no sense", async () => {
    const problem = randomProblem({ N: 8, T: 40, K: 8, seed: 1 });
    const broken = randomProblem({ N: 8, T: 40, K: 8, seed: 1 });
    broken.model.parameters.weight_hh_l0[3] = Number.NaN;
    await expect(spectrum(broken, { k: 8 })).rejects.toThrow(/weight_hh_l0 has NaN at position 3/);
    await expect(spectrum(problem, { k: 9 })).rejects.toThrow(/k = 9/);
    await expect(spectrum(problem, { k: 8, warmup: 40 })).rejects.toThrow(/warmup = 40/);
    await expect(spectrum(problem, { k: 8, interval: 1, target: [1, 2] })).rejects.toThrow(/target has 2 values/);
  });
});

describe("several networks", () => {
  it.each([{}, { together: 1 }, { together: 2 }, { chunk: 16 }, { chunk: 48, together: 2 }])(
    "%o: bitwise what each gives alone, gradient of the initial state included",
    async (how) => {
      const problems = [3, 4, 5].map((seed) => randomProblem({ N, B: 2, T: 200, K, seed, gain: 0.5 * seed }));
      const options = { k: K, gradient: true, ...how };
      const inputs = {
        ...{ B: 2, T: 200, x: (_: number, m: number) => problems[m].inputs.x },
        ...{ h0: (m: number) => problems[m].inputs.h0, q0: (m: number) => problems[m].inputs.q0 },
      };
      const models = problems.map(({ model }) => model);
      const results = await lyapunovSpectra(await testDevice(), models, inputs, options);
      for (const [m, problem] of problems.entries()) expect(results[m]).toEqual(await spectrum(problem, { k: K, gradient: true }));
    },
  );

  it.each([4, 8])("in dispatches of %d steps, as large networks walk without gradient: bitwise what long ones give", async (chunk) => {
    const problem = randomProblem({ N, T: 70, K, seed: 2 });
    for (const groups of [1, 2] as const) {
      const options = { k: K, warmup: 3, groups };
      expect(await spectrum(problem, { ...options, chunk })).toEqual(await spectrum(problem, { ...options, chunk: 32 }));
    }
  });
});
