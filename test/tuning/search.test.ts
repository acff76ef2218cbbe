import { describe, expect, it } from "vitest";
import { LimitError } from "../../src/errors";
import type { Shape } from "../../src/kernels/shape";
import { type Computed, differenceOf, type Knob, type Runner, type SearchOptions, search } from "../../src/tuning/search";

// A clock of its own and times as a function of the shape: no GPU.

const results: Computed = {
  exponents: Float32Array.of(0.5, -1),
  loss: Float32Array.of(0.25),
  gradient: Float32Array.of(3, -4, 0),
};

interface Fake {
  /** Milliseconds of an epoch; `race` counts the calls for this shape. */
  readonly ms: (shape: Shape, call: number) => number;
  readonly computed?: (shape: Shape) => Computed;
  readonly prepare?: (shape: Shape) => void;
}

function machine({ ms, computed = () => results, prepare = () => {} }: Fake) {
  const state = { now: 0, alive: 0, order: [] as string[] };
  const make = async (shape: Shape): Promise<Runner> => {
    prepare(shape);
    state.alive++;
    state.now += 1000;
    let call = 0;
    return {
      uses: { profile: "gpu", workgroup: 128, chunk: 32, groups: 1, ...shape },
      async time(epochs) {
        state.order.push(JSON.stringify(shape));
        const each = ms(shape, call++);
        state.now += epochs * each;
        return each;
      },
      results: async () => computed(shape),
      destroy: () => {
        state.alive--;
      },
    };
  };
  const run = (knobs: readonly Knob[], options: SearchOptions = {}) => search(make, knobs, { rounds: 4, now: () => state.now, ...options });
  return { state, run };
}

const knob = (name: keyof Shape, ...values: (string | number)[]): Knob => ({
  name,
  values: (uses) => values.filter((value) => value !== uses[name]),
});

describe("search", () => {
  it("goes on from the best, knob by knob, and confirms the winner", async () => {
    const { run, state } = machine({ ms: ({ workgroup = 128, chunk = 32 }) => (workgroup === 64 ? 80 : 100) * (chunk === 64 ? 0.5 : 1) });
    const { variants, winner, gain } = await run([knob("workgroup", 64, 128, 256), knob("chunk", 16, 64)]);
    expect(winner).toEqual({ workgroup: 64, chunk: 64 });
    expect(gain).toBeCloseTo(2.5, 9);
    // 256 is raced against 64, not against the default it equals; every ratio is to the default.
    expect(variants.map(({ shape, ratio, reason }) => [shape, Number(ratio?.toFixed(6)), reason])).toEqual([
      [{}, 1, "default"],
      [{ workgroup: 64 }, 1.25, "faster"],
      [{ workgroup: 256 }, 1, "slower"],
      [{ workgroup: 64, chunk: 16 }, 1.25, "within noise"],
      [{ workgroup: 64, chunk: 64 }, 2.5, "faster"],
    ]);
    expect(state.alive).toBe(0);
  });

  it("races interleaved: the best and the variant take turns", async () => {
    const { run, state } = machine({ ms: () => 100 });
    await run([knob("chunk", 64)]);
    expect(state.order.slice(-8)).toEqual(Array.from({ length: 4 }, () => ["{}", '{"chunk":64}']).flat());
  });

  it("noise is no gain: 2 %, or a better median with no better least", async () => {
    const small = await machine({ ms: ({ chunk }) => (chunk === 64 ? 98 : 100) }).run([knob("chunk", 64)]);
    expect(small).toMatchObject({ winner: {}, gain: 1, variants: [{}, { accepted: false, reason: "within noise" }] });
    // The default alternates between 90 and 110, the variant takes 90 always.
    const uneven = await machine({ ms: ({ chunk }, call) => (chunk === 64 || call % 2 === 0 ? 90 : 110) }).run([knob("chunk", 64)]);
    expect(uneven).toMatchObject({ winner: {}, variants: [{}, { accepted: false, reason: "within noise" }] });
  });

  it("a lucky variant that the second race does not confirm is dropped, and said so", async () => {
    // Fast in its first 5 calls (one to settle, four of the race), then as slow as the default.
    const { run } = machine({ ms: ({ chunk }, call) => (chunk === 64 && call < 5 ? 150 : 300) });
    const { winner, gain, variants } = await run([knob("chunk", 64)]);
    expect([winner, gain]).toEqual([{}, 1]);
    expect(variants.at(-1)).toMatchObject({ shape: { chunk: 64 }, accepted: false, reason: expect.stringMatching(/not confirmed/) });
  });

  it("rejects what does not compile, passes a limit, computes something else or not a number", async () => {
    const { run, state } = machine({
      ms: () => 1,
      prepare({ workgroup }) {
        if (workgroup === 64) throw new Error("kernel walk_forward: panel.wgsl:3: unresolved value\nmore");
        if (workgroup === 256) throw new LimitError("256 invocations, the adapter allows 128");
      },
      computed({ chunk }) {
        if (chunk === 16) return { ...results, gradient: Float32Array.of(3, 4, 0) };
        return chunk === 64 ? { ...results, loss: Float32Array.of(Number.NaN) } : results;
      },
    });
    const { variants } = await run([knob("workgroup", 64, 256), knob("chunk", 16, 64)]);
    expect(variants.slice(1).map(({ reason }) => reason)).toEqual([
      "does not compile: kernel walk_forward: panel.wgsl:3: unresolved value",
      "limit: 256 invocations, the adapter allows 128",
      "wrong result: gradient 2e+0",
      "wrong result: loss NaN",
    ]);
    expect(state.alive).toBe(0);
  });

  it("begins nothing after the budget, and lists it", async () => {
    const { run } = machine({ ms: () => 1000 });
    const { variants } = await run([knob("chunk", 16, 48, 64)], { budget: 9 });
    expect(variants.map(({ reason }) => reason)).toEqual(["default", "within noise", "not tried: the 9 s were over", "not tried: the 9 s were over"]);
  });

  it("a signal ends it between rounds; nothing stays allocated", async () => {
    const { run, state } = machine({ ms: () => 1 });
    const controller = new AbortController();
    const onVariant = (doing: string) => (doing === "chunk 16" ? controller.abort(new Error("stopped")) : undefined);
    await expect(run([knob("chunk", 16, 64)], { signal: controller.signal, onVariant })).rejects.toThrow("stopped");
    expect(state.order).not.toContain('{"chunk":64}');
    expect(state.alive).toBe(0);
  });
});

describe("differences", () => {
  it("tell the same bits from rounding, by norms and largest differences", () => {
    expect(differenceOf(results, results)).toEqual({ bitwise: true, exponents: 0, loss: 0, gradient: 0 });
    const near = { exponents: Float32Array.of(0.5, -1.25), loss: Float32Array.of(0.5), gradient: Float32Array.of(3, -4, 0.5) };
    expect(differenceOf(near, results)).toEqual({ bitwise: false, exponents: 0.25, loss: 1, gradient: 0.1 });
  });

  it("a negative zero is another bit", () => {
    expect(differenceOf({ ...results, gradient: Float32Array.of(3, -4, -0) }, results).bitwise).toBe(false);
  });
});
