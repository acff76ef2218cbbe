import { LimitError } from "../errors";

const live = new WeakMap<GPUDevice, { bytes: number }>();

/** Bytes of GPU memory that this library holds on the device. */
export function liveBytes(device: GPUDevice): number {
  return live.get(device)?.bytes ?? 0;
}

function count(device: GPUDevice, bytes: number): void {
  const entry = live.get(device) ?? { bytes: 0 };
  entry.bytes += bytes;
  live.set(device, entry);
}

/** A storage buffer of 4-byte numbers that owns its memory. */
export interface StorageBuffer {
  readonly buffer: GPUBuffer;
  /** 4-byte elements. */
  readonly length: number;
  /** Writes from element `at` on, in queue order. */
  write(data: Float32Array | Uint32Array, at?: number): void;
  destroy(): void;
}

/**
 * Creates a zeroed storage buffer, or one with `content`.
 * @throws LimitError where it is larger than the device allows; `remedy` says what to lower
 */
export function createStorage(
  device: GPUDevice,
  label: string,
  content: number | Float32Array | Uint32Array,
  remedy = "lower the sizes",
): StorageBuffer {
  const length = typeof content === "number" ? content : content.length;
  const size = Math.max(16, Math.ceil(length / 4) * 16);
  const allows = device.limits.maxBufferSize;
  if (size > allows)
    throw new LimitError(`${label} needs ${megabytes(size)}, the adapter allows ${megabytes(allows)} a buffer (maxBufferSize); ${remedy}`);
  const usage = GPUBufferUsage.STORAGE | GPUBufferUsage.COPY_SRC | GPUBufferUsage.COPY_DST;
  const buffer = device.createBuffer({ label, size, usage });
  count(device, size);
  const storage: StorageBuffer = {
    buffer,
    length,
    write(data, at = 0) {
      device.queue.writeBuffer(buffer, at * 4, data.buffer as ArrayBuffer, data.byteOffset, data.byteLength);
    },
    destroy() {
      buffer.destroy();
      count(device, -size);
    },
  };
  if (typeof content !== "number") storage.write(content);
  return storage;
}

export function megabytes(bytes: number): string {
  return bytes < 1e5 ? `${bytes} bytes` : `${(bytes / 2 ** 20).toFixed(1)} MiB`;
}

/** A part of a buffer to read, in 4-byte elements. */
export interface Part {
  readonly source: StorageBuffer;
  readonly at?: number;
  readonly length?: number;
}

/** A staging buffer that reads the same parts again and again without allocating GPU memory. */
export interface Reader {
  /** Records the copies. */
  encode(encoder: GPUCommandEncoder): void;
  /** The parts' bytes, once the commands have run. */
  read(): Promise<ArrayBuffer[]>;
  destroy(): void;
}

export function createReader(device: GPUDevice, label: string, parts: readonly Part[]): Reader {
  const sizes = parts.map((part) => (part.length ?? part.source.length - (part.at ?? 0)) * 4);
  const offsets = sizes.map((_, i) => sizes.slice(0, i).reduce((sum, size) => sum + size, 0));
  const size = Math.max(
    16,
    sizes.reduce((sum, bytes) => sum + bytes, 0),
  );
  const staging = device.createBuffer({ label, size, usage: GPUBufferUsage.MAP_READ | GPUBufferUsage.COPY_DST });
  count(device, size);
  return {
    encode(encoder) {
      parts.forEach((part, i) => {
        encoder.copyBufferToBuffer(part.source.buffer, (part.at ?? 0) * 4, staging, offsets[i], sizes[i]);
      });
    },
    async read() {
      await staging.mapAsync(GPUMapMode.READ);
      const mapped = staging.getMappedRange();
      const result = parts.map((_, i) => mapped.slice(offsets[i], offsets[i] + sizes[i]));
      staging.unmap();
      return result;
    },
    destroy() {
      staging.destroy();
      count(device, -size);
    },
  };
}

/** Reads parts once, in one submission. */
export async function download(device: GPUDevice, parts: readonly Part[]): Promise<ArrayBuffer[]> {
  const reader = createReader(device, "download", parts);
  try {
    const encoder = device.createCommandEncoder({ label: "download" });
    reader.encode(encoder);
    device.queue.submit([encoder.finish()]);
    return await reader.read();
  } finally {
    reader.destroy();
  }
}
