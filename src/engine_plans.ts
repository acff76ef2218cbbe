import type { Kernels } from "./engine";
import type { StorageBuffer } from "./gpu/buffer";
import type { ParamsBuffer } from "./gpu/params";
import { createPlan, type Plan, type Step } from "./gpu/plan";
import { adamGroups, type adamParams } from "./kernels/adam";
import type { Buffers } from "./kernels/buffers";
import type { drawParams } from "./kernels/draw_inputs";
import type { lossParams } from "./kernels/flossing_loss";
import type { Schedule } from "./kernels/schedule";
import type { KernelShape } from "./kernels/shape";
import { layoutOf, type Sizes } from "./kernels/sizes";
import type { walkParams } from "./kernels/walk_forward";
import { type gradientParams, weightGradientGroups } from "./kernels/weight_gradient";

/** What the networks of one slice do in an epoch. */
export interface SlicePlans {
  /** First network, and how many. */
  readonly first: number;
  readonly networks: number;
  /** Puts their initial states and tangent vectors in place, where slices share the buffers. */
  begin(encoder: GPUCommandEncoder): void;
  /** State and tangent walk, exponents and loss. */
  readonly forward: Plan;
  /** Adjoint walk and weight gradient, after `forward`. */
  readonly backward: Plan;
  /** Adam, after `backward`. */
  readonly update: Plan;
  /** A dispatch of each kernel that changes nothing which is read later. */
  readonly empty: readonly Step[];
}

/** The uniforms of an engine. */
export type Params = {
  readonly loss: ParamsBuffer<keyof typeof lossParams>;
  readonly walk: ParamsBuffer<keyof typeof walkParams>;
  readonly gradient: ParamsBuffer<keyof typeof gradientParams>;
  readonly adam: ParamsBuffer<keyof typeof adamParams>;
  readonly draw: ParamsBuffer<keyof typeof drawParams>;
};

interface Context {
  readonly device: GPUDevice;
  readonly sizes: Sizes;
  readonly schedule: Schedule;
  readonly shape: KernelShape;
  readonly buffers: Buffers;
  readonly params: Params;
  readonly kernels: Kernels;
}

/** Records the dispatches of every slice. */
export function createPlans(context: Context, gradient: boolean): SlicePlans[] {
  const groups = bindAll(context);
  let first = 0;
  return context.schedule.slices.map((networks, slice) => {
    const here = { slice, first, networks };
    first += networks;
    return createSlice(context, groups, here, gradient);
  });
}

interface Here {
  readonly slice: number;
  readonly first: number;
  readonly networks: number;
}

function createSlice(context: Context, groups: Groups, here: Here, gradient: boolean): SlicePlans {
  const { device, sizes, schedule, params, kernels, shape } = context;
  const { slice, networks } = here;
  const loss: Step = { kernel: kernels.loss, group: groups.loss, offset: params.loss.offset(slice), workgroups: [networks] };
  const forward = [...forwardSteps(context, groups.forward, here), loss];
  const backward = gradient ? backwardSteps(context, groups, here) : [];
  const update: Step = {
    ...{ kernel: kernels.update, group: groups.update, offset: params.adam.offset(slice) },
    workgroups: [adamGroups(sizes, shape), networks],
  };
  const nothing = params.walk.offset(2 * (schedule.chunks + schedule.groups - 1) * schedule.slices.length);
  const product = backward.find((step) => step.kernel === kernels.gradient);
  const empty: Step[] = [{ kernel: kernels.forward, group: groups.forward, offset: nothing, workgroups: [1] }, loss];
  if (product) {
    empty.push({ kernel: kernels.adjoint, group: groups.adjoint, offset: nothing, workgroups: [1] });
    empty.push({ ...product, workgroups: [1, 1] }, { ...update, workgroups: [1, 1] });
  }
  return {
    ...{ first: here.first, networks, empty },
    begin: (encoder) => copyStarts(encoder, context, here),
    forward: createPlan(device, "forward", forward),
    backward: createPlan(device, "backward", backward),
    update: createPlan(device, "update", [update]),
  };
}

function copyStarts(encoder: GPUCommandEncoder, { sizes, schedule, buffers }: Context, { first, networks }: Here): void {
  if (schedule.slices.length === 1) return;
  const { record, NP, KP, D, slot } = layoutOf(sizes);
  const copy = (from: StorageBuffer, to: StorageBuffer, elements: number, stride = elements) => {
    for (let i = 0; i < networks * sizes.B; i++)
      encoder.copyBufferToBuffer(from.buffer, 4 * (first * sizes.B + i) * elements, to.buffer, 4 * i * schedule.slots * stride, 4 * elements);
  };
  copy(buffers.firstRecords, buffers.records, record * NP);
  copy(buffers.firstTangents, buffers.tangents, KP * D, slot);
}

type Groups = ReturnType<typeof bindAll>;

function bindAll({ kernels, params, buffers }: Context) {
  const { destroy: _destroy, ...all } = buffers;
  const bound = Object.fromEntries(Object.entries(all).map(([name, { buffer }]) => [name, buffer])) as Record<keyof typeof all, GPUBuffer>;
  const { parameters, schedule, inputs, records, tangents, triangles, status, transposed, adjoints, rows, gradient } = bound;
  const walk = { params: params.walk.buffer, schedule, records, tangents, triangles };
  const outputs = { block_sums: bound.blockSums, exponents: bound.exponents, loss_weights: bound.lossWeights, summary: bound.summary, status };
  return {
    forward: kernels.forward.bind({ ...walk, parameters, inputs, log_r: bound.logR, status }),
    loss: kernels.loss.bind({ params: params.loss.buffer, log_r: bound.logR, schedule, targets: bound.targets, ...outputs }),
    adjoint: kernels.adjoint.bind({ ...walk, transposed, loss_weights: bound.lossWeights, adjoints, rows }),
    product: kernels.gradient.bind({ params: params.gradient.buffer, rows, inputs, gradient }),
    update: kernels.update.bind({
      ...{ params: params.adam.buffer, gradient, rates: bound.rates, parameters, moments: bound.moments, transposed },
    }),
  };
}

function forwardSteps({ sizes, schedule, params, kernels }: Context, group: GPUBindGroup, { slice, networks }: Here): Step[] {
  const turns = schedule.chunks + schedule.groups - 1;
  const workgroups: [number, number] = [networks * sizes.B, schedule.groups];
  return Array.from({ length: turns }, (_, n) => ({
    kernel: kernels.forward,
    group,
    offset: params.walk.offset(2 * (slice * turns + n)),
    workgroups,
  }));
}

/** Each chunk's weight gradient follows the turn that completes the chunk. */
function backwardSteps({ sizes, schedule, params, kernels, shape }: Context, groups: Groups, { slice, networks }: Here): Step[] {
  const turns = schedule.chunks + schedule.groups - 1;
  const steps: Step[] = [];
  for (let n = 0; n < turns; n++) {
    const offset = params.walk.offset(2 * (slice * turns + n) + 1);
    steps.push({ kernel: kernels.adjoint, group: groups.adjoint, offset, workgroups: [networks * sizes.B, schedule.groups] });
    const chunk = n - schedule.groups + 1;
    if (chunk < 0) continue;
    const workgroups: [number, number] = [weightGradientGroups(sizes, shape), networks];
    steps.push({ kernel: kernels.gradient, group: groups.product, offset: params.gradient.offset(slice * schedule.chunks + chunk), workgroups });
  }
  return steps;
}
