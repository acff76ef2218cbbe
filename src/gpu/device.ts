import { DeviceError, InputError } from "../errors";

/** Limits that the kernels can use more of than WebGPU promises. */
export const limitNames = [
  "maxStorageBufferBindingSize",
  "maxBufferSize",
  "maxComputeWorkgroupStorageSize",
  "maxComputeInvocationsPerWorkgroup",
  "maxComputeWorkgroupSizeX",
  "maxStorageBuffersPerShaderStage",
] as const;

const featureNames: readonly GPUFeatureName[] = ["subgroups", "timestamp-query"];

export type Profile = "cpu" | "gpu";

const failures = new WeakMap<GPUDevice, { message?: string }>();

/**
 * A device with all that the adapter allows of what the kernels can use.
 * @throws InputError where there is no adapter, or only Dawn's null backend, which computes nothing
 */
export async function requestDevice(gpu: GPU, options: GPURequestAdapterOptions = {}): Promise<GPUDevice> {
  const adapter = await gpu.requestAdapter(options);
  if (!adapter) throw new InputError("no WebGPU adapter found: see the adapters and what is missing in the README, section 'Adapters'");
  if (adapter.info.device === "null-backend")
    throw new InputError("the adapter is Dawn's null backend, which computes nothing: choose another adapter");
  const requiredLimits = Object.fromEntries(limitNames.map((name) => [name, adapter.limits[name]]));
  const requiredFeatures = featureNames.filter((name) => adapter.features.has(name));
  const device = await adapter.requestDevice({ label: "gradient-flossing", requiredFeatures, requiredLimits });
  watch(device);
  return device;
}

function watch(device: GPUDevice): { message?: string } {
  const known = failures.get(device);
  if (known) return known;
  const failure: { message?: string } = {};
  failures.set(device, failure);
  device.lost.then((info) => {
    if (info.reason !== "destroyed") failure.message ??= `the device was lost: ${info.message.split("\n")[0]}`;
  });
  device.addEventListener("uncapturederror", (event) => {
    event.preventDefault();
    failure.message ??= `the device reported: ${event.error.message.split("\n")[0]}`;
  });
  return failure;
}

/** @throws DeviceError where the device was lost, or reported an error that no caller waited for */
export function checkDevice(device: GPUDevice): void {
  const failure = watch(device);
  if (failure.message !== undefined) throw new DeviceError(failure.message);
}

/** Whether the adapter computes on the CPU. */
export function isSoftware(device: GPUDevice): boolean {
  const { description, device: name, architecture, isFallbackAdapter } = device.adapterInfo;
  return isFallbackAdapter || /llvmpipe|lavapipe|swiftshader|software/i.test(`${description} ${name} ${architecture}`);
}

/** What people call the adapter. */
export function adapterName(device: GPUDevice): string {
  const { description, device: name, vendor, architecture } = device.adapterInfo;
  return description || name || [vendor, architecture].filter(Boolean).join(" ") || "unnamed adapter";
}

/** Which form of the kernels suits: lanes and shuffles on CPU adapters with subgroups of 8, workgroup memory elsewhere. */
export function profileFor(device: GPUDevice): Profile {
  const { subgroupMinSize, subgroupMaxSize } = device.adapterInfo;
  const eight = device.features.has("subgroups") && subgroupMinSize === 8 && subgroupMaxSize === 8;
  return eight && isSoftware(device) ? "cpu" : "gpu";
}
