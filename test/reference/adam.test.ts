import { expect, it } from "vitest";
import { adam, adamState } from "../../src/reference/index";

it("equals the sums that the recursion stands for", () => {
  const gradients = [0.5, -2, 0.1, 0, 3];
  const [lr, beta1, beta2, eps] = [0.01, 0.8, 0.95, 1e-3];
  const parameters = Float64Array.of(1);
  const state = adamState(1);
  let expected = 1;
  gradients.forEach((gradient, last) => {
    adam(parameters, Float64Array.of(gradient), state, { lr, beta1, beta2, eps });
    const past = gradients.slice(0, last + 1);
    // m̂ and v̂: weighted means of the gradients so far and of their squares.
    const mean = (beta: number, power: number): number => {
      const weights = past.map((_, i) => beta ** (last - i));
      return past.reduce((sum, value, i) => sum + weights[i] * value ** power, 0) / weights.reduce((sum, weight) => sum + weight);
    };
    expected -= (lr * mean(beta1, 1)) / (Math.sqrt(mean(beta2, 2)) + eps);
    expect(parameters[0]).toBeCloseTo(expected, 14);
  });
});

it("the first step is lr · g / (|g| + eps) for every size of gradient, with PyTorch's defaults", () => {
  const gradient = Float64Array.of(1e-9, -1e-4, 1, -1e6, 0);
  const parameters = new Float64Array(5);
  adam(parameters, gradient, adamState(5), { lr: 0.001 });
  gradient.forEach((g, i) => {
    expect(parameters[i]).toBeCloseTo((-0.001 * g) / (Math.abs(g) + 1e-8), 15);
  });
});
