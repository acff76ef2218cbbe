import { cells } from "../cells/index";
import { LimitError } from "../errors";
import { megabytes } from "../gpu/buffer";
import type { Profile } from "../gpu/device";
import { LOSS_BLOCK, SLAB, type TrainSizes, trainLayout } from "./train_sizes";

/** How a training epoch is cut up. No result depends on it (design 4, rule 0). */
export interface TrainSchedule {
  /** Steps a dispatch advances, a multiple of the blocks of the loss. */
  readonly chunk: number;
  readonly chunks: number;
  /** Slabs of the weight gradients that a dispatch computes. */
  readonly slabsTogether: number;
  /** Networks in each slice, which share the buffers of a walk. */
  readonly slices: readonly number[];
}

export interface TrainScheduleOptions {
  readonly profile: Profile;
  readonly limits: Pick<GPUSupportedLimits, "maxStorageBufferBindingSize">;
  readonly chunk?: number;
  readonly together?: number;
  /** Slabs of the weight gradients of a dispatch at most; default: by the work of one. */
  readonly slabs?: number;
}

/** Multiply-adds that one dispatch should do at most: about 100 ms on two cores. */
const DISPATCH_WORK: Readonly<Record<Profile, number>> = { cpu: 6e8, gpu: 4e9 };

/** @throws LimitError where not even one network fits a binding */
export function trainScheduleOf(
  sizes: TrainSizes,
  { profile, limits, chunk: wanted, together, slabs: most = Infinity }: TrainScheduleOptions,
): TrainSchedule {
  const { NP, BP, rows, adjoints, slabs, atStart } = trainLayout(sizes);
  const { record } = cells[sizes.cell];
  const largest = 4 * Math.max((sizes.T + 1) * record * NP * BP, adjoints, (slabs + 1) * atStart);
  const fit = Math.floor(limits.maxStorageBufferBindingSize / largest);
  if (fit < 1) {
    const what = `one network with a batch of ${sizes.B} and ${sizes.T} steps needs ${megabytes(largest)} in one binding`;
    throw new LimitError(
      `${what}, the adapter allows ${megabytes(limits.maxStorageBufferBindingSize)} (maxStorageBufferBindingSize); lower the batch or the steps`,
    );
  }
  const count = Math.ceil(sizes.M / Math.min(fit, together ?? fit));
  const slices = Array.from({ length: count }, (_, i) => Math.floor(((i + 1) * sizes.M) / count) - Math.floor((i * sizes.M) / count));
  const all = Math.ceil(sizes.T / LOSS_BLOCK) * LOSS_BLOCK;
  const affordable = DISPATCH_WORK[profile] / (slices[0] * BP * rows * NP);
  const steps = Math.floor(affordable / LOSS_BLOCK) * LOSS_BLOCK;
  const slabsTogether = Math.max(1, Math.min(slabs, most, Math.floor(affordable / SLAB)));
  const chunk = Math.max(LOSS_BLOCK, wanted ?? Math.min(steps, all));
  return { chunk, chunks: Math.ceil(sizes.T / chunk), slabsTogether, slices };
}
