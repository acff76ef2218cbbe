import type { Kernels } from "./engine";
import { restore, save } from "./engine_checkpoints";
import { boundBuffers, type Here, type Walker, type WalkerContext } from "./engine_walk";
import { type Copies, createPlan, encodeCopies, type Plan, type Step } from "./gpu/plan";
import { adamGroups } from "./kernels/adam";
import type { Uses } from "./kernels/buffers";
import { startsApart, stepWork } from "./kernels/schedule";
import { layoutOf } from "./kernels/sizes";
import { weightGradientGroups } from "./kernels/weight_gradient";

/** What the networks of one slice do in an epoch. */
export interface SlicePlans {
  /** First network, and how many. */
  readonly first: number;
  readonly networks: number;
  /** Puts their initial states and tangent vectors in place, where slices share the buffers. */
  begin(encoder: GPUCommandEncoder): void;
  /** State and tangent walk, exponents and loss. */
  readonly forward: Plan;
  /** Dispatches of `forward` that make the steps before its pause; 0: it has none. */
  readonly pause: number;
  /** Adjoint walk and weight gradient, after `forward`. */
  readonly backward: Plan;
  /** Adam, after `backward`; empty where no updates are made. */
  readonly update: Plan;
  /** A dispatch of each kernel that changes nothing which is read later. */
  readonly empty: readonly Step[];
}

interface Context extends WalkerContext {
  readonly kernels: Kernels;
  readonly walker: Walker;
}

/** Records the dispatches of every slice. */
export function createPlans(context: Context, uses: Uses): SlicePlans[] {
  const groups = bindAll(context);
  let first = 0;
  return context.schedule.slices.map((networks, slice) => {
    const here = { slice, first, networks };
    first += networks;
    return createSlice(context, groups, here, uses);
  });
}

function createSlice(context: Context, groups: Groups, here: Here, uses: Uses): SlicePlans {
  const { device, sizes, schedule, params, kernels, shape, walker } = context;
  const { slice, networks } = here;
  const loss: Step = { kernel: kernels.loss, group: groups.loss, offset: params.loss.offset(slice), workgroups: [networks] };
  const product = (chunk: number): Step => ({
    ...{ kernel: kernels.gradient, group: groups.product, offset: params.gradient.offset(slice * schedule.chunks + chunk) },
    work: networks * sizes.B * schedule.chunk * stepWork(layoutOf(sizes)).product,
    workgroups: [weightGradientGroups(sizes, shape), networks],
  });
  const update = groups.update.map(
    (adam): Step => ({ ...adam, offset: params.adam.offset(slice), workgroups: [adamGroups(sizes, shape), networks] }),
  );
  const forward = [...forwardSteps(context, here), loss];
  const empty: Step[] = [...walker.empty.forward, loss];
  if (uses.gradient) empty.push(...walker.empty.backward, { ...product(0), workgroups: [1, 1] });
  empty.push(...update.map((step) => ({ ...step, workgroups: [1, 1] as const })));
  return {
    ...{ first: here.first, networks, empty },
    begin: (encoder) => copyStarts(encoder, context, here),
    forward: createPlan(device, "forward", forward),
    pause: forward.findIndex((step) => "pause" in step && step.pause) + 1,
    backward: createPlan(device, "backward", uses.gradient ? backwardSteps(context, here, product) : []),
    update: createPlan(device, "update", update),
  };
}

function copyStarts(encoder: GPUCommandEncoder, context: Context, here: Here): void {
  if (startsApart(context.schedule)) encodeCopies(encoder, restore(context, here, 0));
}

/** Segment after segment, with a checkpoint between. */
function forwardSteps(context: Context, here: Here): (Step | Copies)[] {
  const { segments } = context.schedule;
  return Array.from({ length: segments }, (_, segment) => segment).flatMap((segment) => [
    ...context.walker.forward(here, segment),
    ...(segment + 1 < segments ? [save(context, here, segment + 1)] : []),
  ]);
}

/** The last segment is still there; the others are walked again from their checkpoints. */
function backwardSteps(context: Context, here: Here, product: (chunk: number) => Step): (Step | Copies)[] {
  const { segments } = context.schedule;
  return Array.from({ length: segments }, (_, i) => segments - 1 - i).flatMap((segment) => [
    ...(segment + 1 < segments ? [restore(context, here, segment), ...context.walker.forward(here, segment)] : []),
    ...context.walker.backward(here, segment, product),
  ]);
}

type Groups = ReturnType<typeof bindAll>;

function bindAll({ kernels, params, buffers }: Context) {
  const { parameters, schedule, inputs, status, transposed, rows, gradient, log_r, loss_weights, ...bound } = boundBuffers(buffers);
  const adam = { rates: bound.rates, parameters, first_moments: bound.first_moments, second_moments: bound.second_moments };
  const outputs = { block_sums: bound.blockSums, exponents: bound.exponents, loss_weights, summary: bound.summary, status };
  return {
    loss: kernels.loss.bind({ params: params.loss.buffer, log_r, schedule, targets: bound.targets, ...outputs }),
    product: kernels.gradient.bind({ params: params.gradient.buffer, rows, inputs, gradient }),
    /** None or one. */
    update: kernels.update.map((kernel) => ({ kernel, group: kernel.bind({ ...adam, params: params.adam.buffer, gradient, transposed }) })),
  };
}
