import { describe, expect, it } from "vitest";
import { unpackParameters } from "../../src/kernels/pack";
import { parameterNames } from "../../src/model";
import { referenceSpectrum } from "../../src/reference/index";
import { exact, floats, loadedEngine, run } from "../helpers/engine";
import { relativeError } from "../helpers/numbers";
import { randomProblem } from "../helpers/problem";

const [N, K, T, B] = [21, 18, 37, 2];

describe.each(["cpu", "gpu"] as const)("weight_gradient, %s profile", (profile) => {
  const problems = [1, 2, 3].map((seed) => randomProblem({ N, S: 2, B, T, K, gain: 0.9, seed }));

  it("all parameters of several networks with several trajectories", async () => {
    const engine = await loadedEngine(problems, { K, warmup: 5, profile });
    try {
      run(engine, engine.slices[0].forward, engine.slices[0].backward);
      const gradient = await floats(engine, engine.buffers.gradient);
      const each = engine.layout.parameters;
      problems.forEach(({ model, inputs }, m) => {
        const expected = referenceSpectrum(exact(model), inputs, { k: K, warmup: 5, gradient: true }).gradient;
        const got = unpackParameters(gradient.subarray(m * each, (m + 1) * each), model, engine.layout);
        for (const name of parameterNames) expect(relativeError(got[name], expected[name]), name).toBeLessThan(2e-4);
      });
      expect(gradient.every(Number.isFinite)).toBe(true);
    } finally {
      engine.destroy();
    }
  });

  it("is bitwise the same for any chunk, for one group of panels or two, and alone", async () => {
    const results: Float32Array[] = [];
    for (const cut of [{ chunk: 16 }, { chunk: 48 }, { chunk: 32, groups: 1 }, { chunk: 16, groups: 2 }] as const) {
      const engine = await loadedEngine(problems, { K, profile, ...cut });
      run(engine, engine.slices[0].forward, engine.slices[0].backward);
      results.push(await floats(engine, engine.buffers.gradient));
      engine.destroy();
    }
    const alone = await loadedEngine(problems.slice(1, 2), { K, profile });
    run(alone, alone.slices[0].forward, alone.slices[0].backward);
    const one = await floats(alone, alone.buffers.gradient);
    for (const other of results.slice(1)) expect(other).toEqual(results[0]);
    expect(results[0].subarray(one.length, 2 * one.length)).toEqual(one);
    alone.destroy();
  });
});
