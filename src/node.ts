import { InputError } from "./errors";
import { isSoftware, requestDevice } from "./gpu/device";
import { restBy } from "./gpu/wait";

/** Every object that `create()` of `webgpu` returned: Node crashes where one is collected while its device is in use. */
const instances: GPU[] = [];

export interface NodeDeviceOptions {
  /** Part of the adapter's name, or `software` for one that computes on the CPU. Default: Dawn's first choice. */
  readonly adapter?: string;
}

/** Names that Dawn knows its software adapters by. */
const softwareNames = ["llvmpipe", "swiftshader"];

/**
 * A WebGPU device in Node, through Dawn (npm `webgpu`). While this library waits for a software adapter, the thread rests for
 * half a millisecond at a time between turns of the event loop.
 * @throws InputError where there is no adapter, or none of that name
 */
export async function requestNodeDevice(options: NodeDeviceOptions = {}): Promise<GPUDevice> {
  const { create } = await loadDawn();
  const names = options.adapter === undefined ? [""] : options.adapter === "software" ? softwareNames : [options.adapter];
  for (const name of names) {
    const gpu = create(["disable-dawn-features=timestamp_quantization", ...(name ? [`adapter=${name}`] : [])]);
    instances.push(gpu);
    if (await available(gpu)) return restful(await requestDevice(gpu));
  }
  if (options.adapter !== undefined)
    throw new InputError(`no adapter has '${options.adapter}' in its name: leave --adapter out, or run 'npm run setup' for the software adapter`);
  throw new InputError("no WebGPU adapter found: run 'npm run setup', which installs a software adapter where there is no GPU");
}

/** Milliseconds between two looks for a result. */
const REST_MS = 0.5;
const nobody = new Int32Array(new SharedArrayBuffer(4));

/** While a promise is pending, dawn.node looks for it in every turn of the event loop, on a core that a software adapter computes with. */
function restful(device: GPUDevice): GPUDevice {
  if (isSoftware(device)) {
    restBy(device, () => {
      Atomics.wait(nobody, 0, 0, REST_MS);
      return new Promise((resolve) => setImmediate(resolve));
    });
  }
  return device;
}

async function available(gpu: GPU): Promise<boolean> {
  try {
    return (await gpu.requestAdapter()) !== null;
  } catch {
    return false;
  }
}

async function loadDawn(): Promise<typeof import("webgpu")> {
  // Mesa complains on stderr without it.
  process.env.XDG_RUNTIME_DIR ??= "/tmp";
  try {
    const dawn = await import("webgpu");
    Object.assign(globalThis, dawn.globals);
    return dawn;
  } catch (error) {
    throw new InputError(`the package 'webgpu' does not load (${(error as Error).message.split("\n")[0]}): run 'npm run setup'`);
  }
}
