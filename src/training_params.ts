import { createParams } from "./gpu/params";
import { drawTaskParams } from "./kernels/draw_task";
import { trainWalkParams, trainWalkSizes } from "./kernels/train_forward";
import { trainGradientParams } from "./kernels/train_gradient";
import type { TrainSchedule } from "./kernels/train_schedule";
import { type TrainSizes, trainLayout } from "./kernels/train_sizes";
import { type ClipKind, trainUpdateParams, trainUpdateValues } from "./kernels/train_update";

/** The uniforms of a training engine. */
export type TrainParams = ReturnType<typeof createTrainParams>;

/** Slots: for each slice its chunks, then those for the last step's error alone; one more that walks nothing. */
export function createTrainParams(device: GPUDevice, sizes: TrainSizes, { slices, chunk, chunks, slabsTogether }: TrainSchedule, clip: ClipKind) {
  const count = slices.length;
  const { slabs } = trainLayout(sizes);
  const products = Math.ceil(slabs / slabsTogether);
  const walk = createParams(device, "train_walk.params", trainWalkParams, 2 * chunks * count + 1);
  const gradient = createParams(device, "train_gradient.params", trainGradientParams, count * products + 1);
  const update = createParams(device, "train_update.params", trainUpdateParams, 2 * count);
  const draw = createParams(device, "draw_task.params", drawTaskParams, 1);
  const fixed = trainWalkSizes(sizes);
  const { T } = sizes;
  let network = 0;
  slices.forEach((networks, slice) => {
    for (let n = 0; n < chunks; n++) {
      const place = { ...fixed, network, first: n * chunk, last: Math.min(T, (n + 1) * chunk) };
      walk.write(2 * (slice * chunks + n), place);
      walk.write(2 * (slice * chunks + n) + 1, { ...place, errors_from: T - 1 });
    }
    for (let n = 0; n < products; n++) gradient.write(slice * products + n, { network, zero: 0, T, slabs, first_slab: n * slabsTogether });
    update.write(2 * slice, trainUpdateValues(sizes, network, clip));
    update.write(2 * slice + 1, trainUpdateValues(sizes, network));
    network += networks;
  });
  walk.write(2 * chunks * count, { ...fixed, network: 0, first: T, last: T });
  gradient.write(count * products, { network: 0, zero: 0, T, slabs: 0, first_slab: 0 });
  const all = { walk, gradient, update, draw };
  for (const buffer of Object.values(all)) buffer.flush();
  return all;
}
