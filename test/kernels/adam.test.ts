import { describe, expect, it } from "vitest";
import { liveBytes } from "../../src/gpu/buffer";
import { adam as adamKernel } from "../../src/kernels/adam";
import { packParameters } from "../../src/kernels/pack";
import { adam, adamState } from "../../src/reference/index";
import { testDevice } from "../helpers/device";
import { floats, loadedEngine, run, withGroups } from "../helpers/engine";
import { relativeError } from "../helpers/numbers";
import { randomProblem } from "../helpers/problem";

const [N, K, T] = [21, 18, 5];

it("an engine that makes no updates keeps no moments, and says so where one is asked for", async () => {
  const problem = randomProblem({ N, T, K });
  const bytes = async (update: boolean) => {
    const before = liveBytes(await testDevice());
    const engine = await loadedEngine([problem], { K, profile: "cpu", update });
    const held = liveBytes(engine.device) - before;
    if (!update) expect(() => engine.encodeEpoch(engine.device.createCommandEncoder(), { update: true })).toThrow("this engine makes no updates");
    const each = engine.layout.parameters;
    engine.destroy();
    return { held, each };
  };
  const [without, with_] = [await bytes(false), await bytes(true)];
  expect(with_.held - without.held).toBe(2 * (4 * Math.ceil(with_.each / 4) * 4 - 16));
});

describe.each(["cpu", "gpu"] as const)("adam, %s profile", (profile) => {
  it.each([
    ["each parameter its invocation", undefined],
    ["parameters dealt round to two workgroups", 2],
  ])("ten steps over all parameters of two networks, one with frozen input weights: %s", async (_, most) => {
    const problems = [1, 2].map((seed) => randomProblem({ N, S: 2, T, K, seed }));
    const engine = await loadedEngine(problems, { K, profile, update: true });
    try {
      const rates = [0.01, 0.02, 0.03, 0.04, 0.01, 0, 0.03, 0.04];
      rates.forEach((rate, i) => {
        engine.rates[Math.floor(i / 4) * 8 + (i % 4)] = rate;
      });
      const { update } = engine.slices[0];
      const plan = most === undefined ? update : await withGroups(update, adamKernel(engine.sizes, profile, most), most);
      for (const moments of [engine.buffers.firstMoments, engine.buffers.secondMoments]) moments.write(new Float32Array(moments.length));
      const { parameters: each, atWeightIh, atBiasIh, atBiasHh, NP } = engine.layout;
      const starts = [0, atWeightIh, atBiasIh, atBiasHh, each];
      const expected = problems.map(({ model }) => Float64Array.from(packParameters(model, engine.layout)));
      const states = rates.map((_, i) => adamState(starts[(i % 4) + 1] - starts[i % 4]));
      for (let step = 1; step <= 10; step++) {
        const gradient = Float32Array.from({ length: 2 * each }, (_, i) => Math.sin(i * step) * 10 ** ((i % 5) - 3));
        engine.buffers.gradient.write(gradient);
        engine.setEpoch(step - 1);
        run(engine, plan);
        rates.forEach((lr, i) => {
          const m = Math.floor(i / 4);
          if (lr === 0) return;
          adam(
            expected[m].subarray(starts[i % 4], starts[(i % 4) + 1]),
            gradient.subarray(m * each + starts[i % 4], m * each + starts[(i % 4) + 1]),
            states[i],
            { lr },
          );
        });
      }
      const got = await floats(engine, engine.buffers.parameters);
      const transposed = await floats(engine, engine.buffers.transposed);
      for (let m = 0; m < 2; m++) {
        const mine = got.subarray(m * each, (m + 1) * each);
        expect(relativeError(mine, expected[m])).toBeLessThan(1e-6);
        expect(Math.max(...mine.map((value, i) => Math.abs(value - expected[m][i])))).toBeLessThan(2e-6);
        for (let i = 0; i < N; i++) for (let j = 0; j < N; j++) expect(transposed[m * NP * NP + j * NP + i]).toBe(mine[i * NP + j]);
      }
    } finally {
      engine.destroy();
    }
  });
});
