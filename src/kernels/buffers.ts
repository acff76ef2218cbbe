import { createStorage, type StorageBuffer } from "../gpu/buffer";
import { STATUS_NONE } from "../gpu/status";
import { type Schedule, trajectoryElements } from "./schedule";
import { layoutOf, type Sizes } from "./sizes";

/** What a walk keeps of the networks of one slice; shapes as in shaders/walk_forward.wgsl. */
export interface Slice {
  readonly records: StorageBuffer;
  readonly tangents: StorageBuffer;
  readonly triangles: StorageBuffer;
}

/** All buffers of an engine; shapes as in the shaders' headers. */
export interface Buffers {
  readonly parameters: StorageBuffer;
  readonly transposed: StorageBuffer;
  readonly gradient: StorageBuffer;
  readonly moments: StorageBuffer;
  readonly rates: StorageBuffer;
  readonly schedule: StorageBuffer;
  readonly inputs: StorageBuffer;
  readonly targets: StorageBuffer;
  readonly exponents: StorageBuffer;
  readonly lossWeights: StorageBuffer;
  readonly logR: StorageBuffer;
  readonly blockSums: StorageBuffer;
  readonly summary: StorageBuffer;
  readonly status: StorageBuffer;
  readonly slices: readonly Slice[];
  /** Shared by the slices, which go back one after the other. */
  readonly adjoints: StorageBuffer;
  readonly rows: StorageBuffer;
  destroy(): void;
}

/** @throws LimitError where a buffer is larger than the device allows; nothing stays allocated then */
export function allocate(device: GPUDevice, sizes: Sizes, schedule: Schedule, gradient: boolean): Buffers {
  const made: StorageBuffer[] = [];
  const destroy = () => {
    for (const storage of made) storage.destroy();
  };
  const make = (label: string, content: number | Float32Array | Uint32Array, remedy?: string): StorageBuffer => {
    const storage = createStorage(device, label, content, remedy ?? "run fewer networks together");
    made.push(storage);
    return storage;
  };
  try {
    return { ...allocateAll(make, sizes, schedule, gradient), destroy };
  } catch (error) {
    destroy();
    throw error;
  }
}

type Make = (label: string, content: number | Float32Array | Uint32Array, remedy?: string) => StorageBuffer;

function allocateAll(make: Make, sizes: Sizes, schedule: Schedule, gradient: boolean): Omit<Buffers, "destroy"> {
  const { M, B, T, S } = sizes;
  const { NP, KP, gates, parameters, blocks } = layoutOf(sizes);
  const each = trajectoryElements(sizes, schedule);
  const widest = Math.max(...schedule.slices) * B;
  const back = gradient ? M : 0;
  return {
    parameters: make("parameters", M * parameters),
    transposed: make("transposed", M * gates * NP * NP),
    gradient: make("gradient", back * parameters),
    moments: make("moments", 2 * back * parameters),
    rates: make("rates", 4 * M),
    schedule: make("schedule", new Uint32Array(2 * M).fill(1)),
    inputs: make("inputs", Math.max(4, M * B * T * S), "lower the steps, the inputs or the batch"),
    targets: make("targets", M * KP),
    exponents: make("exponents", M * B * KP),
    lossWeights: make("loss_weights", M * B * KP),
    logR: make("log_r", M * B * T * KP, "lower the steps"),
    blockSums: make("block_sums", M * B * blocks * KP, "lower the steps"),
    summary: make("summary", 2 * M),
    status: make("status", new Uint32Array(M * B).fill(STATUS_NONE)),
    slices: schedule.slices.map((networks, i) => ({
      records: make(`records.${i}`, networks * B * each.records),
      tangents: make(`tangents.${i}`, networks * B * each.tangents),
      triangles: make(`triangles.${i}`, networks * B * each.triangles),
    })),
    adjoints: make("adjoints", gradient ? widest * each.adjoints : 4),
    rows: make("rows", gradient ? widest * each.rows : 4),
  };
}
