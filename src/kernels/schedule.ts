import { cells } from "../cells/index";
import { LimitError } from "../errors";
import { megabytes } from "../gpu/buffer";
import type { Profile } from "../gpu/device";
import { BLOCK, fewOf, type Layout, layoutOf, type Sizes } from "./sizes";

/**
 * How the work of a step is spread: `fused`, one workgroup carries a trajectory (or a group of its panels) through a chunk of
 * time in one dispatch; `stepwise`, each stage of a step is a dispatch whose workgroups share the trajectory.
 */
export type Steps = "fused" | "stepwise";

/** How a walk is cut up. No result depends on it (design 4, rule 0). */
export interface Schedule {
  readonly steps: Steps;
  /** Steps a dispatch advances (stepwise: between weight gradients), a multiple of the slab of the weight gradient; 4 or 8, or a multiple of 16, where nothing goes back. */
  readonly chunk: number;
  readonly chunks: number;
  /** Groups of panels that walk one behind the other, 1 or 2. */
  readonly groups: number;
  /** First panel of the second group, forward and backward; the number of panels where there is one group. */
  readonly split: number;
  readonly splitAdjoint: number;
  /** Whether products with W take two panels at once. */
  readonly wide: boolean;
  /** Steps between checkpoints, a multiple of `chunk`, from which they are walked again backwards; T where all are kept. */
  readonly segment: number;
  readonly segments: number;
  /** Step after which a forward walk can be looked at before it goes on, a multiple of 16; 0: none. */
  readonly pause: number;
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
  /** Default: by sizes and profile. */
  readonly steps?: Steps;
  /** Networks of a slice at most; default: as many as fit the bindings. */
  readonly together?: number;
  /** Steps between checkpoints at most, where there is a gradient; default: as many as fit the bindings. */
  readonly segment?: number;
  /** Step after which the forward walk pauses, a multiple of 16; default: none. */
  readonly pause?: number | undefined;
}

/** Multiply-adds that one dispatch should do at most: about 100 ms on two cores. */
const DISPATCH_WORK: Readonly<Record<Profile, number>> = { cpu: 4e8, gpu: 4e9 };
/** Multiply-adds beside which the cost of a dispatch is small, about 8 ms on two cores: N = 80, K = 75 loses by 1.2 in shorter ones, N = 512, K = 64 wins by 1.2. */
const FORWARD_WORK = 3.2e7;
/** Trajectories up to which a second group of panels fills the adapter better; measured on two cores, where two trajectories lose by 1.2 to 1.6. */
const FEW_TRAJECTORIES: Readonly<Record<Profile, number>> = { cpu: 1, gpu: 64 };

/** @throws LimitError where not even one network fits a binding */
export function scheduleOf(sizes: Sizes, options: ScheduleOptions): Schedule {
  const layout = layoutOf(sizes);
  const trajectories = Math.min(sizes.M, options.together ?? sizes.M) * sizes.B;
  const few = trajectories <= FEW_TRAJECTORIES[options.profile];
  const steps = fewOf(sizes, options.profile) ? "fused" : (options.steps ?? stepsFor(layout, options.profile, trajectories));
  const wanted = layout.panels === 1 || steps === "stepwise" ? 1 : (options.groups ?? (few ? 2 : 1));
  const segment = segmentFor(sizes, layout, options);
  // Groups that walk one behind the other would pass a checkpoint at different times.
  const groups = segment < sizes.T ? 1 : wanted;
  const wide = options.profile === "cpu" && layout.panels % 2 === 0 && layout.panels > groups;
  const span = wide ? 2 : 1;
  const chunk = chunkFor(sizes, layout, groups, options);
  const kept = options.gradient ? segment + 1 : Math.min(sizes.T + 1, steps === "stepwise" ? 3 : (groups + 1) * chunk + 1);
  const cut = {
    ...{ steps, chunk, groups, segment, wide, pause: options.pause ?? 0 },
    chunks: Math.ceil(sizes.T / chunk),
    split: groups > 1 ? splitFor(layout, span, forwardCosts(layout)) : layout.panels,
    splitAdjoint: groups > 1 ? splitFor(layout, span, adjointCosts(layout)) : layout.panels,
    segments: Math.ceil(sizes.T / segment),
    slots: kept,
    rSlots: options.gradient ? segment : 1,
    ring: chunk * groups,
  };
  return { ...cut, slices: slicesOf(sizes, layout, cut, options) };
}

/** Whether a walk's first slots are overwritten before it begins anew: its starts are then kept apart. */
export function startsApart({ slices, segments }: Schedule): boolean {
  return slices.length > 1 || segments > 1;
}

