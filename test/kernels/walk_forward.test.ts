import { describe, expect, it } from "vitest";
import { deviations } from "../../src/workbench/numbers";
import { readAll } from "../../src/workbench/stage";
import { forwardPairs } from "../../src/workbench/walk_stages";
import { floats, loadedEngine, run } from "../helpers/engine";
import { randomProblem } from "../helpers/problem";

const [T, B] = [23, 2];

/** Panels of tangent vectors in both forms; lanes that own units where there are few, of few and of many units a lane. */
const forms = [
  ["cpu", 18, 21],
  ["gpu", 18, 21],
  ["cpu", 1, 21],
  ["cpu", 2, 21],
  ["cpu", 3, 90],
  ["cpu", 4, 90],
] as const;

/** Columns of Q and A agree to rounding only as far as the walk is not chaotic and short: ten free steps and more here. */
describe.each(forms)("walk_forward, %s profile, K = %d, N = %d", (profile, K, N) => {
  it.each([
    { warmup: 0, interval: 1, gain: 1, tolerance: 2e-4 },
    // Three steps between orthonormalisations spread these columns by a factor of hundreds (design 3.4: 10 to 100 times
    // the rounding).
    { warmup: 7, interval: 3, gain: 0.8, tolerance: 1e-2 },
  ])("states, tangent vectors, R and logs: %o", async ({ warmup, interval, gain, tolerance }) => {
    const problem = randomProblem({ N, S: 2, B, T, K, gain, seed: 3 });
    const engine = await loadedEngine([problem], { K, warmup, interval, profile });
    try {
      run(engine, engine.slices[0].forward);
      const { records, tangents, triangles, logR } = engine.buffers;
      const out = await readAll(engine.device, { records, tangents, triangles, logR });
      const found = deviations(forwardPairs({ engine, sizes: engine.sizes, problems: [problem], interval }, out));
      expect(found.map(({ what }) => what)).toEqual(["states", "tangent vectors", "log R_ii", ...(K > 16 ? ["R"] : [])]);
      for (const { what, error } of found) expect(error, what).toBeLessThan(what === "states" ? 1e-5 : tolerance);
      const { NP } = engine.layout;
      for (let slot = 0; slot < B * (T + 1); slot++)
        expect(out.records.subarray(slot * NP + N, (slot + 1) * NP).every((value) => value === 0)).toBe(true);
    } finally {
      engine.destroy();
    }
  });

  it("orthonormality: |QᵀQ − I| stays at rounding for a strongly contracting network", async () => {
    const problem = randomProblem({ N, S: 2, B, T, K, gain: 0.05, seed: 4 });
    const engine = await loadedEngine([problem], { K, profile });
    try {
      run(engine, engine.slices[0].forward);
      const q = await floats(engine, engine.buffers.tangents);
      const { NP, KP } = engine.layout;
      const last = q.subarray(T * KP * NP);
      for (let i = 0; i < K; i++)
        for (let j = 0; j <= i; j++) {
          let sum = 0;
          for (let n = 0; n < N; n++) sum += last[i * NP + n] * last[j * NP + n];
          expect(Math.abs(sum - (i === j ? 1 : 0))).toBeLessThan(5e-6);
        }
    } finally {
      engine.destroy();
    }
  });
});
