import { describe, expect, it } from "vitest";
import { InputError } from "../src/errors";
import { drawInputs, randomFrame, randomModel, randomState } from "../src/initialise";
import { checkModel } from "../src/model";
import { type Philox2, type Philox4, philox, type StreamName, seedKey, stream, streamIds } from "../src/random";

/** Mean, variance, skewness and excess kurtosis of numbers that should be independent. */
function moments(values: ArrayLike<number>): { mean: number; variance: number; skewness: number; kurtosis: number } {
  const list = Array.from(values);
  const average = (of: (value: number) => number): number => list.reduce((sum, value) => sum + of(value), 0) / list.length;
  const mean = average((value) => value);
  const variance = average((value) => (value - mean) ** 2);
  const skewness = average((value) => (value - mean) ** 3) / variance ** 1.5;
  return { mean, variance, skewness, kurtosis: average((value) => (value - mean) ** 4) / variance ** 2 - 3 };
}

/** Moments of n standard normals, each within five of its standard errors. */
function expectNormal(values: ArrayLike<number>): void {
  const { mean, variance, skewness, kurtosis } = moments(values);
  const n = values.length;
  expect(Math.abs(mean)).toBeLessThan(5 / Math.sqrt(n));
  expect(Math.abs(variance - 1)).toBeLessThan(5 * Math.sqrt(2 / n));
  expect(Math.abs(skewness)).toBeLessThan(5 * Math.sqrt(6 / n));
  expect(Math.abs(kurtosis)).toBeLessThan(5 * Math.sqrt(24 / n));
}

describe("Philox4x32-10", () => {
  // Random123's kat_vectors: counter, key, result.
  it.each<[Philox4, Philox2, Philox4]>([
    [
      [0, 0, 0, 0],
      [0, 0],
      [0x6627e8d5, 0xe169c58d, 0xbc57ac4c, 0x9b00dbd8],
    ],
    [
      [0xffffffff, 0xffffffff, 0xffffffff, 0xffffffff],
      [0xffffffff, 0xffffffff],
      [0x408f276d, 0x41c83b0e, 0xa20bc7c6, 0x6d5451fd],
    ],
    [
      [0x243f6a88, 0x85a308d3, 0x13198a2e, 0x03707344],
      [0xa4093822, 0x299f31d0],
      [0xd16cfe09, 0x94fdcceb, 0x5001e420, 0x24126ea1],
    ],
  ])("known answer %#", (counter, key, expected) => {
    expect(Array.from(philox(counter, key))).toEqual(expected);
  });

  it("the key of a seed is its two halves", () => {
    expect(seedKey(0)).toEqual([0, 0]);
    expect(seedKey(Number.MAX_SAFE_INTEGER)).toEqual([0xffffffff, 0x1fffff]);
    expect(seedKey(5 * 2 ** 32 + 7)).toEqual([7, 5]);
    for (const seed of [-1, 0.5, 2 ** 53, Number.NaN]) expect(() => seedKey(seed)).toThrow(InputError);
  });
});

describe("streams", () => {
  it("have the documented counter", () => {
    const { uint32 } = stream("input", 5 * 2 ** 32 + 7, 11, 12, 13);
    const block = (n: number): number[] => Array.from(philox([n, 11, 12, streamIds.input + 256 * 13], [7, 5]));
    expect(Array.from({ length: 8 }, (_, i) => uint32(i))).toEqual([...block(0), ...block(1)]);
    // Any order, and far positions.
    expect(uint32(4_000_000_002)).toBe(block(1_000_000_000)[2]);
    expect(uint32(3)).toBe(block(0)[3]);
  });

  it("uniforms are the upper 24 bits, exact in float32 and below 1", () => {
    const { uint32, uniform } = stream("bias_ih", 3);
    for (let i = 0; i < 1000; i++) {
      expect(uniform(i)).toBe(Math.floor(uint32(i) / 256) / 2 ** 24);
      expect(Math.fround(uniform(i))).toBe(uniform(i));
    }
    const { mean, variance } = moments(Float64Array.from({ length: 20000 }, (_, i) => uniform(i)));
    expect(Math.abs(mean - 0.5)).toBeLessThan(5 / Math.sqrt(12 * 20000));
    expect(Math.abs(variance - 1 / 12)).toBeLessThan(5 / Math.sqrt(180 * 20000));
  });

  it("normals have the normal moments, and neighbours do not correlate", () => {
    const values = stream("state", 1).normals(50000);
    expectNormal(values);
    for (const lag of [1, 2, 3, 4]) {
      const products = values.subarray(lag).map((value, i) => value * values[i]);
      expect(Math.abs(moments(products).mean)).toBeLessThan(5 / Math.sqrt(products.length));
    }
    expect(stream("state", 1).normal(49999)).toBe(values[49999]);
  });

  it("bernoulli has its probability", () => {
    const { bernoulli } = stream("input", 1);
    for (const probability of [0.5, 0.1]) {
      const values = Float64Array.from({ length: 20000 }, (_, i) => bernoulli(i, probability));
      expect(Math.abs(moments(values).mean - probability)).toBeLessThan(5 * Math.sqrt((probability * (1 - probability)) / 20000));
    }
    expect(bernoulli(0, 0)).toBe(0);
    expect(bernoulli(0, 1)).toBe(1);
  });

  it("differ by name, seed, network, epoch and trajectory", () => {
    const names = Object.keys(streamIds) as StreamName[];
    const places = names.map((name) => stream(name, 1).uint32(0));
    const input = [stream("input", 2), stream("input", 1, 1), stream("input", 1, 0, 1), stream("input", 1, 0, 0, 1)].map(({ uint32 }) => uint32(0));
    expect(new Set([...places, ...input]).size).toBe(names.length + 4);
    expect(() => stream("input", 1, -1)).toThrow(InputError);
    expect(() => stream("input", 1, 0, 0, 2 ** 24)).toThrow(InputError);
  });
});