/** Weights from which one trajectory walks stepwise on a CPU: where two groups of panels have no wide tiles, and where they have. */
const STEPWISE_WEIGHTS = { narrow: 3 * 2 ** 16, wide: 3 * 2 ** 18 } as const;

/**
 * Stepwise where a trajectory's workgroups would leave an adapter idle and a stage of a step outweighs a dispatch. Measured on
 * llvmpipe with two cores, epochs of flossing, fused over stepwise: K = 32 vanilla N = 256 0.7, 384 1.1, 512 1.0, 768 1.3, 1024 2;
 * LSTM N = 192 0.8, 256 1.3, 512 1.6; GRU N = 256 1.3; K = 64 vanilla N = 512 0.9 (forward alone 0.75), 768 1.0, 1024 1.1, LSTM 512 1.4.
 * Two trajectories keep both cores busy: 0.7 to 0.9 at all sizes. On GPUs reasoned, not measured: one workgroup reaches less than
 * a hundredth of the adapter, and a dispatch costs about 10 µs.
 */
function stepsFor(layout: Layout, profile: Profile, trajectories: number): Steps {
  const weights = layout.gates * layout.NP ** 2;
  const least = STEPWISE_WEIGHTS[layout.panels < 4 ? "narrow" : "wide"];
  const large = profile === "cpu" ? trajectories === 1 && weights >= least : trajectories <= 16 && weights * layout.KP >= 2 ** 22;
  return large ? "stepwise" : "fused";
}

/** Steps between checkpoints: all where one network's walk fits a binding, else as many chunks as do. */
function segmentFor(sizes: Sizes, layout: Layout, options: ScheduleOptions): number {
  if (!options.gradient) return sizes.T;
  const allows = Math.floor(options.limits.maxStorageBufferBindingSize / (4 * sizes.B));
  const each = (slots: number) => trajectoryElements(sizes, { slots, rSlots: slots - 1, ring: 1 });
  const fits = (steps: number) => Math.max(each(steps + 1).records, each(steps + 1).tangents, each(steps + 1).triangles) <= allows;
  const wanted = options.segment ?? sizes.T;
  if (wanted >= sizes.T && fits(sizes.T)) return sizes.T;
  const chunk = chunkFor(sizes, layout, 1, options);
  let chunks = Math.max(1, Math.floor(wanted / chunk));
  while (chunks > 1 && !fits(chunks * chunk)) chunks--;
  return Math.min(sizes.T, chunks * chunk);
}

function chunkFor(sizes: Sizes, layout: Layout, groups: number, { chunk, profile, gradient }: ScheduleOptions): number {
  // Chunks of a walk that is gone back on hold whole slabs of the weight gradient.
  if (chunk !== undefined) return gradient ? Math.max(chunk, layout.slab) : chunk;
  if (layout.slab < BLOCK) return layout.slab;
  const most = Math.ceil(sizes.T / BLOCK) * BLOCK;
  const { product, vectors } = stepWork(layout);
  const work = sizes.M * sizes.B * (product + vectors);
  const steps = Math.floor(DISPATCH_WORK[profile] / work / BLOCK) * BLOCK;
  // A walk that nothing goes back on needs no more than a dispatch is worth: the steps kept are few, and fresh memory is slow.
  if (!gradient && profile === "cpu" && FORWARD_WORK < BLOCK * work) return FORWARD_WORK < (BLOCK / 2) * work ? BLOCK / 4 : BLOCK / 2;
  // Two groups fill up over one chunk and run empty over another: short chunks keep both busy.
  return Math.max(BLOCK, Math.min(steps, most, groups > 1 ? 2 * BLOCK : most, 16 * BLOCK));
}

/** Multiply-adds of a step of one trajectory, about: a product of W and the tangent vectors, and what goes on among these. */
export function stepWork({ gates, NP, KP, D }: Layout): { readonly product: number; readonly vectors: number } {
  return { product: gates * NP ** 2 * KP, vectors: 2 * D * KP ** 2 };
}

/** Relative cost of a panel, in products of a panel's columns with as many rows. */
function forwardCosts({ panel, panels, NP, gates, D }: Layout): number[] {
  return Array.from({ length: panels }, (_, p) => (gates * NP * NP) / panel + (2 * p + 6) * D);
}

function adjointCosts({ panel, panels, NP, gates, D }: Layout): number[] {
  return Array.from({ length: panels }, (_, p) => (gates * NP * NP) / panel + (2 * p + 2 + (panels - p) + 1) * D);
}

/** First panel of the second group, so that both groups have about the same to do. */
function splitFor({ panels }: Layout, span: number, costs: readonly number[]): number {
  const sum = (from: number, to: number) => costs.slice(from, to).reduce((total, cost) => total + cost, 0);
  let best = panels;
  for (let split = span; split < panels; split += span) {
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
