import { describe, expect, it } from "vitest";
import { createPlan } from "../../src/gpu/plan";
import { flossingLoss } from "../../src/reference/index";
import { floats, loadedEngine, run } from "../helpers/engine";
import { relativeError } from "../helpers/numbers";
import { randomProblem } from "../helpers/problem";

const [N, K, T, B] = [21, 18, 37, 2];

describe.each(["cpu", "gpu"] as const)("flossing_loss, %s profile", (profile) => {
  it("exponents, loss, weights, block sums and spread of given logs", async () => {
    const [warmup, interval, target] = [5, 3, -0.2];
    const engine = await loadedEngine(
      [1, 2].map((seed) => randomProblem({ N, B, T, K, seed })),
      { K, warmup, interval, target, profile },
    );
    try {
      const { KP, blocks } = engine.layout;
      const logs = Float32Array.from({ length: 2 * B * T * KP }, (_, i) => Math.sin(i) - 0.5);
      engine.buffers.logR.write(logs);
      run(
        engine,
        createPlan(
          engine.device,
          "loss",
          engine.slices[0].forward.steps.filter((step) => "kernel" in step && step.kernel.name === "flossing_loss"),
        ),
      );
      const [exponents, weights, sums, summary] = await Promise.all(
        [engine.buffers.exponents, engine.buffers.lossWeights, engine.buffers.blockSums, engine.buffers.summary].map((buffer) =>
          floats(engine, buffer),
        ),
      );
      for (let m = 0; m < 2; m++) {
        const at = (b: number, t: number, k: number) => logs[((m * B + b) * T + t - 1) * KP + k];
        const steps = Array.from({ length: T }, (_, i) => i + 1).filter((t) => t === T || Math.abs(t - warmup) % interval === 0);
        const counted = steps.filter((t) => t > warmup);
        const logSums = Array.from({ length: B }, (_, b) =>
          Float64Array.from({ length: K }, (_, k) => counted.reduce((sum, t) => sum + at(b, t, k), 0)),
        );
        const expected = flossingLoss(logSums, T - warmup, new Array<number>(K).fill(target));
        for (let b = 0; b < B; b++) {
          expect(relativeError(exponents.subarray((m * B + b) * KP, (m * B + b) * KP + K), expected.exponents[b])).toBeLessThan(2e-6);
          expect(relativeError(weights.subarray((m * B + b) * KP, (m * B + b) * KP + K), expected.w[b])).toBeLessThan(2e-6);
          const first = counted.filter((t) => t <= 16).reduce((sum, t) => sum + at(b, t, 0), 0);
          expect(sums[(m * B + b) * blocks * KP]).toBeCloseTo(first, 5);
        }
        expect(Math.abs(summary[2 * m] / expected.loss - 1)).toBeLessThan(2e-6);
        const spread = Math.max(
          ...[0, 1].flatMap((b) =>
            steps.map((t) => {
              const row = Array.from({ length: K }, (_, k) => at(b, t, k));
              return Math.max(...row) - Math.min(...row);
            }),
          ),
        );
        expect(summary[2 * m + 1]).toBeCloseTo(spread, 5);
      }
    } finally {
      engine.destroy();
    }
  });
});
