import { createStorage } from "../gpu/buffer";
import { isSoftware, type Profile, profileFor } from "../gpu/device";
import { createKernel, type KernelSpec } from "../gpu/kernel";
import { createParams } from "../gpu/params";
import { createPlan, type Step } from "../gpu/plan";
import { createTimer } from "../gpu/timing";
import { Waiter } from "../gpu/wait";
import { benchWgsl } from "../shaders";

/** What the adapter can do at best, measured beside the kernels. */
export interface Ceiling {
  /** Register-tiled product, 10⁹ operations per second. */
  readonly gflops: number;
  /** Copy, 10⁹ bytes per second, reading and writing counted. */
  readonly gbytes: number;
}

const RUNS = 5;
/** vec4 of the product's summed dimension on CPUs, or numbers on GPUs. */
const LENGTH = 64;

/** Workgroups and numbers of a tile; sweeps to begin with, and at most; vec4 to copy. */
const amounts: Readonly<Record<Profile, { workgroups: number; sweeps: number; most: number; tile: number; vec4s: number }>> = {
  cpu: { workgroups: 64, sweeps: 8, most: 64, tile: 16 * 16 * 4, vec4s: 2 ** 21 },
  gpu: { workgroups: 4096, sweeps: 1, most: 64, tile: 64 * 128, vec4s: 2 ** 24 },
};
/** Workgroups and vec4 where a CPU runs the kernels for GPUs. */
const modest = { workgroups: 16, vec4s: 2 ** 20 };
/** Milliseconds that a measurement should take at least: some browsers round timestamps to a tenth of one. */
const LEAST_MS = 5;

/** The higher of each rate: a shared machine is slow at times, and what was measured then is no ceiling. */
export function higher(a: Ceiling, b: Ceiling): Ceiling {
  return { gflops: Math.max(a.gflops, b.gflops), gbytes: Math.max(a.gbytes, b.gbytes) };
}

/** Measures both rates; the best of five dispatches each. */
export async function measureCeiling(device: GPUDevice, profile: Profile = profileFor(device)): Promise<Ceiling> {
  const { most, tile, ...more } = amounts[profile];
  const { workgroups, vec4s: wanted } = profile === "gpu" && isSoftware(device) ? modest : more;
  let { sweeps } = more;
  let product = await productSeconds(device, profile, workgroups, sweeps);
  while (product < LEAST_MS / 1e3 && sweeps < most) {
    sweeps = Math.min(most, Math.max(2 * sweeps, Math.ceil((sweeps * LEAST_MS) / 1e3 / Math.max(product, 1e-5))));
    product = await productSeconds(device, profile, workgroups, sweeps);
  }
  const vec4s = Math.min(wanted, device.limits.maxStorageBufferBindingSize / 16);
  const copy = await copySeconds(device, profile, vec4s);
  return { gflops: (2 * tile * LENGTH * sweeps * workgroups) / product / 1e9, gbytes: (32 * vec4s) / copy / 1e9 };
}

const storage = "read-only-storage" as const;
const productBindings = { params: "uniform", x: storage, y: storage, sums: "storage" } as const;
const copyBindings = { params: "uniform", source: storage, copied: "storage" } as const;

async function productSeconds(device: GPUDevice, profile: Profile, workgroups: number, sweeps: number): Promise<number> {
  const spec: KernelSpec<keyof typeof productBindings> = { name: "product", code: benchWgsl("product", profile), bindings: productBindings };
  const params = createParams(device, "product.params", { n: "u32", sweeps: "u32" }, 1);
  params.write(0, { n: LENGTH, sweeps });
  params.flush();
  const values = new Float32Array(128 * LENGTH).fill(1e-3);
  const x = createStorage(device, "x", values);
  const y = createStorage(device, "y", values);
  const sums = createStorage(device, "sums", workgroups * (profile === "cpu" ? 256 : 8192));
  try {
    const kernel = await createKernel(device, spec);
    const group = kernel.bind({ params: params.buffer, x: x.buffer, y: y.buffer, sums: sums.buffer });
    return await best(device, { kernel, group, offset: 0, workgroups: [workgroups] });
  } finally {
    for (const owner of [params, x, y, sums]) owner.destroy();
  }
}

async function copySeconds(device: GPUDevice, profile: Profile, vec4s: number): Promise<number> {
  const spec: KernelSpec<keyof typeof copyBindings> = { name: "copy", code: benchWgsl("copy", profile), bindings: copyBindings };
  const workgroups = profile === "cpu" ? 16 : 1024;
  const params = createParams(device, "copy.params", { n: "u32", stride: "u32" }, 1);
  params.write(0, { n: vec4s, stride: workgroups * (profile === "cpu" ? 8 : 128) });
  params.flush();
  const source = createStorage(device, "source", 4 * vec4s);
  const copied = createStorage(device, "copied", 4 * vec4s);
  try {
    const kernel = await createKernel(device, spec);
    const group = kernel.bind({ params: params.buffer, source: source.buffer, copied: copied.buffer });
    return await best(device, { kernel, group, offset: 0, workgroups: [workgroups] });
  } finally {
    for (const owner of [params, source, copied]) owner.destroy();
  }
}

/** Seconds of the fastest of several dispatches, by timestamps where there are any; the first compiles and is not counted. */
async function best(device: GPUDevice, step: Step): Promise<number> {
  const plan = createPlan(device, step.kernel.name, [step]);
  const timer = createTimer(device, 1);
  let least = Number.POSITIVE_INFINITY;
  const waiter = new Waiter(device);
  for (let run = 0; run <= RUNS; run++) {
    const encoder = device.createCommandEncoder({ label: step.kernel.name });
    plan.encode(encoder, { timer });
    device.queue.submit([encoder.finish()]);
    const wall = await waiter.done();
    const ms = timer ? (await timer.read())[step.kernel.name].ms : wall;
    if (run > 0) least = Math.min(least, ms);
  }
  timer?.destroy();
  return least / 1e3;
}
