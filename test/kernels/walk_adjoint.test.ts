import { describe, expect, it } from "vitest";
import { flossingLoss, gramSchmidt, walkAdjoint, walkForward } from "../../src/reference/index";
import { exact, floats, loadedEngine, run } from "../helpers/engine";
import { relativeError } from "../helpers/numbers";
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
      const { NP } = engine.layout;
      const model = exact(problem.model);
      const q0 = gramSchmidt(Float64Array.from(problem.inputs.q0), N, K).q;
      const walk = walkForward(model, problem.inputs.x, problem.inputs.h0, q0, { T, warmup, interval });
      const { w } = flossingLoss([walk.logSums], T - warmup, new Array<number>(K).fill(target));
      const expected = walkAdjoint(model, walk, w[0]);
      // The ring holds the last steps done, the first in time: at least one chunk.
      const L = Math.ceil((K + 1) / 4) * 4;
      for (let t = 1; t <= Math.min(T, engine.schedule.chunk); t++) {
        const at = (t % engine.schedule.ring) * 2 * NP * L;
        const da = Float64Array.from({ length: N * K }, (_, e) => rows[at + Math.floor(e / K) * L + (e % K)]);
        expect(relativeError(da, expected.productBar[t])).toBeLessThan(tolerance);
        const bar = Float64Array.from({ length: N }, (_, i) => rows[at + i * L + K]);
        expect(relativeError(bar, expected.recurrentBar[t])).toBeLessThan(tolerance);
        const q = Float64Array.from({ length: N * K }, (_, e) => rows[at + (NP + Math.floor(e / K)) * L + (e % K)]);
        expect(relativeError(q, walk.frames[t - 1])).toBeLessThan(tolerance);
      }
      const h0Bar = rows.subarray(engine.schedule.ring * 2 * NP * L);
      expect(relativeError(h0Bar.subarray(0, N), expected.h0Bar)).toBeLessThan(tolerance);
    } finally {
      engine.destroy();
    }
  });
});
