import { describe, expect, it } from "vitest";
import { unpackParameters } from "../../src/kernels/pack";
import { weightGradient } from "../../src/kernels/weight_gradient";
import { parameterNames } from "../../src/model";
import { referenceSpectrum } from "../../src/reference/index";
import { exact, floats, loadedEngine, run, withGroups } from "../helpers/engine";
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

  // Several panels of tangent vectors add to the second-order sums of gated cells; an LSTM has more vectors than units.
  it.each([
    ["gru", 18, 2e-4],
    // 34 of 42 exponents: the last ones are far below the first, where float32 loses digits (design 3.2).
    ["lstm", 34, 1e-3],
    ["rnn_identity", 18, 2e-4],
  ] as const)("%s with K = %d: all parameters and the initial states, in chunks and groups, bitwise alike", async (cell, k, tolerance) => {
    const problems = [1, 2].map((seed) => randomProblem({ cell, N, S: 2, B, T, K: k, gain: 0.9, seed }));
    const results: Float32Array[] = [];
    for (const cut of [
      { chunk: 16, groups: 2 },
      { chunk: 48, groups: 1 },
    ] as const) {
      const engine = await loadedEngine(problems, { K: k, warmup: 5, profile, ...cut });
      try {
        run(engine, engine.slices[0].forward, engine.slices[0].backward);
        results.push(await floats(engine, engine.buffers.gradient));
        if (results.length > 1) continue;
        const each = engine.layout.parameters;
        problems.forEach(({ model, inputs }, m) => {
          const expected = referenceSpectrum(exact(model), inputs, { k, warmup: 5, gradient: true }).gradient;
          const got = unpackParameters(results[0].subarray(m * each, (m + 1) * each), model, engine.layout);
          for (const name of parameterNames) {
            // A linear network's exponents do not depend on what drives it: exactly zero on both sides.
            if (expected[name].every((value) => value === 0))
              expect(
                got[name].every((value) => value === 0),
                name,
              ).toBe(true);
            else expect(relativeError(got[name], expected[name]), name).toBeLessThan(tolerance);
          }
        });
      } finally {
        engine.destroy();
      }
    }
    expect(results[1]).toEqual(results[0]);
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

  it("is bitwise the same where an adapter allows fewer workgroups than there are tiles and columns", async () => {
    const results: Float32Array[] = [];
    for (const most of [undefined, 2]) {
      const engine = await loadedEngine(problems, { K, profile, chunk: 16 });
      const { sizes, slices } = engine;
      const [{ forward, backward }] = slices;
      run(engine, forward, most === undefined ? backward : await withGroups(backward, weightGradient(sizes, profile, most), most));
      results.push(await floats(engine, engine.buffers.gradient));
      engine.destroy();
    }
    expect(results[0].every(Number.isFinite)).toBe(true);
    expect(results[1]).toEqual(results[0]);
  });
});
