/** Bytes from which a buffer is kept, and of all that are kept on a device. */
const LEAST = 2 ** 16;
const MOST = 2 ** 26;

/** Storage buffers that wait for their next owner, the one given back last behind the others. */
const kept = new WeakMap<GPUDevice, GPUBuffer[]>();

/**
 * A zeroed buffer that was given back, if one has this size. Fresh memory is slow where the adapter computes on the CPU: the
 * first touch of each page of 4 KB costs about 12 µs on llvmpipe, ten times what clearing it does.
 */
export function takeBuffer(device: GPUDevice, size: number): GPUBuffer | undefined {
  const shelf = kept.get(device) ?? [];
  const at = shelf.findLastIndex((buffer) => buffer.size === size);
  return at < 0 ? undefined : shelf.splice(at, 1)[0];
}

/**
 * Keeps a buffer for `takeBuffer`, or destroys it, and the oldest ones that pass the limit. It is cleared now, in queue order:
 * while commands that use it are under way, Dawn writes to it by way of fresh memory.
 */
export function giveBack(device: GPUDevice, buffer: GPUBuffer): void {
  if (buffer.size < LEAST || buffer.size > MOST) {
    buffer.destroy();
    return;
  }
  const encoder = device.createCommandEncoder({ label: "clear" });
  encoder.clearBuffer(buffer);
  device.queue.submit([encoder.finish()]);
  const shelf = kept.get(device) ?? [];
  kept.set(device, shelf);
  shelf.push(buffer);
  let bytes = shelf.reduce((sum, { size }) => sum + size, 0);
  while (bytes > MOST) {
    const oldest = shelf.shift();
    bytes -= oldest?.size ?? bytes;
    oldest?.destroy();
  }
}
