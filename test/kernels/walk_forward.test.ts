import { describe, expect, it } from "vitest";
import { gramSchmidt, walkForward } from "../../src/reference/index";
import { exact, floats, loadedEngine, run } from "../helpers/engine";
import { relativeError } from "../helpers/numbers";
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
      const { records, tangents, triangles } = engine.buffers;
      const [states, q, r, logs] = await Promise.all([
        floats(engine, records),
        floats(engine, tangents),
        floats(engine, triangles),
        floats(engine, engine.buffers.logR),
      ]);
      const { NP, KP } = engine.layout;
      for (let b = 0; b < B; b++) {
        const q0 = gramSchmidt(Float64Array.from(problem.inputs.q0), N, K).q;
        const walk = walkForward(
          exact(problem.model),
          problem.inputs.x.subarray(b * T * 2, (b + 1) * T * 2),
          problem.inputs.h0.subarray(b * N, (b + 1) * N),
          q0,
          { T, warmup, interval },
        );
        for (let t = 1; t <= T; t++) {
          const slot = b * (T + 1) + t;
          expect(relativeError(states.subarray(slot * NP, slot * NP + N), walk.states[t])).toBeLessThan(1e-5);
          expect(states.subarray(slot * NP + N, (slot + 1) * NP).every((value) => value === 0)).toBe(true);
          const frame = Float64Array.from({ length: N * K }, (_, at) => q[(slot * KP + (at % K)) * NP + Math.floor(at / K)]);
          expect(relativeError(frame, walk.frames[t])).toBeLessThan(tolerance);
          const triangle = walk.triangles[t];
          if (!triangle) continue;
          const at = (b * T + t - 1) * KP;
          const diagonal = Float64Array.from({ length: K }, (_, k) => Math.log(triangle[k * K + k]));
          expect(relativeError(logs.subarray(at, at + K), diagonal)).toBeLessThan(tolerance);
          // Above the diagonal blocks lies R.
          if (K <= 16) continue;
          const above = (values: (i: number, j: number) => number) =>
            Float64Array.from({ length: 16 * (K - 16) }, (_, e) => values(Math.floor(e / (K - 16)), 16 + (e % (K - 16))));
          expect(
            relativeError(
              above((i, j) => r[(at + i) * KP + j]),
              above((i, j) => triangle[i * K + j]),
            ),
          ).toBeLessThan(tolerance);
        }
      }
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
