import { LimitError } from "../errors";
import { giveBack, takeBuffer } from "./pool";
import { writeTo } from "./staging";

const live = new WeakMap<GPUDevice, { bytes: number }>();

/** Bytes of GPU memory that this library uses on the device, without what it keeps for later (pool.ts). */
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
  for (const limit of ["maxBufferSize", "maxStorageBufferBindingSize"] as const) {
    if (size > device.limits[limit])
      throw new LimitError(`${label} needs ${megabytes(size)}, the adapter allows ${megabytes(device.limits[limit])} (${limit}); ${remedy}`);
  }
  const usage = GPUBufferUsage.STORAGE | GPUBufferUsage.COPY_SRC | GPUBufferUsage.COPY_DST;
  const buffer = takeBuffer(device, size) ?? device.createBuffer({ size, usage });
  buffer.label = label;
  count(device, size);
  let owned = true;
  const storage: StorageBuffer = {
    buffer,
    length,
    write(data, at = 0) {
      writeTo(device, buffer, at * 4, data);
    },
    destroy() {
      // Given back twice, it would have two owners.
      if (!owned) return;
      owned = false;
      giveBack(device, buffer);
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

/** A ring of staging slots, each for the same parts, read several at once without allocating GPU memory. */
export interface Ring {
  /** Records the copies into a slot. */
  encode(encoder: GPUCommandEncoder, slot: number): void;
  /** The parts' bytes of the slots 0 … count − 1, once the commands have run. */
  read(count: number): Promise<ArrayBuffer[][]>;
  destroy(): void;
}

export function createRing(device: GPUDevice, label: string, parts: readonly Part[], slots: number): Ring {
  const sizes = parts.map((part) => (part.length ?? part.source.length - (part.at ?? 0)) * 4);
  let end = 0;
  const offsets = sizes.map((bytes) => {
    end += bytes;
    return end - bytes;
  });
  // Mapped ranges end on multiples of 8 bytes.
  const stride = Math.ceil((end + 1) / 8) * 8;
  const size = stride * slots;
  const staging = device.createBuffer({ label, size, usage: GPUBufferUsage.MAP_READ | GPUBufferUsage.COPY_DST });
  count(device, size);
  return {
    encode(encoder, slot) {
      parts.forEach((part, i) => {
        encoder.copyBufferToBuffer(part.source.buffer, (part.at ?? 0) * 4, staging, slot * stride + offsets[i], sizes[i]);
      });
    },
    async read(slotCount) {
      await staging.mapAsync(GPUMapMode.READ, 0, slotCount * stride);
      const mapped = staging.getMappedRange(0, slotCount * stride);
      const slotOf = (slot: number) => parts.map((_, i) => mapped.slice(slot * stride + offsets[i], slot * stride + offsets[i] + sizes[i]));
      const result = Array.from({ length: slotCount }, (_, slot) => slotOf(slot));
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
  const ring = createRing(device, "download", parts, 1);
  try {
    const encoder = device.createCommandEncoder({ label: "download" });
    ring.encode(encoder, 0);
    device.queue.submit([encoder.finish()]);
    return (await ring.read(1))[0];
  } finally {
    ring.destroy();
  }
}
