import { determinant, Matrix } from "ml-matrix";
import { describe, expect, it } from "vitest";
import { InputError, NumericalError } from "../../src/errors";
import { randomFrame, randomModel } from "../../src/initialise";
import { stream } from "../../src/random";
import { gramSchmidt, orthonormalises, type ReferenceModel, referenceSpectrum, walkForward } from "../../src/reference/index";
import { randomProblem } from "../helpers/problem";

/** A network without biases: with h0 = 0 and no input it rests at 0, where its Jacobian is weight_hh. */
function linear(weight_hh_l0: Float32Array | Float64Array): ReferenceModel {
  const N = Math.sqrt(weight_hh_l0.length);
  const zeros = new Float64Array(N);
  return { cell: "rnn", hidden: N, inputs: 1, parameters: { weight_ih_l0: zeros, weight_hh_l0, bias_ih_l0: zeros, bias_hh_l0: zeros } };
}

function restingExponents(weight: Float32Array | Float64Array, K: number, T = 20, warmup = 0): Float64Array {
  const N = Math.sqrt(weight.length);
  return referenceSpectrum(linear(weight), { x: null, B: 1, T, h0: new Float64Array(N), q0: randomFrame(N, K, 1) }, { k: K, warmup }).exponents[0];
}

const expectAll = (values: Float64Array, expected: (i: number) => number, digits: number): void =>
  values.forEach((value, i) => {
    expect(value).toBeCloseTo(expected(i), digits);
  });

describe("exact spectra", () => {
  it.each([0.25, 1, 3])("gain %f times an orthogonal matrix: every exponent is log(gain)", (gain) => {
    const N = 12;
    const { q } = gramSchmidt(stream("weight_hh", 5).normals(N * N), N, N);
    const weight = q.map((value) => gain * value);
    expectAll(restingExponents(weight, N), () => Math.log(gain), 12);
    expectAll(restingExponents(weight, 1, 1), () => Math.log(gain), 12);
  });

  it("the orthogonal initialisation, to float32's precision", () => {
    const { parameters } = randomModel({ hidden: 16, inputs: 1, gain: 0.7, seed: 2, init: "orthogonal" });
    expectAll(restingExponents(parameters.weight_hh_l0, 16), () => Math.log(0.7), 6);
  });

  it("diagonal network, growing and shrinking directions", () => {
    const scales = [2.5, 1, 0.4, 1e-3];
    const weight = Float64Array.from({ length: 16 }, (_, at) => (at % 5 === 0 ? scales[at / 5] : 0));
    // The frame needs some steps to turn: its slowest part fades as (1/2.5)^t.
    expectAll(restingExponents(weight, 4, 200, 100), (i) => Math.log(scales[i]), 12);
  });

  it("diagonal network away from rest: mean of log(scale · (1 − h²))", () => {
    const [N, T] = [3, 30];
    const scales = [1.8, 1.4, 0.5];
    const weight = Float64Array.from({ length: 9 }, (_, at) => (at % 4 === 0 ? scales[at / 4] : 0));
    const q0 = Float64Array.from({ length: 9 }, (_, at) => (at % 4 === 0 ? 1 : 0));
    const expected = scales.map((scale) => {
      let [h, sum] = [0.3, 0];
      for (let t = 1; t <= T; t++) {
        h = Math.tanh(scale * h);
        if (t > 5) sum += Math.log(scale * (1 - h * h));
      }
      return sum / (T - 5);
    });
    const h0 = new Float64Array(N).fill(0.3);
    expectAll(referenceSpectrum(linear(weight), { x: null, B: 1, T, h0, q0 }, { k: N, warmup: 5 }).exponents[0], (i) => expected[i], 12);
  });

  it("target enters the loss only", () => {
    const { model, inputs } = randomProblem({ N: 6, K: 2, T: 9 });
    const { exponents } = referenceSpectrum(model, inputs, { k: 2 });
    const { loss } = referenceSpectrum(model, inputs, { k: 2, target: [-1, 0.5] });
    expect(loss).toBeCloseTo(((exponents[0][0] + 1) ** 2 + (exponents[0][1] - 0.5) ** 2) / 2, 14);
  });
});

