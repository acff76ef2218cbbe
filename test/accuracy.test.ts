import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { lyapunovSpectrum } from "../src/lyapunov";
import { type Model, type Parameters, parameterNames } from "../src/model";
import { stream } from "../src/random";
import { caseNames, loadCase } from "./helpers/cases";
import { testDevice } from "./helpers/device";
import { relativeError } from "./helpers/numbers";

// The accuracy rule (design 7): the median error over eight random permutations of the hidden units is at most what
// PyTorch's float32 has on the case, and none exceeds three times it; floors 5e-6 for exponents and loss, 5e-5 relative
// for gradients.
const pytorch = JSON.parse(readFileSync(new URL("./cases/pytorch-float32-error.json", import.meta.url), "utf8")) as Record<
  string,
  { value: number; gradient: number }
>;

type Case = ReturnType<typeof loadCase>;

/** order[i] is the case's unit that becomes unit i. */
function permutation(N: number, seed: number): number[] {
  const keys = stream("state", seed).normals(N);
  const order = Array.from({ length: N }, (_, i) => i);
  return seed === 0 ? order : order.sort((a, b) => keys[a] - keys[b]);
}

/** The same network with its hidden units in another order: the exact results are the same, the rounding is not. */
function permuted({ model, h0, q0, B, K }: Case, order: readonly number[]) {
  const { hidden: N, inputs: S, parameters } = model;
  const rows = (values: Float32Array, width: number) =>
    Float32Array.from({ length: N * width }, (_, at) => values[order[Math.floor(at / width)] * width + (at % width)]);
  const weights: Parameters = {
    weight_ih_l0: rows(parameters.weight_ih_l0, S),
    weight_hh_l0: Float32Array.from({ length: N * N }, (_, at) => parameters.weight_hh_l0[order[Math.floor(at / N)] * N + order[at % N]]),
    bias_ih_l0: rows(parameters.bias_ih_l0, 1),
    bias_hh_l0: rows(parameters.bias_hh_l0, 1),
  };
  const states = Float32Array.from({ length: B * N }, (_, at) => h0[Math.floor(at / N) * N + order[at % N]]);
  return { model: { ...model, parameters: weights } satisfies Model, h0: states, q0: rows(q0, K) };
}

/** Error of exponents and loss, and relative error of the whole gradient, in the case's own order of units. */
async function errors(c: Case, seed: number) {
  const order = permutation(c.model.hidden, seed);
  const { model, h0, q0 } = permuted(c, order);
  const options = { k: c.K, warmup: c.warmup, interval: 1, target: c.target, gradient: true };
  const result = await lyapunovSpectrum(await testDevice(), model, { B: c.B, T: c.T, x: c.x, h0, q0 }, options);
  const differences = result.exponents.flatMap((row, b) => Array.from(row, (value, k) => Math.abs(value - c.exponents[b][k])));
  const expected = permutedGradient(c, order);
  const flat = (parameters: Record<(typeof parameterNames)[number], ArrayLike<number>>) =>
    parameterNames.flatMap((name) => Array.from(parameters[name]));
  const gradient = relativeError(flat(result.gradient as Parameters), flat(expected));
  return { value: Math.max(...differences, Math.abs(result.loss - c.loss)), gradient };
}

function permutedGradient(c: Case, order: readonly number[]): Record<(typeof parameterNames)[number], Float64Array> {
  const { hidden: N, inputs: S } = c.model;
  const rows = (values: Float64Array, width: number) =>
    Float64Array.from({ length: N * width }, (_, at) => values[order[Math.floor(at / width)] * width + (at % width)]);
  return {
    weight_ih_l0: rows(c.gradient.weight_ih_l0, S),
    weight_hh_l0: Float64Array.from({ length: N * N }, (_, at) => c.gradient.weight_hh_l0[order[Math.floor(at / N)] * N + order[at % N]]),
    bias_ih_l0: rows(c.gradient.bias_ih_l0, 1),
    bias_hh_l0: rows(c.gradient.bias_hh_l0, 1),
  };
}

const median = (values: readonly number[]) => [...values].sort((a, b) => a - b)[Math.floor(values.length / 2)];

describe("accuracy rule", () => {
  it.each(caseNames)("%s: at most PyTorch's float32 error", async (name) => {
    const c = loadCase(name);
    const runs = [];
    for (let seed = 0; seed < 8; seed++) runs.push(await errors(c, seed));
    const limits = { value: Math.max(pytorch[name].value, 5e-6), gradient: Math.max(pytorch[name].gradient, 5e-5) };
    for (const kind of ["value", "gradient"] as const) {
      const all = runs.map((run) => run[kind]);
      console.log(
        `${name} ${kind}: median ${median(all).toExponential(1)}, largest ${Math.max(...all).toExponential(1)}, PyTorch ${pytorch[name][kind].toExponential(1)}`,
      );
      expect(median(all), `median ${kind} error`).toBeLessThanOrEqual(limits[kind]);
      expect(Math.max(...all), `largest ${kind} error`).toBeLessThanOrEqual(3 * limits[kind]);
    }
  });
});
