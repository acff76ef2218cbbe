import { describe, expect, it } from "vitest";
import type { EngineOptions } from "../../src/engine";
import { floats, loadedEngine, run, type WalkOptions } from "../helpers/engine";
import { type Problem, randomProblem } from "../helpers/problem";

/** Everything that a walk leaves, bit by bit. */
async function outcome(problems: readonly Problem[], options: WalkOptions) {
  const engine = await loadedEngine(problems, options);
  try {
    const [slice] = engine.slices;
    const encoder = engine.device.createCommandEncoder();
    slice.begin(encoder);
    engine.device.queue.submit([encoder.finish()]);
    run(engine, slice.forward);
    const { blockSums, exponents, gradient, rows } = engine.buffers;
    const before = [await floats(engine, blockSums), await floats(engine, exponents)];
    run(engine, slice.backward);
    const { layout, schedule, sizes } = engine;
    const each = rows.length / (sizes.M * sizes.B);
    const tail = await floats(engine, rows);
    const starts = Array.from({ length: sizes.M * sizes.B }, (_, i) => tail.slice((i + 1) * each - layout.D, (i + 1) * each));
    return { schedule, values: [...before, await floats(engine, gradient), ...starts] };
  } finally {
    engine.destroy();
  }
}

const [B, T] = [2, 33];

const cases = [
  { cell: "rnn", N: 53, K: 35, interval: 1 },
  { cell: "rnn", N: 21, K: 7, interval: 3 },
  { cell: "gru", N: 37, K: 18, interval: 3 },
  { cell: "lstm", N: 21, K: 34, interval: 1 },
] as const;

describe.each(["cpu", "gpu"] as const)("%s profile", (profile) => {
  it.each(cases)("stepwise, and from checkpoints, is bitwise what the fused walk gives: %o", async ({ cell, N, K, interval }) => {
    const problems = [1, 2].map((seed) => randomProblem({ cell, N, S: 2, B, T, K, gain: 1.2, seed }));
    const options = { K, warmup: 5, interval, profile } as const;
    const fused = await outcome(problems, { ...options, steps: "fused" });
    expect(fused.values[2].every(Number.isFinite)).toBe(true);
    const others: Partial<EngineOptions>[] = [
      { steps: "stepwise" },
      { steps: "stepwise", chunk: 16, segment: 16 },
      { steps: "fused", chunk: 16, segment: 16 },
    ];
    for (const other of others) {
      const { schedule, values } = await outcome(problems, { ...options, ...other });
      expect(schedule.steps).toBe(other.steps);
      expect(schedule.segments).toBe(other.segment ? 3 : 1);
      values.forEach((value, i) => {
        expect(value, `${other.steps} ${other.segment} ${i}`).toEqual(fused.values[i]);
      });
    }
  });
});
