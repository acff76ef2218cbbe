import { createParams, type ParamsBuffer } from "./gpu/params";
import { adamParams, adamValues } from "./kernels/adam";
import { drawParams } from "./kernels/draw_inputs";
import { lossParams } from "./kernels/flossing_loss";
import type { Schedule } from "./kernels/schedule";
import type { KernelShape } from "./kernels/shape";
import { BLOCK, type Sizes } from "./kernels/sizes";
import { stepParams, stepSizes } from "./kernels/stepwise";
import { walkParams, walkSizes } from "./kernels/walk_forward";
import { gradientParams, gradientSizes } from "./kernels/weight_gradient";

/** The uniforms of an engine. */
export type Params = {
  readonly loss: ParamsBuffer<keyof typeof lossParams>;
  /** Of walk_forward and walk_adjoint; the last slot walks nothing. */
  readonly walk: ParamsBuffer<keyof typeof walkParams>;
  /** Of the stages of a step; the last slot walks nothing. */
  readonly step: ParamsBuffer<keyof typeof stepParams>;
  readonly gradient: ParamsBuffer<keyof typeof gradientParams>;
  readonly adam: ParamsBuffer<keyof typeof adamParams>;
  readonly draw: ParamsBuffer<keyof typeof drawParams>;
};

/** Turns of a fused walk: one a chunk, and one more where two groups walk one behind the other. */
export function turnsOf({ chunks, groups }: Schedule): number {
  return chunks + groups - 1;
}

/** Slot of `walk` for a turn of a slice, forward or backward. */
export function turnSlot(schedule: Schedule, slice: number, turn: number, backward: boolean): number {
  return 2 * (slice * turnsOf(schedule) + turn) + Number(backward);
}

/** A turn of `steps` steps around a pause of a fused walk: chunk number of the first group, end of what is walked, groups. */
interface PauseTurn {
  readonly chunk: number;
  readonly end: number;
  readonly groups: number;
}

/** The part of a fused forward walk around its pause: in chunks so short that one ends there, until the walk's own chunks go on. */
export interface AroundPause {
  /** Of a turn. */
  readonly steps: number;
  /** First and last chunk of the walk, the latter not included, that the turns stand for. */
  readonly from: number;
  readonly to: number;
  readonly turns: readonly PauseTurn[];
  /** How many of them are before the pause. */
  readonly before: number;
}

export function aroundPause({ pause, chunk, chunks, groups }: Schedule): AroundPause | undefined {
  if (pause === 0) return undefined;
  const steps = Math.min(BLOCK, chunk);
  // The second group is a chunk behind and must come to the pause as well, from the beginning on.
  const from = groups === 1 ? Math.ceil(pause / chunk) - 1 : 0;
  const to = Math.min(chunks, Math.ceil(pause / chunk));
  const [first, middle, last] = [(from * chunk) / steps, pause / steps, (to * chunk) / steps];
  const turns = (begin: number, end: number): PauseTurn[] =>
    Array.from({ length: begin === end ? 0 : end - begin + groups - 1 }, (_, i) => ({
      ...{ chunk: begin + i, end: end * steps },
      // The second group has walked the chunk before.
      groups: i === 0 && begin > first ? 1 : groups,
    }));
  const before = turns(first, middle);
  return { steps, from, to, turns: [...before, ...turns(middle, last)], before: before.length };
}

/** Slot of `walk` for turn n of those around a pause. */
export function pauseSlot(schedule: Schedule, slice: number, n: number): number {
  return 2 * schedule.slices.length * turnsOf(schedule) + slice * (aroundPause(schedule)?.turns.length ?? 0) + n;
}

/** Slot of `step` for step t of a segment of a slice; a segment also has the step that it begins after. */
export function stepSlot({ segment, segments }: Schedule, slice: number, number: number, t: number): number {
  return (slice * segments + number) * (segment + 1) + t - number * segment;
}

/** Slots of the uniforms, slice by slice. */
export function createAllParams(device: GPUDevice, sizes: Sizes, schedule: Schedule, shape: KernelShape): Params {
  const count = schedule.slices.length;
  const fused = schedule.steps === "fused";
  const walk = createParams(device, "walk.params", walkParams, fused ? pauseSlot(schedule, count, 0) + 1 : 1);
  const step = createParams(device, "step.params", stepParams, fused ? 1 : (schedule.segment + 1) * schedule.segments * count + 1);
  const gradient = createParams(device, "weight_gradient.params", gradientParams, schedule.chunks * count);
  const loss = createParams(device, "flossing_loss.params", lossParams, count);
  const adam = createParams(device, "adam.params", adamParams, count);
  let network = 0;
  schedule.slices.forEach((networks, slice) => {
    if (fused) writeTurns(walk, sizes, schedule, slice, network * sizes.B);
    else writeSteps(step, sizes, schedule, shape, slice, network * sizes.B);
    for (let n = 0; n < schedule.chunks; n++) gradient.write(slice * schedule.chunks + n, { chunk: n, network, ...gradientSizes(sizes, schedule) });
    loss.write(slice, { network, ...sizes });
    adam.write(slice, adamValues(sizes, network));
    network += networks;
  });
  walk.write(walk.slots - 1, { chunk: 0xffffffff, split: 0, trajectory: 0, ...walkSizes(sizes, schedule) });
  step.write(step.slots - 1, { t: 0, begin: 0, end: 0, trajectory: 0, ...stepSizes(sizes, schedule, shape) });
  const draw = createParams(device, "draw_inputs.params", drawParams, 1);
  const all = { walk, step, gradient, loss, adam, draw };
  for (const buffer of Object.values(all)) buffer.flush();
  return all;
}

function writeTurns(walk: Params["walk"], sizes: Sizes, schedule: Schedule, slice: number, trajectory: number): void {
  const fixed = { trajectory, ...walkSizes(sizes, schedule) };
  for (let n = 0; n < turnsOf(schedule); n++) {
    walk.write(turnSlot(schedule, slice, n, false), { chunk: n, split: schedule.split, ...fixed });
    walk.write(turnSlot(schedule, slice, n, true), { chunk: n, split: schedule.splitAdjoint, ...fixed });
  }
  const around = aroundPause(schedule);
  around?.turns.forEach(({ chunk, end }, n) => {
    walk.write(pauseSlot(schedule, slice, n), { ...fixed, chunk, split: schedule.split, chunk_steps: around.steps, end });
  });
}

function writeSteps(step: Params["step"], sizes: Sizes, schedule: Schedule, shape: KernelShape, slice: number, trajectory: number): void {
  const fixed = { trajectory, ...stepSizes(sizes, schedule, shape) };
  for (let number = 0; number < schedule.segments; number++) {
    const begin = number * schedule.segment;
    const end = Math.min(sizes.T, begin + schedule.segment);
    for (let t = begin; t <= end; t++) step.write(stepSlot(schedule, slice, number, t), { t, begin, end, ...fixed });
  }
}
