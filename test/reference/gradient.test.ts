import { describe, expect, it } from "vitest";
import { cellNames } from "../../src/cells/index";
import { type ParameterName, parameterNames } from "../../src/model";
import { type Numbers, type ReferenceInputs, type ReferenceModel, type ReferenceOptions, referenceSpectrum } from "../../src/reference/index";
import { relativeError } from "../helpers/numbers";
import { randomProblem } from "../helpers/problem";

// T = 8: no interval above 1 divides both T and T − warmup.
const schedules = [0, 3].flatMap((warmup) => [1, 2, 3, 20].map((interval) => ({ warmup, interval })));
const sizes = { N: 5, S: 2, B: 2, T: 8, K: 3, gain: 1.3 } as const;
const { model, inputs } = randomProblem(sizes);

/** Central difference of `loss` with respect to every number, by Richardson's formula of fourth order. */
function finiteDifference(values: Numbers, loss: (moved: Float64Array) => number): Float64Array {
  const step = 3e-4;
  const slope = (i: number, width: number): number => {
    const [up, down] = [width, -width].map((change) => loss(Float64Array.from(values, (value, at) => (at === i ? value + change : value))));
    return (up - down) / (2 * width);
  };
  return Float64Array.from(values, (_, i) => (4 * slope(i, step / 2) - slope(i, step)) / 3);
}

/** Relative error, or for a gradient that is exactly zero (input and state of a linear network) what differences leave. */
function errorOf(gradient: Float64Array, expected: Float64Array): number {
  return gradient.every((value) => value === 0) ? Math.hypot(...expected) : relativeError(gradient, expected);
}

function withParameter(network: ReferenceModel, name: ParameterName, values: Float64Array): ReferenceModel {
  return { ...network, parameters: { ...network.parameters, [name]: values } };
}

const everyCell = cellNames.flatMap((cell) => schedules.map((schedule) => ({ cell, ...schedule })));

describe.each(everyCell)("gradient of the whole loss, $cell, warmup $warmup, interval $interval", ({ cell, ...schedule }) => {
  const { model, inputs } = randomProblem({ cell, ...sizes, gain: cell === "rnn_relu" ? 0.3 : sizes.gain });
  // Units that are all off leave a ReLU network no direction to grow in: its exponents would be minus infinity.
  if (cell === "rnn_relu") model.parameters.bias_ih_l0.fill(8);
  const options: ReferenceOptions = { k: 3, ...schedule, target: [-0.3, 0.1, -0.8] };
  const { gradient } = referenceSpectrum(model, inputs, { ...options, gradient: true });

  it.each(parameterNames)("%s by finite differences", (name) => {
    const expected = finiteDifference(model.parameters[name], (moved) => referenceSpectrum(withParameter(model, name, moved), inputs, options).loss);
    expect(errorOf(gradient[name], expected)).toBeLessThan(1e-8);
  });

  it("h0 by finite differences", () => {
    const expected = finiteDifference(inputs.h0, (h0) => referenceSpectrum(model, { ...inputs, h0 }, options).loss);
    expect(errorOf(gradient.h0, expected)).toBeLessThan(1e-8);
  });
});

describe("edges of the gradient", () => {
  const differenceOfWeights = (edge: ReferenceInputs, options: ReferenceOptions): number => {
    const { gradient } = referenceSpectrum(model, edge, { ...options, gradient: true });
    const loss = (moved: Float64Array) => referenceSpectrum(withParameter(model, "weight_hh_l0", moved), edge, options).loss;
    return relativeError(gradient.weight_hh_l0, finiteDifference(model.parameters.weight_hh_l0, loss));
  };

  it("one exponent", () => {
    expect(differenceOfWeights(inputs, { k: 1, warmup: 2 })).toBeLessThan(1e-8);
  });

  it("one step", () => {
    expect(differenceOfWeights({ ...inputs, T: 1, x: inputs.x.subarray(0, 4) }, { k: 2 })).toBeLessThan(1e-8);
  });

  it("one counted step", () => {
    expect(differenceOfWeights(inputs, { k: 3, warmup: 7, interval: 2 })).toBeLessThan(1e-8);
  });

  it("as many exponents as units", () => {
    const { q0 } = randomProblem({ N: 5, T: 1, K: 5, seed: 3 }).inputs;
    expect(differenceOfWeights({ ...inputs, q0 }, { k: 5, interval: 2 })).toBeLessThan(1e-8);
  });

  it("no input leaves the input weights without a gradient", () => {
    const options: ReferenceOptions = { k: 3 };
    expect(differenceOfWeights({ ...inputs, x: null }, options)).toBeLessThan(1e-8);
    expect(referenceSpectrum(model, { ...inputs, x: null }, { ...options, gradient: true }).gradient.weight_ih_l0.every((value) => value === 0)).toBe(
      true,
    );
  });
});

it("both biases have the same gradient", () => {
  const { gradient } = referenceSpectrum(model, inputs, { k: 3, gradient: true });
  expect(gradient.bias_hh_l0).toEqual(gradient.bias_ih_l0);
});

it("the gradient of a batch is the mean of its trajectories' gradients", () => {
  const [T, S, N] = [8, 2, 5];
  const options = { k: 3, warmup: 3, interval: 2, target: 0.2, gradient: true } as const;
  const both = referenceSpectrum(model, inputs, options);
  const single = [0, 1].map((b) => {
    const x = inputs.x.subarray(b * T * S, (b + 1) * T * S);
    return referenceSpectrum(model, { ...inputs, B: 1, x, h0: inputs.h0.subarray(b * N, (b + 1) * N) }, options);
  });
  expect(both.exponents).toEqual(single.flatMap(({ exponents }) => exponents));
  expect(both.loss).toBeCloseTo((single[0].loss + single[1].loss) / 2, 14);
  for (const name of parameterNames) {
    const mean = single[0].gradient[name].map((value, i) => (value + single[1].gradient[name][i]) / 2);
    expect(relativeError(both.gradient[name], mean)).toBeLessThan(1e-12);
  }
});
