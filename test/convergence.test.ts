import { describe, expect, it, test } from "vitest";
import { splitHalf, standardErrors, warmupWarning } from "../src/convergence";
import { entropySum, kaplanYorkeDimension } from "../src/dimension";
import { randomModel, randomState } from "../src/initialise";
import { lyapunovSpectrum } from "../src/lyapunov";
import { testDevice } from "./helpers/device";

const series = (...values: number[]) => values.map((value) => Float64Array.of(value));

describe("standard errors", () => {
  test("by hand: blocks with the means 1, 2, 3", () => {
    const [error] = standardErrors(series(16, 32, 48), { T: 48, warmup: 0, interval: 1 });
    expect(error).toBeCloseTo(1 / Math.sqrt(3), 12);
  });

  test("blocks that are not counted whole are left out", () => {
    expect(standardErrors(series(99, 16, 16, 99), { T: 50, warmup: 3, interval: 1 })).toEqual([0]);
    expect(standardErrors(series(99, 16, 99), { T: 40, warmup: 3, interval: 1 })).toEqual([null]);
    expect(standardErrors(series(9), { T: 9, warmup: 0, interval: 1 })).toEqual([null]);
  });

  test("of a constant growth are 0 at any interval", () => {
    // Orthonormalised after steps 10, 20, 30, …: the blocks hold 10, 20, 10, 20, 20 steps.
    expect(standardErrors(series(10, 20, 10, 20, 20), { T: 80, warmup: 0, interval: 10 })).toEqual([0]);
  });

  test("an interval longer than a batch: not known", () => {
    expect(standardErrors(series(0, 0, 40), { T: 48, warmup: 0, interval: 40 })).toEqual([null]);
  });

  test("many blocks make 16 batches", () => {
    const blocks = series(...Array.from({ length: 32 }, (_, i) => 16 * (i % 2)));
    expect(standardErrors(blocks, { T: 512, warmup: 0, interval: 1 })).toEqual([0]);
  });
});

describe("split halves", () => {
  const walk = { T: 256, warmup: 0, interval: 1 };
  // 16 blocks whose means go up and down by 0.01.
  const steady = Array.from({ length: 16 }, (_, i) => 16 * (i % 2 ? 0.51 : 0.49));

  it("of a steady walk agree", () => {
    const half = splitHalf(series(...steady), walk);
    expect(half?.difference[0]).toBeCloseTo(0, 12);
    expect(warmupWarning([half], walk)).toBeUndefined();
  });

  it("show tangent vectors that align only while counting", () => {
    const late = steady.map((sum, i) => sum - 16 * 0.4 * Math.exp(-i / 2));
    const half = splitHalf(series(...late), walk);
    expect(half?.difference[0]).toBeCloseTo(
      (-0.4 * late.slice(0, 8).reduce((sum, _, i) => sum + Math.exp(-i / 2) - Math.exp(-(i + 8) / 2), 0)) / 8,
      10,
    );
    expect(warmupWarning([undefined, half], walk)).toMatch(
      /^the two halves of the walk differ by up to 0\.12 .* raise the warm-up \(now 0; try 51\)/,
    );
  });

  it("say nothing of short walks", () => {
    expect(splitHalf(series(...steady.slice(0, 7)), { ...walk, T: 112 })).toBeUndefined();
  });

  it("of real networks: a warning where the frame turns while counting, none with a warm-up or where chance is larger", async () => {
    const device = await testDevice();
    for (const seed of [1, 2, 3]) {
      const start = { h0: randomState({ B: 1, D: 32, seed }) };
      // Fades to a fixed point: nothing fluctuates, and the trace of the unaligned frame is all there is.
      const still = randomModel({ hidden: 32, inputs: 1, gain: 0.6, seed });
      const early = await lyapunovSpectrum(device, still, { T: 320, ...start }, { k: 4 });
      expect(early.warnings, `seed ${seed}`).toEqual([expect.stringMatching(/raise the warm-up \(now 0; try 64\)/)]);
      const late = await lyapunovSpectrum(device, still, { T: 1600, ...start }, { k: 4, warmup: 800 });
      expect(late.warnings, `seed ${seed}`).toEqual([]);
      const lively = randomModel({ hidden: 32, inputs: 1, gain: 1.2, seed });
      const noisy = await lyapunovSpectrum(device, lively, { T: 900, x: { kind: "bernoulli", seed }, ...start }, { k: 16, warmup: 100 });
      expect(noisy.warnings, `seed ${seed}`).toEqual([]);
    }
  });
});

describe("Kaplan-Yorke dimension", () => {
  test.each([
    [[0.5, -1], 2, 1.5],
    [[-0.1, -0.2], 2, 0],
    [[0.2, 0.1, -0.1, -0.4], 4, 3.5],
    [[-0.4, 0.2, -0.1, 0.1], 4, 3.5],
    [[0.5, 0], 3, null],
    [[0.5, 0.2], 2, 2],
    [[0.5, -0.5], 3, null],
    [[0, -1], 2, 1],
  ])("of %j of %i exponents: %s", (exponents, D, expected) => {
    const dimension = kaplanYorkeDimension(exponents, D);
    if (expected === null) expect(dimension).toBeNull();
    else expect(dimension).toBeCloseTo(expected, 12);
  });
});

test("the entropy sum needs all positive exponents", () => {
  expect(entropySum([0.5, 0.25, -1], 5)).toBe(0.75);
  expect(entropySum([0.5, 0.25], 2)).toBe(0.75);
  expect(entropySum([0.5, 0.25], 3)).toBeNull();
});
