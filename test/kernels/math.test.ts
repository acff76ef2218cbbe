import { describe, expect, it } from "vitest";
import { createStorage, download } from "../../src/gpu/buffer";
import { createKernel } from "../../src/gpu/kernel";
import { createPlan } from "../../src/gpu/plan";
import { wgslWithMath } from "../../src/shaders";
import { testDevice } from "../helpers/device";

const ENTRY = `
@group(0) @binding(0) var<storage, read> x: array<f32>;
@group(0) @binding(1) var<storage, read_write> y: array<vec4f>;
@compute @workgroup_size(64)
fn math_test(@builtin(global_invocation_id) id: vec3u) {
  let i = id.x;
  if (i >= arrayLength(&x)) { return; }
  y[2u * i] = vec4f(exp_stable(x[i]), log_stable(abs(x[i])), tanh_stable(x[i]), select(0.0, 1.0, is_broken(x[i])));
  y[2u * i + 1u] = vec4f(sincos_turns(clamp(x[i], 0.0, 0.99999994)), 0.0, 0.0);
}`;

async function evaluate(values: Float32Array): Promise<Float32Array> {
  const device = await testDevice();
  const bindings = { x: "read-only-storage", y: "storage" } as const;
  const kernel = await createKernel(device, { name: "math_test", code: wgslWithMath("math_test", ENTRY), bindings });
  const x = createStorage(device, "x", values);
  const y = createStorage(device, "y", new Float32Array(8 * values.length).fill(Number.NaN));
  const encoder = device.createCommandEncoder();
  const group = kernel.bind({ x: x.buffer, y: y.buffer });
  createPlan(device, "math", [{ kernel, group, workgroups: [Math.ceil(values.length / 64)] }]).encode(encoder);
  device.queue.submit([encoder.finish()]);
  const [data] = await download(device, [{ source: y }]);
  x.destroy();
  y.destroy();
  return new Float32Array(data);
}

/** Units in the last place of float32 between a value and the exact one. */
function ulps(value: number, exact: number): number {
  const unit = 2 ** (Math.max(-126, Math.floor(Math.log2(Math.abs(exact) || 1e-45))) - 23);
  return Math.abs(value - exact) / unit;
}

describe("lib/math", () => {
  const range = (from: number, to: number, n = 4096) => Float32Array.from({ length: n }, (_, i) => from + ((to - from) * i) / (n - 1));
  const worst = (x: Float32Array, y: Float32Array, column: number, exact: (x: number) => number) =>
    x.reduce((most, v, i) => Math.max(most, ulps(y[8 * i + column], exact(v))), 0);

  it("exp_stable within 2 ulp", async () => {
    const x = range(-87, 87, 40001);
    expect(worst(x, await evaluate(x), 0, Math.exp)).toBeLessThan(2);
  });

  it("log_stable within 2 ulp, near 1 too", async () => {
    const x = Float32Array.from([...range(0.5, 2, 20001), ...range(0.999, 1.001, 2001), ...range(-37, 38, 4001).map((e) => 10 ** e)]);
    expect(worst(x, await evaluate(x), 1, Math.log)).toBeLessThan(2);
  });

  it("sincos_turns within 2e-7", async () => {
    const x = Float32Array.from([...range(0, 0.99999994, 40001), 0.125, 0.25, 0.375, 0.5, 0.625, 0.75, 0.875]);
    const y = await evaluate(x);
    const error = x.reduce((most, u, i) => {
      const angle = 2 * Math.PI * u;
      return Math.max(most, Math.abs(y[8 * i + 4] - Math.sin(angle)), Math.abs(y[8 * i + 5] - Math.cos(angle)));
    }, 0);
    expect(error).toBeLessThan(2e-7);
  });

  it("tanh_stable within 4 ulp, and 1 for large arguments", async () => {
    const x = Float32Array.from([...range(-12, 12, 40001), ...range(-1e-3, 1e-3), 15, 100, 1e5, 3e38, -100, -3e38, 0]);
    const y = await evaluate(x);
    expect(worst(x, y, 2, Math.tanh)).toBeLessThan(4);
  });

  it("is_broken tells NaN and infinity by their bits", async () => {
    const x = Float32Array.from([0, 1, 3.4e38, 1e-45, Number.NaN, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY]);
    const y = await evaluate(x);
    expect(Array.from(x, (_, i) => y[8 * i + 3])).toEqual([0, 0, 0, 0, 1, 1, 1]);
  });
});
