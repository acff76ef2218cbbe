import { describe, expect, it } from "vitest";
import type { EngineOptions } from "../../src/engine";
import { LimitError } from "../../src/errors";
import { unpackParameters } from "../../src/kernels/pack";
import { scheduleOf } from "../../src/kernels/schedule";
import { layoutOf } from "../../src/kernels/sizes";
import { parameterNames } from "../../src/model";
import { referenceSpectrum } from "../../src/reference/index";
import { exact, floats, loadedEngine, run, type WalkOptions } from "../helpers/engine";
import { relativeError } from "../helpers/numbers";
import { type Problem, randomProblem } from "../helpers/problem";

/** What a walk leaves: sums of logarithms, exponents, gradient of parameters and initial states. */
async function outcome(problems: readonly Problem[], options: WalkOptions) {
  const engine = await loadedEngine(problems, options);
  try {
    const { layout, schedule, sizes, buffers, device, slices } = engine;
    const encoder = device.createCommandEncoder();
    slices[0].begin(encoder);
    device.queue.submit([encoder.finish()]);
    run(engine, slices[0].forward, slices[0].backward);
    const [blockSums, exponents, gradient, rows] = await Promise.all(
      [buffers.blockSums, buffers.exponents, buffers.gradient, buffers.rows].map((buffer) => floats(engine, buffer)),
    );
    const each = rows.length / (sizes.M * sizes.B);
    const starts = Array.from({ length: sizes.M * sizes.B }, (_, i) => rows.slice((i + 1) * each - layout.D, (i + 1) * each));
    return { schedule, layout, exponents, gradient, values: [blockSums, exponents, gradient, ...starts] };
  } finally {
    engine.destroy();
  }
}

// Odd sizes; three panels, or two of which products take one or both; both profiles.
const cases = [
  { profile: "cpu", cell: "rnn", N: 37, K: 35, interval: 1 },
  { profile: "cpu", cell: "lstm", N: 21, K: 18, interval: 3 },
  { profile: "gpu", cell: "gru", N: 21, K: 18, interval: 3 },
] as const;

it.each(cases)("stepwise, and from checkpoints, is bitwise what the fused walk gives: %o", async ({ cell, N, K, interval, profile }) => {
  const [B, T] = [2, 33];
  const problems = [1, 2].map((seed) => randomProblem({ cell, N, S: 2, B, T, K, gain: 1.2, seed }));
  const options = { K, warmup: 5, interval, profile } as const;
  const fused = await outcome(problems, { ...options, steps: "fused", groups: 2 });
  expect(fused.gradient.every(Number.isFinite)).toBe(true);
  const others: Partial<EngineOptions>[] = [
    { steps: "stepwise" },
    { steps: "stepwise", chunk: 16, segment: 16 },
    // A walk that pauses, in the middle of a chunk and at its end, goes on as it would have.
    { steps: "stepwise", pause: 16 },
    { steps: "fused", groups: 2, chunk: 48, pause: 16 },
    { steps: "fused", groups: 2, chunk: 16, pause: 32 },
    // One group, and so other products with W: the kernels of gated cells take long to compile.
    ...(cell === "rnn" ? [{ steps: "fused", chunk: 16, segment: 16 } as const, { steps: "fused", chunk: 32, segment: 32, pause: 16 } as const] : []),
  ];
  for (const other of others) {
    const { schedule, values } = await outcome(problems, { ...options, ...other });
    expect(schedule).toMatchObject({ steps: other.steps, segments: other.segment ? Math.ceil(T / other.segment) : 1 });
    values.forEach((value, i) => {
      expect(value, `${JSON.stringify(other)}, ${i}`).toEqual(fused.values[i]);
    });
  }
});

// Fused and stepwise products of tiles of two panels and 32 rows, of which only those of the stages take the state as well.
it("stepwise is bitwise what one group of panels gives", async () => {
  const problems = [1, 2].map((seed) => randomProblem({ N: 51, S: 2, B: 2, T: 17, K: 20, gain: 1.2, seed }));
  const [fused, stepwise] = await Promise.all(
    (["fused", "stepwise"] as const).map((steps) => outcome(problems, { K: 20, warmup: 3, profile: "cpu", steps, groups: 1 })),
  );
  expect(fused.schedule).toMatchObject({ steps: "fused", wide: true, groups: 1 });
  expect(fused.gradient.every(Number.isFinite)).toBe(true);
  stepwise.values.forEach((value, i) => {
    expect(value, `${i}`).toEqual(fused.values[i]);
  });
});

