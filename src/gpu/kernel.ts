import { LimitError } from "../errors";
import { locate } from "./locate";

export type BindingKind = "uniform" | "read-only-storage" | "storage";

/** What a compute kernel is: its WGSL, its bindings in order, and the values of its overrides. */
export interface KernelSpec<Name extends string = string> {
  /** snake_case: the shader's file, its entry point and its label. */
  readonly name: string;
  /** Joined WGSL, each file behind a marker line `//- file.wgsl`. */
  readonly code: string;
  /** Names as in the shader; the position is the binding number. A uniform has a dynamic offset. */
  readonly bindings: Readonly<Record<Name, BindingKind>>;
  /** Values of the overrides. */
  readonly constants?: Readonly<Record<string, number>>;
}

/** A buffer, or a part of one, to bind. */
export type Bindable = GPUBuffer | { readonly buffer: GPUBuffer; readonly offset: number; readonly size: number };

/** A compiled kernel. */
export interface Kernel<Name extends string = string> {
  readonly name: string;
  readonly pipeline: GPUComputePipeline;
  /** A bind group of all bindings by name. @throws Error where a name is missing or unknown. */
  bind(buffers: Readonly<Record<Name, Bindable>>): GPUBindGroup;
}

const caches = new WeakMap<GPUDevice, Map<string, Promise<Compiled>>>();

interface Compiled {
  readonly layout: GPUBindGroupLayout;
  readonly pipeline: GPUComputePipeline;
}

/**
 * Compiles a kernel, or takes it from the device's cache; compilations in flight are shared.
 * @throws Error `kernel walk_forward: panel.wgsl:31: …` where the WGSL is wrong
 * @throws LimitError where the device's limits are too small for it
 */
export async function createKernel<Name extends string>(device: GPUDevice, spec: KernelSpec<Name>): Promise<Kernel<Name>> {
  const cache = caches.get(device) ?? new Map<string, Promise<Compiled>>();
  caches.set(device, cache);
  const key = JSON.stringify([spec.name, spec.code, spec.bindings, spec.constants]);
  let compiled = cache.get(key);
  if (!compiled) {
    compiled = compile(device, spec);
    cache.set(key, compiled);
    compiled.catch(() => cache.delete(key));
  }
  const { layout, pipeline } = await compiled;
  const names = Object.keys(spec.bindings) as Name[];
  return {
    name: spec.name,
    pipeline,
    bind(buffers) {
      const unknown = Object.keys(buffers).filter((name) => !(name in spec.bindings));
      const missing = names.filter((name) => !buffers[name]);
      if (unknown.length + missing.length > 0)
        throw new Error(`kernel ${spec.name}: bindings missing: [${missing.join(", ")}], unknown: [${unknown.join(", ")}]`);
      const entries = names.map((name, binding) => ({ binding, resource: resource(buffers[name], spec.bindings[name]) }));
      return device.createBindGroup({ label: spec.name, layout, entries });
    },
  };
}

/** A uniform is bound from its start; the dynamic offset of a dispatch moves it. */
function resource(bindable: Bindable, kind: BindingKind): GPUBufferBinding {
  if ("buffer" in bindable) return bindable;
  return kind === "uniform" ? { buffer: bindable, size: Math.min(bindable.size, 256) } : { buffer: bindable };
}

async function compile(device: GPUDevice, spec: KernelSpec): Promise<Compiled> {
  checkStorageCount(device, spec);
  device.pushErrorScope("validation");
  const module = device.createShaderModule({ label: spec.name, code: spec.code });
  const layout = device.createBindGroupLayout({
    label: spec.name,
    entries: Object.values(spec.bindings).map((type, binding) => ({
      binding,
      visibility: GPUShaderStage.COMPUTE,
      buffer: { type, hasDynamicOffset: type === "uniform" },
    })),
  });
  const made = device.createComputePipelineAsync({
    label: spec.name,
    layout: device.createPipelineLayout({ label: spec.name, bindGroupLayouts: [layout] }),
    compute: { module, entryPoint: spec.name, constants: { ...spec.constants } },
  });
  const [failure, pipeline] = await Promise.all([device.popErrorScope(), made.catch((error: unknown) => error as Error)]);
  const errors = (await module.getCompilationInfo()).messages.filter((message) => message.type === "error");
  if (errors.length > 0) {
    const lines = errors.map((message) => `${locate(spec.code, message.lineNum)}: ${message.message}`);
    throw new Error(`kernel ${spec.name}: ${lines.join("\n")}`);
  }
  if (failure || pipeline instanceof Error) throw pipelineError(spec.name, failure?.message ?? (pipeline as Error).message);
  return { layout, pipeline: pipeline as GPUComputePipeline };
}

function checkStorageCount(device: GPUDevice, spec: KernelSpec): void {
  const needs = Object.values(spec.bindings).filter((kind) => kind !== "uniform").length;
  const allows = device.limits.maxStorageBuffersPerShaderStage;
  if (needs > allows)
    throw new LimitError(`kernel ${spec.name} binds ${needs} storage buffers, the adapter allows ${allows} (maxStorageBuffersPerShaderStage)`);
}

function pipelineError(name: string, message: string): Error {
  const first = message.split("\n")[0];
  if (/workgroup/i.test(first) && /limit|exceed|maximum/i.test(message)) return new LimitError(`kernel ${name}: ${first}; use the 'gpu' profile`);
  return new Error(`kernel ${name}: ${first}`);
}
