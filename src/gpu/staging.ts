/** Bytes from which a write goes through a staging buffer that is kept; below, the queue's own way is as good. */
const LEAST = 2 ** 20;
/** Bytes of staging buffers that are kept on a device. */
const MOST = 2 ** 26;

/** Staging buffers that are mapped and wait for their next write. */
const kept = new WeakMap<GPUDevice, GPUBuffer[]>();

/**
 * Writes to a buffer at byte `at`, in queue order. Large writes go through memory that is kept: Dawn takes fresh memory for
 * most writes of 4 MB and more, whose pages cost ten times the copy on llvmpipe.
 */
export function writeTo(device: GPUDevice, buffer: GPUBuffer, at: number, { buffer: source, byteOffset, byteLength }: ArrayBufferView): void {
  if (byteLength < LEAST) {
    device.queue.writeBuffer(buffer, at, source as ArrayBuffer, byteOffset, byteLength);
    return;
  }
  const staging = takeStaging(device, byteLength);
  new Uint8Array(staging.getMappedRange(0, byteLength)).set(new Uint8Array(source, byteOffset, byteLength));
  staging.unmap();
  const encoder = device.createCommandEncoder({ label: "write" });
  encoder.copyBufferToBuffer(staging, 0, buffer, at, byteLength);
  device.queue.submit([encoder.finish()]);
  void keep(device, staging);
}

function takeStaging(device: GPUDevice, size: number): GPUBuffer {
  const shelf = kept.get(device) ?? [];
  const at = shelf.findIndex((staging) => staging.size === size);
  if (at >= 0) return shelf.splice(at, 1)[0];
  return device.createBuffer({ label: "staging", size, usage: GPUBufferUsage.MAP_WRITE | GPUBufferUsage.COPY_SRC, mappedAtCreation: true });
}

async function keep(device: GPUDevice, staging: GPUBuffer): Promise<void> {
  const shelf = kept.get(device) ?? [];
  kept.set(device, shelf);
  try {
    await staging.mapAsync(GPUMapMode.WRITE);
  } catch {
    // The device is lost or destroyed.
    return;
  }
  // Asked only now: many writes may have been under way together.
  if (shelf.reduce((sum, { size }) => sum + size, staging.size) > MOST) staging.destroy();
  else shelf.push(staging);
}
