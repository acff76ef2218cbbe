import { describe, expect, it } from "vitest";
import { deviations } from "../../src/workbench/numbers";
import { adjointPairs } from "../../src/workbench/walk_stages";
import { floats, loadedEngine, run } from "../helpers/engine";
import { randomProblem } from "../helpers/problem";

const T = 23;

/** Panels of tangent vectors in both forms; lanes that own units where there are few, of few and of many units a lane. */
const forms = [
  ["cpu", 18, 21],
  ["gpu", 18, 21],
  ["cpu", 1, 21],
  ["cpu", 2, 21],
  ["cpu", 3, 90],
  ["cpu", 4, 90],
] as const;

describe.each(forms)("walk_adjoint, %s profile, K = %d, N = %d", (profile, K, N) => {
  it.each([
    { warmup: 0, interval: 1, correction: 1, tolerance: 1e-3 },
    // Two steps between orthonormalisations or corrections cost this network up to a digit (design 3.2, 3.4).
    { warmup: 7, interval: 2, correction: 1, tolerance: 1e-2 },
    { warmup: 4, interval: 1, correction: 2, tolerance: 1e-2 },
  ])("DA, ā and the adjoint of the initial state: %o", async ({ warmup, interval, correction, tolerance }) => {
    const problem = randomProblem({ N, S: 2, T, K, gain: 1.1, seed: 5 });
    const target = -0.3;
    const engine = await loadedEngine([problem], { K, warmup, interval, correction, target, profile });
    try {
      run(engine, engine.slices[0].forward, engine.slices[0].backward);
      const rows = await floats(engine, engine.buffers.rows);
      const walks = { engine, sizes: engine.sizes, problems: [problem], interval };
      for (const { what, error } of deviations(adjointPairs(walks, rows, target))) expect(error, what).toBeLessThan(tolerance);
    } finally {
      engine.destroy();
    }
  });
});