describe("identities", () => {
  it.each([0, 7])("all exponents together are the mean of log |det J|, warmup %i", (warmup) => {
    const [N, T] = [7, 25];
    const { model, inputs } = randomProblem({ N, K: N, T, gain: 1.5 });
    const weight = Matrix.from1DArray(N, N, model.parameters.weight_hh_l0);
    const { states } = walkForward(model, inputs.x, inputs.h0, gramSchmidt(inputs.q0, N, N).q, { T, warmup, interval: 1 });
    const mean = states
      .slice(warmup + 1)
      .reduce((sum, h) => sum + Math.log(Math.abs(determinant(Matrix.diag(Array.from(h, (value) => 1 - value * value)).mmul(weight)))), 0);
    const { exponents } = referenceSpectrum(model, inputs, { k: N, warmup });
    expect(exponents[0].reduce((sum, value) => sum + value)).toBeCloseTo(mean / (T - warmup), 12);
  });

  it.each([0, 4])("the interval changes nothing, warmup %i", (warmup) => {
    const { model, inputs } = randomProblem({ N: 8, K: 3, T: 23, B: 2 });
    const every = referenceSpectrum(model, inputs, { k: 3, warmup });
    for (const interval of [2, 3, 7, 100]) {
      const { exponents } = referenceSpectrum(model, inputs, { k: 3, warmup, interval });
      exponents.forEach((lambda, b) => {
        expectAll(lambda, (i) => every.exponents[b][i], 11);
      });
    }
  });

  it("fewer exponents are the first of more", () => {
    const { model, inputs } = randomProblem({ N: 8, K: 5, T: 20 });
    const five = referenceSpectrum(model, inputs, { k: 5 }).exponents[0];
    expect(referenceSpectrum(model, inputs, { k: 2 }).exponents[0]).toEqual(five.slice(0, 2));
  });
});

it("orthonormalises at the warm-up's end, at multiples of the interval counted from there, and at T", () => {
  const steps = (T: number, warmup: number, interval: number): number[] =>
    Array.from({ length: T }, (_, i) => i + 1).filter((t) => orthonormalises(t, { T, warmup, interval }));
  expect(steps(10, 0, 3)).toEqual([3, 6, 9, 10]);
  expect(steps(10, 4, 3)).toEqual([1, 4, 7, 10]);
  expect(steps(9, 5, 3)).toEqual([2, 5, 8, 9]);
  expect(steps(4, 1, 100)).toEqual([1, 4]);
  expect(steps(3, 0, 1)).toEqual([1, 2, 3]);
});

describe("refusals", () => {
  const { model, inputs } = randomProblem({ N: 4, K: 2, T: 6, B: 2 });

  it("a tangent vector that vanishes is named", () => {
    const weight = Float64Array.of(1, 0, 0, 0, 0, 0, 0, 0, 0);
    const start = { x: null, B: 2, T: 5, h0: new Float64Array(6), q0: randomFrame(3, 2, 1) };
    const run = () => referenceSpectrum(linear(weight), start, { k: 2 });
    expect(run).toThrow(NumericalError);
    expect(run).toThrow("tangent vector 1 has length 0 at step 1 of trajectory 0");
  });

  it.each([
    ["x has 11 numbers, [2, 6, 1] needs 12", { x: new Float32Array(11) }, {}],
    ["h0", { h0: new Float32Array(7) }, {}],
    ["q0", { q0: new Float32Array(7) }, {}],
    ["k is 5", {}, { k: 5 }],
    ["k is 0", {}, { k: 0 }],
    ["warmup is 6", {}, { warmup: 6 }],
    ["interval is 0", {}, { interval: 0 }],
    ["target has 3 numbers", {}, { target: [0, 0, 0] }],
  ])("%s", (message, badInputs, badOptions) => {
    const run = () => referenceSpectrum(model, { ...inputs, ...badInputs }, { k: 2, ...badOptions });
    expect(run).toThrow(InputError);
    expect(run).toThrow(message);
  });
});