// A network of 1,024 units agrees with float64 as small ones do; three steps say what three hundred would.
it.each([[1024, 32, 3]])("N = %d, K = %d, T = %d: exponents and gradient are those of float64", async (N, K, T) => {
  const problem = randomProblem({ N, S: 1, T, K, gain: 1, seed: 1 });
  const { schedule, layout, exponents, gradient } = await outcome([problem], { K, steps: "stepwise" });
  expect(schedule.steps).toBe("stepwise");
  const expected = referenceSpectrum(exact(problem.model), problem.inputs, { k: K, gradient: true });
  expect(relativeError(exponents.subarray(0, K), expected.exponents[0])).toBeLessThan(2e-5);
  const got = unpackParameters(gradient, problem.model, layout);
  for (const name of parameterNames) expect(relativeError(got[name], expected.gradient[name]), name).toBeLessThan(2e-4);
});

describe("the schedule", () => {
  const limits = { maxStorageBufferBindingSize: 128 * 2 ** 20 };
  const sizes = { cell: "rnn", M: 1, B: 1, T: 300, N: 1024, S: 1, K: 32, warmup: 0 } as const;
  const options = { gradient: true, profile: "cpu", limits } as const;

  it("is stepwise for one trajectory of a large network, fused otherwise", () => {
    expect(scheduleOf(sizes, options).steps).toBe("stepwise");
    expect(scheduleOf({ ...sizes, M: 2 }, options).steps).toBe("fused");
    expect(scheduleOf({ ...sizes, M: 2 }, options)).toMatchObject({ groups: 1, wide: true });
    expect(scheduleOf({ ...sizes, N: 512, K: 64 }, options)).toMatchObject({ steps: "fused", groups: 2, wide: true });
    expect(scheduleOf({ ...sizes, N: 512, K: 64, cell: "lstm" }, options).steps).toBe("stepwise");
    expect(scheduleOf({ ...sizes, N: 256, K: 32, cell: "gru" }, options).steps).toBe("stepwise");
    expect(scheduleOf({ ...sizes, N: 256, K: 32 }, options)).toMatchObject({ steps: "fused", groups: 2, wide: false });
    expect(scheduleOf({ ...sizes, N: 512, K: 64 }, { ...options, profile: "gpu" }).steps).toBe("stepwise");
    expect(scheduleOf({ ...sizes, N: 80, K: 75 }, { ...options, profile: "gpu" }).steps).toBe("fused");
    expect(scheduleOf({ ...sizes, N: 80, K: 75 }, { ...options, steps: "stepwise" }).steps).toBe("stepwise");
    // Lanes that own units know no other schedule.
    expect(scheduleOf({ ...sizes, N: 80, K: 2 }, { ...options, steps: "stepwise" }).steps).toBe("fused");
  });

  it("keeps checkpoints where a walk with gradient does not fit, and says what to lower where even those do not", () => {
    expect(scheduleOf({ ...sizes, K: 64 }, options)).toMatchObject({ segments: 1, segment: 300 });
    // Where nothing goes back, large networks keep few steps.
    expect(scheduleOf({ ...sizes, N: 512, K: 64 }, { ...options, gradient: false })).toMatchObject({ groups: 2, chunk: 4, slots: 13 });
    const long = scheduleOf({ ...sizes, K: 1024, T: 100 }, options);
    const each = 4 * 1024 * 1024;
    expect(long.segments).toBeGreaterThan(1);
    expect(long.segment % long.chunk).toBe(0);
    expect((long.segment + 1) * each).toBeLessThanOrEqual(limits.maxStorageBufferBindingSize);
    expect((long.segment + long.chunk + 1) * each).toBeGreaterThan(limits.maxStorageBufferBindingSize);
    expect(scheduleOf({ ...sizes, K: 1024, T: 100 }, { ...options, gradient: false }).segments).toBe(1);
    expect(() => scheduleOf({ ...sizes, cell: "lstm", K: 2048, N: 2048 }, options)).toThrow(LimitError);
    expect(() => scheduleOf({ ...sizes, cell: "lstm", K: 2048, N: 2048 }, options)).toThrow(
      /needs .* MiB in one binding, the adapter allows 128.0 MiB \(maxStorageBufferBindingSize\); lower/,
    );
  });

  it("sums fewer weight gradients together where the rows of sixteen steps would pass 64 MiB, whatever the adapter", () => {
    expect(layoutOf(sizes).slab).toBe(16);
    const { slab, gates, NP, row } = layoutOf({ ...sizes, cell: "lstm", K: 1024 });
    expect(4 * slab * (gates + 1) * NP * row).toBeLessThanOrEqual(64 * 2 ** 20);
    expect(8 * slab * (gates + 1) * NP * row).toBeGreaterThan(64 * 2 ** 20);
  });
});
