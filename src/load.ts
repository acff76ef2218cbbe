import type { Engine } from "./engine";
import type { WalkSchedule } from "./engine_walk";
import { InputError } from "./errors";
import type { StorageBuffer } from "./gpu/buffer";
import { STATUS_NONE } from "./gpu/status";
import { packFrame, packParameters, packState, packTransposed } from "./kernels/pack";
import { startsApart } from "./kernels/schedule";
import type { Model } from "./model";

// What the host writes into an engine's buffers.

/** A network's weights. */
export function loadNetwork(engine: Engine, network: number, model: Model): void {
  const { sizes, layout, buffers } = engine;
  const at = network * layout.parameters;
  const padded = sizes.N < layout.NP;
  const data = padded ? packParameters(model, layout) : model.parameters.weight_hh_l0;
  buffers.parameters.write(data, at);
  // Not padded, large weights need not be copied: fresh memory is slow (gpu/pool.ts).
  if (!padded) buffers.parameters.write(packParameters(model, layout, "behind weight_hh"), at + layout.atWeightIh);
  const each = layout.gates * layout.NP ** 2;
  // Only the adjoint reads it.
  if (buffers.transposed.length >= each * (network + 1)) buffers.transposed.write(packTransposed(data, layout), network * each);
}

/** [B, T, S] inputs of a network; null: none. */
export function loadInputs(engine: Engine, network: number, x: Float32Array | null): void {
  const { B, T, S } = engine.sizes;
  const length = B * T * S;
  if (length === 0) return;
  if (x && x.length !== length)
    throw new InputError(`the input of network ${network} has ${x.length} numbers, [B, T, S] = [${B}, ${T}, ${S}] has ${length}`);
  engine.buffers.inputs.write(x ?? new Float32Array(length), network * length);
}

/**
 * Initial states and tangent frame of a network's trajectories.
 * @param h0 [B, D]
 * @param q0 [D, ≥ K], the same for every trajectory
 */
export function loadTrajectories({ sizes, layout, schedule, buffers }: Engine, network: number, h0: Float32Array, q0: Float32Array): void {
  const { B, N, K } = sizes;
  const D = layout.states * N;
  if (h0.length !== B * D) throw new InputError(`h0 has ${h0.length} numbers, [B, D] = [${B}, ${D}] has ${B * D}`);
  const frame = packFrame(q0, N, K, layout);
  const alone = !startsApart(schedule);
  const [records, tangents] = alone ? [buffers.records, buffers.tangents] : [buffers.firstRecords, buffers.firstTangents];
  const [slots, slot] = alone ? [schedule.slots, layout.slot] : [1, layout.KP * layout.D];
  for (let b = 0; b < B; b++) {
    const trajectory = network * B + b;
    records.write(packState(h0.subarray(b * D, (b + 1) * D), N, layout), trajectory * slots * layout.record * layout.NP);
    tangents.write(frame, trajectory * slots * slot);
  }
}

/** Target of all exponents of a network, or of each. */
export function loadTargets(engine: Engine, network: number, target: number | readonly number[]): void {
  const { K } = engine.sizes;
  const list = typeof target === "number" ? new Array<number>(K).fill(target) : target;
  if (list.length !== K) throw new InputError(`target has ${list.length} values: give one, or one for each of the k = ${K} exponents`);
  if (!list.every(Number.isFinite)) throw new InputError(`target = ${list.find((value) => !Number.isFinite(value))}: must be a finite number`);
  engine.buffers.targets.write(Float32Array.from(list), network * engine.layout.KP);
}

/** When each network's tangent vectors are orthonormalised, and its adjoint is corrected. */
export function loadSchedule(engine: Engine, networks: readonly WalkSchedule[]): void {
  networks.forEach((schedule, m) => {
    engine.loaded[m] = schedule;
  });
  engine.buffers.schedule.write(Uint32Array.from(networks.flatMap(({ interval, correction, dense = 0 }) => [interval, correction, dense])));
}

export function resetStatus(engine: Engine): void {
  const { status }: { status: StorageBuffer } = engine.buffers;
  status.write(new Uint32Array(status.length).fill(STATUS_NONE));
}
