import { cells } from "../cells/index";
import { LimitError } from "../errors";
import { megabytes } from "../gpu/buffer";
import type { Profile } from "../gpu/device";
import { BLOCK, type Layout, layoutOf, type Sizes } from "./sizes";

/** How a walk is cut up. No result depends on it (design 4, rule 0). */
export interface Schedule {
  /** Steps a dispatch advances, a multiple of BLOCK. */
  readonly chunk: number;
  readonly chunks: number;
  /** Groups of panels that walk one behind the other, 1 or 2. */
  readonly groups: number;
  /** First panel of the second group, forward and backward; the number of panels where there is one group. */
  readonly split: number;
  readonly splitAdjoint: number;
  /** Steps kept of states and tangents, of triangles, and of adjoints and rows. */
  readonly slots: number;
  readonly rSlots: number;
  readonly ring: number;
  /** Networks in each slice, which share the buffers of a walk: what fits the bindings and the memory. */
  readonly slices: readonly number[];
}

export interface ScheduleOptions {
  readonly gradient: boolean;
  readonly profile: Profile;
  readonly limits: Pick<GPUSupportedLimits, "maxStorageBufferBindingSize">;
  /** Steps a dispatch advances; default: by the work of a step. */
  readonly chunk?: number;
  readonly groups?: 1 | 2;
  /** Networks of a slice at most; default: as many as fit the bindings. */
  readonly together?: number;
}

/** Multiply-adds that one dispatch should do at most: about 100 ms on two cores. */
const DISPATCH_WORK: Readonly<Record<Profile, number>> = { cpu: 4e8, gpu: 4e9 };
/** Trajectories below which a second group of panels fills the adapter better. */
const FEW_TRAJECTORIES: Readonly<Record<Profile, number>> = { cpu: 7, gpu: 64 };

/** @throws LimitError where not even one network fits a binding */
export function scheduleOf(sizes: Sizes, options: ScheduleOptions): Schedule {
  const layout = layoutOf(sizes);
  const trajectories = Math.min(sizes.M, options.together ?? sizes.M) * sizes.B;
  const few = trajectories <= FEW_TRAJECTORIES[options.profile];
  const groups = layout.panels === 1 ? 1 : (options.groups ?? (few ? 2 : 1));
  const most = Math.ceil(sizes.T / BLOCK) * BLOCK;
  const chunk = options.chunk ?? chunkFor(sizes, layout, options.profile, groups, most);
  const all = options.gradient ? sizes.T + 1 : Math.min(sizes.T + 1, (groups + 1) * chunk + 1);
  const cut = {
    chunk,
    chunks: Math.ceil(sizes.T / chunk),
    groups,
    split: groups > 1 ? splitFor(layout, forwardCosts(layout)) : layout.panels,
    splitAdjoint: groups > 1 ? splitFor(layout, adjointCosts(layout)) : layout.panels,
    slots: all,
    rSlots: options.gradient ? sizes.T : 1,
    ring: chunk * groups,
  };
  return { ...cut, slices: slicesOf(sizes, layout, cut, options) };
}

function chunkFor(sizes: Sizes, layout: Layout, profile: Profile, groups: number, most: number): number {
  const work = sizes.M * sizes.B * (layout.gates * layout.NP ** 2 * layout.KP + 2 * layout.D * layout.KP ** 2);
  const steps = Math.floor(DISPATCH_WORK[profile] / work / BLOCK) * BLOCK;
  // Two groups fill up over one chunk and run empty over another: short chunks keep both busy.
  return Math.max(BLOCK, Math.min(steps, most, groups > 1 ? 2 * BLOCK : most, 16 * BLOCK));
}

/** Relative cost of a panel, in products of a panel's columns with as many rows. */
function forwardCosts({ panel, panels, NP, gates, D }: Layout): number[] {
  return Array.from({ length: panels }, (_, p) => (gates * NP * NP) / panel + (2 * p + 6) * D);
}

function adjointCosts({ panel, panels, NP, gates, D }: Layout): number[] {
  return Array.from({ length: panels }, (_, p) => (gates * NP * NP) / panel + (2 * p + 2 + (panels - p) + 1) * D);
}

/** First panel of the second group, so that both groups have about the same to do. */
function splitFor({ panels }: Layout, costs: readonly number[]): number {
  const sum = (from: number, to: number) => costs.slice(from, to).reduce((total, cost) => total + cost, 0);
  let best = panels;
  for (let split = 1; split < panels; split++) {
    if (Math.max(sum(0, split), sum(split, panels)) < Math.max(sum(0, best), sum(best, panels))) best = split;
  }
  return best;
}

/** Elements of each sliced buffer for one trajectory. */
export function trajectoryElements(sizes: Sizes, schedule: Pick<Schedule, "slots" | "rSlots" | "ring">) {
  const { NP, KP, D, gates, states, record, slot, row, panel } = layoutOf(sizes);
  const { second } = cells[sizes.cell];
  return {
    records: schedule.slots * record * NP,
    tangents: schedule.slots * slot,
    triangles: schedule.rSlots * KP * KP,
    logR: sizes.T * KP,
    adjoints: schedule.ring * KP * D + KP * D + KP * gates * NP + schedule.ring * second * NP * (panel / 2),
    rows: schedule.ring * (gates + 1) * NP * row + states * NP,
  };
}

function slicesOf(sizes: Sizes, layout: Layout, cut: Pick<Schedule, "slots" | "rSlots" | "ring">, options: ScheduleOptions): number[] {
  const elements = trajectoryElements(sizes, cut);
  const { records, tangents, triangles, logR } = elements;
  const used = options.gradient ? Object.values(elements) : [records, tangents, triangles, logR];
  const bytes = 4 * sizes.B * Math.max(...used);
  const allows = options.limits.maxStorageBufferBindingSize;
  const most = Math.floor(allows / bytes);
  if (most < 1) {
    const what = `one network with ${sizes.B} trajectories of ${sizes.T} steps needs ${megabytes(bytes)} in one binding`;
    throw new LimitError(
      `${what}, the adapter allows ${megabytes(allows)} (maxStorageBufferBindingSize); lower the batch, the steps or k (padded to ${layout.KP})`,
    );
  }
  const slices = Math.ceil(sizes.M / Math.min(most, options.together ?? most));
  return Array.from({ length: slices }, (_, i) => Math.floor(((i + 1) * sizes.M) / slices) - Math.floor((i * sizes.M) / slices));
}
