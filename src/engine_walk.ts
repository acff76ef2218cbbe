import type { Params } from "./engine_params";
import { aroundPause, pauseSlot, stepSlot, turnSlot } from "./engine_params";
import { createKernel, type Kernel } from "./gpu/kernel";
import type { Step } from "./gpu/plan";
import type { Buffers } from "./kernels/buffers";
import { type Schedule, stepWork } from "./kernels/schedule";
import type { KernelShape } from "./kernels/shape";
import { layoutOf, type Sizes } from "./kernels/sizes";
import { panelShares, stepKernel, unitRanges } from "./kernels/stepwise";
import { walkAdjoint } from "./kernels/walk_adjoint";
import { walkForward } from "./kernels/walk_forward";

/** Networks that walk together, and where they stand among all. */
export interface Here {
  readonly slice: number;
  readonly first: number;
  readonly networks: number;
}

/** The dispatches of a walk, segment by segment. */
export interface Walker {
  forward(here: Here, segment: number): Step[];
  /** After `forward` of the same segment; `gradient` gives the weight gradient of chunk n, 0 the last in time. */
  backward(here: Here, segment: number, gradient: (chunk: number) => Step): Step[];
  /** A dispatch of each kernel that walks nothing. */
  readonly empty: { readonly forward: readonly Step[]; readonly backward: readonly Step[] };
}

export interface WalkerContext {
  readonly device: GPUDevice;
  readonly sizes: Sizes;
  readonly schedule: Schedule;
  readonly shape: KernelShape;
  readonly buffers: Buffers;
  readonly params: Params;
  /** Of each network, as they are when dispatches are recorded. */
  readonly loaded: readonly WalkSchedule[];
}

/** When a network's tangent vectors are orthonormalised, and its adjoint is corrected (lib/steps.wgsl). */
export interface WalkSchedule {
  /** Steps between orthonormalisations. */
  readonly interval: number;
  /** Orthonormalisations between corrections. */
  readonly correction: number;
  /** First steps, all orthonormalised; default 0. */
  readonly dense?: number;
}

export function createWalker(context: WalkerContext): Promise<Walker> {
  return context.schedule.steps === "fused" ? fusedWalker(context) : stepwiseWalker(context);
}

/** The buffers to bind, those of a walk by the names that shaders give them. */
export function boundBuffers({ destroy: _destroy, logR, lossWeights, firstMoments, secondMoments, ...buffers }: Buffers) {
  const all = { ...buffers, log_r: logR, loss_weights: lossWeights, first_moments: firstMoments, second_moments: secondMoments };
  return Object.fromEntries(Object.entries(all).map(([name, { buffer }]) => [name, buffer])) as Record<keyof typeof all, GPUBuffer>;
}

async function fusedWalker(context: WalkerContext): Promise<Walker> {
  const { device, sizes, schedule, shape, params } = context;
  const [forward, adjoint] = await Promise.all([
    createKernel(device, walkForward(sizes, shape, schedule.wide)),
    createKernel(device, walkAdjoint(sizes, shape, schedule.wide)),
  ]);
  const bound = boundBuffers(context.buffers);
  const walk = { params: params.walk.buffer, schedule: bound.schedule, records: bound.records, tangents: bound.tangents, triangles: bound.triangles };
  const { parameters, inputs, log_r, status, transposed, loss_weights, adjoints, rows } = bound;
  const there = { kernel: forward, group: forward.bind({ ...walk, parameters, inputs, log_r, status }) };
  const back = { kernel: adjoint, group: adjoint.bind({ ...walk, transposed, loss_weights, adjoints, rows }) };
  const { chunks, groups, segment, chunk } = schedule;
  const chunksOf = (number: number) => [(number * segment) / chunk, Math.min(chunks, Math.ceil(((number + 1) * segment) / chunk))];
  const { product, vectors } = stepWork(layoutOf(sizes));
  const turn = ({ slice, networks }: Here, n: number, backward: boolean): Step => ({
    ...(backward ? back : there),
    work: networks * sizes.B * chunk * (product + vectors),
    offset: params.walk.offset(turnSlot(schedule, slice, n, backward)),
    workgroups: [networks * sizes.B, groups],
  });
  const around = aroundPause(schedule);
  const nothing = { offset: params.walk.offset(params.walk.slots - 1), workgroups: [1] } as const;
  return {
    forward(here, number) {
      const [first, last] = chunksOf(number);
      const turns = (from: number, to: number) => (from === to ? [] : range(from, to + groups - 1).map((n) => turn(here, n, false)));
      if (!around || around.from < first || around.from >= last) return turns(first, last);
      // The second group has walked the chunk before.
      const [next, ...rest] = turns(around.to, last);
      const on = next ? [{ ...next, workgroups: [here.networks * sizes.B, 1] } as const, ...rest] : [];
      const pausing = around.turns.map((one, n): Step => {
        const offset = params.walk.offset(pauseSlot(schedule, here.slice, n));
        return { ...there, offset, workgroups: [here.networks * sizes.B, one.groups], pause: n + 1 === around.before };
      });
      return [...range(first, around.from).map((n) => turn(here, n, false)), ...pausing, ...on];
    },
    backward(here, number, gradient) {
      const [first, last] = chunksOf(number);
      // Each chunk's weight gradient follows the turn that completes the chunk.
      return range(chunks - last, chunks - first + groups - 1).flatMap((n) => {
        const done = n - groups + 1;
        return [turn(here, n, true), ...(done < chunks - last ? [] : [gradient(done)])];
      });
    },
    empty: { forward: [{ ...there, ...nothing }], backward: [{ ...back, ...nothing }] },
  };
}

