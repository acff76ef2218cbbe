import { createStorage, type StorageBuffer } from "../gpu/buffer";
import { STATUS_NONE } from "../gpu/status";
import { type Schedule, startsApart, trajectoryElements } from "./schedule";
import { layoutOf, type Sizes } from "./sizes";

/** All buffers of an engine; shapes as in the shaders' headers. */
export interface Buffers {
  readonly parameters: StorageBuffer;
  readonly transposed: StorageBuffer;
  readonly gradient: StorageBuffer;
  /** Adam's, [M, PARAMETERS]; empty where no updates are made. */
  readonly firstMoments: StorageBuffer;
  readonly secondMoments: StorageBuffer;
  readonly rates: StorageBuffer;
  readonly schedule: StorageBuffer;
  /** Which random numbers each network draws. */
  readonly places: StorageBuffer;
  readonly inputs: StorageBuffer;
  readonly targets: StorageBuffer;
  readonly exponents: StorageBuffer;
  readonly lossWeights: StorageBuffer;
  readonly blockSums: StorageBuffer;
  readonly summary: StorageBuffer;
  readonly status: StorageBuffer;
  /** State and tangent vectors that trajectories start with, put back before a slice walks; empty where nothing overwrites them. */
  readonly firstRecords: StorageBuffer;
  readonly firstTangents: StorageBuffer;
  /** State and tangent vectors between the segments of a slice's walk. */
  readonly checkpointRecords: StorageBuffer;
  readonly checkpointTangents: StorageBuffer;
  // From here on shared by the slices, which walk one after the other.
  readonly records: StorageBuffer;
  readonly tangents: StorageBuffer;
  readonly triangles: StorageBuffer;
  readonly logR: StorageBuffer;
  readonly adjoints: StorageBuffer;
  readonly rows: StorageBuffer;
  destroy(): void;
}

/** What an engine computes: `update`, whether Adam follows a gradient. */
export interface Uses {
  readonly gradient: boolean;
  readonly update: boolean;
}

/** @throws LimitError where a buffer is larger than the device allows; nothing stays allocated then */
export function allocate(device: GPUDevice, sizes: Sizes, schedule: Schedule, uses: Uses): Buffers {
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
    return { ...allocateAll(make, sizes, schedule, uses), destroy };
  } catch (error) {
    destroy();
    throw error;
  }
}

type Make = (label: string, content: number | Float32Array | Uint32Array, remedy?: string) => StorageBuffer;

function allocateAll(make: Make, sizes: Sizes, schedule: Schedule, { gradient, update }: Uses): Omit<Buffers, "destroy"> {
  const { M, B, T, S } = sizes;
  const { NP, KP, D, gates, record, parameters, blocks } = layoutOf(sizes);
  const each = trajectoryElements(sizes, schedule);
  const widest = Math.max(...schedule.slices) * B;
  const back = gradient ? M : 0;
  const starts = startsApart(schedule) ? M * B : 0;
  const kept = (schedule.segments - 1) * widest;
  const few = "lower the steps, the batch or k";
  return {
    parameters: make("parameters", M * parameters),
    transposed: make("transposed", gradient ? M * gates * NP * NP : 4),
    gradient: make("gradient", back * parameters),
    firstMoments: make("first_moments", update ? M * parameters : 4),
    secondMoments: make("second_moments", update ? M * parameters : 4),
    rates: make("rates", 8 * M),
    schedule: make(
      "schedule",
      Uint32Array.from({ length: 3 * M }, (_, i) => Number(i % 3 < 2)),
    ),
    places: make("places", 4 * sizes.M),
    inputs: make("inputs", Math.max(4, M * B * T * S), "lower the steps, the inputs or the batch"),
    targets: make("targets", M * KP),
    exponents: make("exponents", M * B * KP),
    lossWeights: make("loss_weights", M * B * KP),
    blockSums: make("block_sums", M * B * blocks * KP, "lower the steps"),
    summary: make("summary", 2 * M),
    status: make("status", new Uint32Array(M * B).fill(STATUS_NONE)),
    firstRecords: make("first_records", starts * record * NP),
    firstTangents: make("first_tangents", starts * KP * D),
    checkpointRecords: make("checkpoint_records", kept * record * NP, few),
    checkpointTangents: make("checkpoint_tangents", kept * KP * D, few),
    records: make("records", widest * each.records),
    tangents: make("tangents", widest * each.tangents),
    triangles: make("triangles", widest * each.triangles),
    logR: make("log_r", widest * each.logR, "lower the steps"),
    adjoints: make("adjoints", gradient ? widest * each.adjoints : 4),
    rows: make("rows", gradient ? widest * each.rows : 4),
  };
}