describe("random networks", () => {
  it("have the paper's weights, in every parameter", () => {
    const model = randomModel({ hidden: 150, inputs: 20, gain: 2, seed: 1 });
    checkModel(model);
    const { weight_hh_l0, weight_ih_l0, bias_ih_l0, bias_hh_l0 } = model.parameters;
    expectNormal(weight_hh_l0.map((value) => (value * Math.sqrt(150)) / 2));
    expectNormal(weight_ih_l0);
    expect(Math.min(...bias_ih_l0)).toBeGreaterThanOrEqual(0);
    expect(Math.max(...bias_ih_l0)).toBeLessThan(Math.fround(0.1));
    expect(moments(bias_ih_l0).mean).toBeCloseTo(0.05, 1.5);
    expect(bias_hh_l0.every((value) => value === 0)).toBe(true);
  });

  // Computed by a few lines of Python from the documented counters.
  it("the same seed gives the same numbers, for ever", () => {
    const { weight_hh_l0, weight_ih_l0, bias_ih_l0 } = randomModel({ hidden: 4, inputs: 1, gain: 1, seed: 42 }).parameters;
    expect([weight_hh_l0[0], weight_ih_l0[3], bias_ih_l0[1]]).toEqual([-0.6755460500717163, -0.8709143996238708, 0.018734335899353027]);
  });

  it("every network of an ensemble has its own, and gain only scales", () => {
    const first = randomModel({ hidden: 6, inputs: 2, gain: 1, seed: 3 }).parameters;
    const second = randomModel({ hidden: 6, inputs: 2, gain: 1, seed: 3, network: 1 }).parameters;
    const louder = randomModel({ hidden: 6, inputs: 2, gain: 2, seed: 3 }).parameters;
    expect(second.weight_hh_l0.some((value, i) => value === first.weight_hh_l0[i])).toBe(false);
    expect(second.weight_ih_l0.some((value, i) => value === first.weight_ih_l0[i])).toBe(false);
    expect(louder.weight_hh_l0).toEqual(first.weight_hh_l0.map((value) => 2 * value));
    expect(louder.weight_ih_l0).toEqual(first.weight_ih_l0);
  });

  it("the orthogonal ones are orthogonal", () => {
    const N = 20;
    const { weight_hh_l0: w } = randomModel({ hidden: N, inputs: 1, gain: 0.5, seed: 1, init: "orthogonal" }).parameters;
    for (let i = 0; i < N; i++) {
      for (let j = 0; j < N; j++) {
        let dot = 0;
        for (let k = 0; k < N; k++) dot += w[i * N + k] * w[j * N + k];
        expect(dot).toBeCloseTo(i === j ? 0.25 : 0, 7);
      }
    }
  });

  it("refuse impossible sizes", () => {
    for (const wrong of [{ hidden: 0 }, { hidden: 2.5 }, { inputs: -1 }, { gain: Number.NaN }, { seed: -1 }])
      expect(() => randomModel({ hidden: 4, inputs: 1, gain: 1, seed: 1, ...wrong })).toThrow(InputError);
  });
});

describe("states, frames and inputs", () => {
  it("a trajectory does not depend on how many there are, nor its first steps on how many follow", () => {
    expect(randomState({ B: 3, D: 5, seed: 1 }).subarray(0, 10)).toEqual(randomState({ B: 2, D: 5, seed: 1 }));
    const long = drawInputs("gaussian", { B: 2, T: 9, S: 2, seed: 4 });
    const short = drawInputs("gaussian", { B: 3, T: 5, S: 2, seed: 4 });
    for (const b of [0, 1]) expect(long.slice(b * 18, b * 18 + 10)).toEqual(short.slice(b * 10, b * 10 + 10));
    expect(short.slice(0, 10)).not.toEqual(short.slice(10, 20));
  });

  it("inputs are bits, normals or nothing, fresh in every epoch and network", () => {
    const size = { B: 4, T: 500, S: 2, seed: 1 };
    const bits = drawInputs("bernoulli", size);
    expect(new Set(bits)).toEqual(new Set([0, 1]));
    expect(Math.abs(moments(bits).mean - 0.5)).toBeLessThan(2.5 / Math.sqrt(4000));
    expectNormal(drawInputs("gaussian", size));
    expect(drawInputs("none", size)).toEqual(new Float32Array(4000));
    expect(drawInputs("bernoulli", { ...size, epoch: 1 })).not.toEqual(bits);
    expect(drawInputs("bernoulli", { ...size, network: 1 })).not.toEqual(bits);
    expect(drawInputs("bernoulli", size)).toEqual(bits);
    expectNormal(randomState({ B: 20, D: 100, seed: 1 }));
  });

  it("a frame is orthonormal and holds the smaller frames", () => {
    const [D, K] = [15, 6];
    const frame = randomFrame(D, K, 1);
    const column = (j: number): Float32Array => Float32Array.from({ length: D }, (_, i) => frame[i * K + j]);
    for (let i = 0; i < K; i++) {
      for (let j = 0; j < K; j++) {
        const dot = column(i).reduce((sum, value, at) => sum + value * column(j)[at], 0);
        expect(dot).toBeCloseTo(i === j ? 1 : 0, 6);
      }
    }
    expect(randomFrame(D, 1, 1)).toEqual(column(0));
    expect(randomFrame(D, K, 2)).not.toEqual(frame);
    expect(() => randomFrame(4, 5, 1)).toThrow("lower K to 4");
  });
});