async function stepwiseWalker(context: WalkerContext): Promise<Walker> {
  const { device, sizes, schedule, shape, params, loaded } = context;
  const [tangents, orthonormalise, correct, solve, pullBack] = await Promise.all([
    createKernel(device, stepKernel("step_tangents", sizes, shape, schedule.wide)),
    createKernel(device, stepKernel("step_orthonormalise", sizes, shape, schedule.wide)),
    createKernel(device, stepKernel("step_correct", sizes, shape, schedule.wide)),
    createKernel(device, stepKernel("step_solve", sizes, shape, schedule.wide)),
    createKernel(device, stepKernel("step_pull_back", sizes, shape, schedule.wide)),
  ]);
  const bound = boundBuffers(context.buffers);
  const bind = (kernel: Kernel, names: readonly (keyof typeof bound)[]) => {
    const buffers = Object.fromEntries(names.map((name) => [name, bound[name]]));
    return { kernel, group: kernel.bind({ ...buffers, params: params.step.buffer }) };
  };
  const stages = {
    tangents: bind(tangents, ["parameters", "schedule", "inputs", "records", "tangents", "status"]),
    orthonormalise: bind(orthonormalise, ["schedule", "tangents", "triangles", "log_r", "status"]),
    correct: bind(correct, ["schedule", "tangents", "loss_weights", "adjoints"]),
    solve: bind(solve, ["schedule", "records", "tangents", "triangles", "adjoints", "rows"]),
    pullBack: bind(pullBack, ["transposed", "schedule", "adjoints", "rows"]),
  };
  const { panels } = layoutOf(sizes);
  const { product, vectors } = stepWork(layoutOf(sizes));
  const work = { tangents: product, orthonormalise: vectors / panels, correct: vectors, solve: vectors / 2, pullBack: product };
  const ranges = unitRanges(sizes, shape);
  const shares = panelShares(sizes, shape);
  const ends = (number: number) => [number * schedule.segment, Math.min(sizes.T, (number + 1) * schedule.segment)];
  const at = ({ slice, networks }: Here, number: number, t: number) => {
    const offset = params.step.offset(stepSlot(schedule, slice, number, t));
    return (stage: keyof typeof stages, y: number, z = 1): Step => ({
      ...{ ...stages[stage], offset, work: networks * sizes.B * work[stage], workgroups: [networks * sizes.B, y, z] },
    });
  };
  const { T, warmup } = sizes;
  /** Tells that no network orthonormalises at step t (lib/steps.wgsl). */
  const none = (t: number) => {
    const distance = Math.abs(t - warmup);
    return { idle: () => t !== T && loaded.every(({ interval, dense = 0 }) => t > dense && distance % interval !== 0) };
  };
  const nothing = { offset: params.step.offset(params.step.slots - 1), workgroups: [1] } as const;
  return {
    forward(here, number) {
      const [begin, end] = ends(number);
      return range(begin, end + 1).flatMap((t) => {
        const step = at(here, number, t);
        const advance = step("tangents", shares, ranges);
        const pause = (n: number) => ({ pause: t === schedule.pause && n === panels - 1 });
        return t === begin
          ? [advance]
          : [advance, ...range(0, panels).map((n) => ({ ...step("orthonormalise", panels - n), ...none(t), ...pause(n) }))];
      });
    },
    backward(here, number, gradient) {
      const [begin, end] = ends(number);
      return range(begin, end).flatMap((i) => {
        const t = end + begin - i;
        const step = at(here, number, t);
        const stages = [{ ...step("correct", panels), ...none(t) }, step("solve", ranges), step("pullBack", shares, ranges)];
        return (t - 1) % schedule.chunk === 0 ? [...stages, gradient(schedule.chunks - 1 - (t - 1) / schedule.chunk)] : stages;
      });
    },
    empty: {
      forward: [stages.tangents, stages.orthonormalise].map((stage) => ({ ...stage, ...nothing })),
      backward: [stages.correct, stages.solve, stages.pullBack].map((stage) => ({ ...stage, ...nothing })),
    },
  };
}

function range(from: number, to: number): number[] {
  return Array.from({ length: to - from }, (_, i) => from + i);
}
