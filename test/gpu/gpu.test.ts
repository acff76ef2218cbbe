import { afterAll, describe, expect, it } from "vitest";
import { create } from "webgpu";
import { InputError, LimitError } from "../../src/errors";
import { createStorage, download, liveBytes } from "../../src/gpu/buffer";
import { adapterName, checkDevice, profileFor, requestDevice } from "../../src/gpu/device";
import { createKernel, type KernelSpec } from "../../src/gpu/kernel";
import { createParams } from "../../src/gpu/params";
import { createPlan } from "../../src/gpu/plan";
import { decodeStatus } from "../../src/gpu/status";
import { createTimer } from "../../src/gpu/timing";
import { requestNodeDevice } from "../../src/node";
import { testDevice } from "../helpers/device";

const HEAD = `struct Params { add: u32, scale: f32 }
@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read> x: array<f32>;
@group(0) @binding(2) var<storage, read_write> y: array<f32>;`;
const bindings = { params: "uniform", x: "read-only-storage", y: "storage" } as const;
const good: KernelSpec<keyof typeof bindings> = {
  name: "scale_add",
  code: `//- scale_add.wgsl\n${HEAD}\n@compute @workgroup_size(4) fn scale_add(@builtin(global_invocation_id) id: vec3u) { y[id.x] += x[id.x] * params.scale + f32(params.add); }`,
  bindings,
};

describe("kernels", () => {
  it("a compile error names the kernel, the file and the line", async () => {
    const code = `//- first.wgsl\n${HEAD}\n//- second.wgsl\n\n@compute @workgroup_size(4) fn scale_add() {\n  y[0] = nothing;\n}`;
    await expect(createKernel(await testDevice(), { ...good, code })).rejects.toThrow(/^kernel scale_add: second\.wgsl:3: .*nothing/);
  });

  it("bindings are checked by name", async () => {
    const device = await testDevice();
    const kernel = await createKernel(device, good);
    const { buffer } = createStorage(device, "b", 4);
    expect(() => kernel.bind({ params: buffer, x: buffer, z: buffer } as never)).toThrow("kernel scale_add: bindings missing: [y], unknown: [z]");
  });

  it("the same spec is compiled once, a failed one again", async () => {
    const device = await testDevice();
    expect((await createKernel(device, good)).pipeline).toBe((await createKernel(device, good)).pipeline);
  });

  it("too many storage buffers are a limit, told before compiling", async () => {
    const many = Object.fromEntries(Array.from({ length: 99 }, (_, i) => [`b${i}`, "storage" as const]));
    await expect(createKernel(await testDevice(), { ...good, bindings: many })).rejects.toThrow(
      /binds 99 storage buffers, the adapter allows \d+ \(maxStorageBuffersPerShaderStage\)/,
    );
  });
});

describe("plans, params and buffers", () => {
  it("a plan is replayed with dynamic offsets, is timed, and frees all its memory", async () => {
    const device = await testDevice();
    const before = liveBytes(device);
    const kernel = await createKernel(device, good);
    const params = createParams(device, "params", { add: "u32", scale: "f32" }, 2);
    params.write(0, { add: 1, scale: 0.5 });
    params.write(1, { add: 0, scale: 10 });
    params.flush();
    const x = createStorage(device, "x", Float32Array.from([1, 2, 3, 4]));
    const y = createStorage(device, "y", 4);
    expect(liveBytes(device)).toBe(before + 32);
    const group = kernel.bind({ params: params.buffer, x: x.buffer, y: y.buffer });
    const step = (slot: number) => ({ kernel, group, offset: params.offset(slot), workgroups: [1] as [number] });
    const plan = createPlan(device, "plan", [step(0), step(1)]);
    const timer = createTimer(device, 8);
    for (const timed of [undefined, timer]) {
      const encoder = device.createCommandEncoder();
      plan.encode(encoder, { timer: timed });
      device.queue.submit([encoder.finish()]);
    }
    const [data] = await download(device, [{ source: y, at: 1, length: 2 }]);
    expect([...new Float32Array(data)]).toEqual([2 * (21 + 1), 2 * (31.5 + 1)]);
    if (timer) expect((await timer.read()).scale_add).toMatchObject({ ms: expect.any(Number), passes: 2 });
    for (const owner of [params, x, y, timer]) owner?.destroy();
    expect(liveBytes(device)).toBe(before);
  });

  it("what is too large is a LimitError that says what to lower", async () => {
    const device = await testDevice();
    const tooMany = Math.ceil(device.limits.maxBufferSize / 4) + 1000;
    expect(() => createStorage(device, "tangents", tooMany, "lower the steps")).toThrow(
      /tangents needs .* MiB, the adapter allows .* \(maxBufferSize\); lower the steps/,
    );
    const kernel = await createKernel(device, good);
    expect(() => createPlan(device, "plan", [{ kernel, group: {} as GPUBindGroup, workgroups: [70_000] }])).toThrow(LimitError);
  });
});

describe("devices", () => {
  it("the null backend, which computes nothing, is refused", async () => {
    const gpu = create(["backend=null"]);
    await expect(requestDevice(gpu)).rejects.toThrow(/null backend/);
  });

  it("the software adapter is found by its name; a name that none has is bad input", async () => {
    const device = await requestNodeDevice({ adapter: "software" });
    expect(adapterName(device)).toMatch(/llvmpipe|SwiftShader/i);
    expect(profileFor(device)).toMatch(/cpu|gpu/);
    await expect(requestNodeDevice({ adapter: "no such adapter" })).rejects.toThrow(InputError);
    device.destroy();
  });

  const devices: GPUDevice[] = [];
  afterAll(() => {
    for (const device of devices) device.destroy();
  });

  it("an error that nobody waits for is kept and thrown by the next check", async () => {
    const device = await requestNodeDevice();
    devices.push(device);
    device.createBuffer({ size: 4, usage: 0 });
    await device.queue.onSubmittedWorkDone();
    await new Promise((resolve) => setTimeout(resolve, 50));
    expect(() => checkDevice(device)).toThrow(/^the device reported: /);
  });
});

describe("status words", () => {
  const word = (step: number, column: number, kind: number) => ((step << 14) | (column << 2) | kind) >>> 0;
  const none = 0xffffffff;

  it("no failure is none", () => {
    expect(decodeStatus(Uint32Array.from([none, none]), 1)).toBeUndefined();
  });

  it("the earliest step wins, with its network, trajectory and column", () => {
    const failure = decodeStatus(Uint32Array.from([none, word(9, 3, 1), word(7, 5, 1), none]), 2);
    expect(failure?.position).toEqual({ network: 1, trajectory: 0, step: 7, column: 5 });
    expect(failure?.message).toMatch(/^network 1, trajectory 0, step 7: tangent vector 5 vanished/);
  });

  it("numbers that are not finite have no column", () => {
    const failure = decodeStatus(Uint32Array.from([word(262_143, 4095, 0)]), 1);
    expect(failure?.position).toEqual({ network: 0, trajectory: 0, step: 262_143 });
    expect(failure?.message).toContain("no longer finite");
  });
});
