import type { Here, WalkerContext } from "./engine_walk";
import type { Copies } from "./gpu/plan";
import { layoutOf } from "./kernels/sizes";

// State and tangent vectors of a slice's trajectories between the walk's buffers and where they are kept. Checkpoint c is
// before step c · segment + 1; 0 are the starts of all networks.

/** Keeps a checkpoint; not 0. */
export function save(context: WalkerContext, here: Here, checkpoint: number): Copies {
  return copies(context, here, checkpoint, false);
}

/** Puts a checkpoint back. */
export function restore(context: WalkerContext, here: Here, checkpoint: number): Copies {
  return copies(context, here, checkpoint, true);
}

function copies({ sizes, schedule, buffers }: WalkerContext, { first, networks }: Here, checkpoint: number, back: boolean): Copies {
  const { record, NP, KP, D, slot } = layoutOf(sizes);
  const start = checkpoint === 0;
  const [keptRecords, keptTangents] = start ? [buffers.firstRecords, buffers.firstTangents] : [buffers.checkpointRecords, buffers.checkpointTangents];
  const widest = Math.max(...schedule.slices) * sizes.B;
  const at = (checkpoint * schedule.segment) % schedule.slots;
  const part = (here: number, kept: GPUBuffer, walk: GPUBuffer, elements: number, stride: number) => {
    const place = 4 * elements * (start ? first * sizes.B + here : (checkpoint - 1) * widest + here);
    const walkPlace = 4 * stride * (here * schedule.slots + at);
    return back
      ? { from: kept, at: place, to: walk, toAt: walkPlace, bytes: 4 * elements }
      : { from: walk, at: walkPlace, to: kept, toAt: place, bytes: 4 * elements };
  };
  return {
    copies: Array.from({ length: networks * sizes.B }, (_, here) => [
      part(here, keptRecords.buffer, buffers.records.buffer, record * NP, record * NP),
      part(here, keptTangents.buffer, buffers.tangents.buffer, KP * D, slot),
    ]).flat(),
  };
}
