import type { StorageBuffer } from "./gpu/buffer";
import { type Profile, profileFor } from "./gpu/device";
import { createKernel, type Kernel, type KernelSpec } from "./gpu/kernel";
import { createParams, type ParamsBuffer } from "./gpu/params";
import { createPlan, type Plan, type Step } from "./gpu/plan";
import { adam, adamGroups, adamParams, adamStep } from "./kernels/adam";
import { allocate, type Buffers } from "./kernels/buffers";
import { flossingLoss, lossParams } from "./kernels/flossing_loss";
import { type Schedule, scheduleOf } from "./kernels/schedule";
import { checkSizes, type Layout, layoutOf, type Sizes } from "./kernels/sizes";
import { walkAdjoint } from "./kernels/walk_adjoint";
import { walkForward, walkParams, walkSizes } from "./kernels/walk_forward";
import { gradientParams, gradientSizes, weightGradient, weightGradientGroups } from "./kernels/weight_gradient";

/** How far something is. */
export interface Progress {
  /** Kernels compiled, dispatches of a walk, or epochs. */
  readonly stage: "compile" | "walk" | "floss";
  readonly done: number;
  readonly total: number;
}

export interface EngineOptions {
  /** Whether gradients will be computed: a walk is then kept whole. */
  readonly gradient: boolean;
  /** Form of the kernels; default: what suits the adapter. */
  readonly profile?: Profile;
  /** Steps a dispatch advances, a multiple of 16. No result depends on it. */
  readonly chunk?: number;
  /** Groups of panels that walk one behind the other. No result depends on it. */
  readonly groups?: 1 | 2;
  /** Called as kernels compile, and as the walk or the epochs go on. */
  readonly onProgress?: ((progress: Progress) => void) | undefined;
}

/** A prepared walk of M networks × B trajectories: buffers, kernels and the recorded dispatches. */
export interface Engine {
  readonly device: GPUDevice;
  readonly sizes: Sizes;
  readonly layout: Layout;
  readonly schedule: Schedule;
  readonly profile: Profile;
  readonly buffers: Buffers;
  /** Milliseconds that compiling took, first dispatches included. */
  readonly compileMs: number;
  /** State and tangent walk, exponents and loss. */
  readonly forward: Plan;
  /** Adjoint walk and weight gradient, after `forward`. */
  readonly backward: Plan;
  /** Adam, after `backward`; set its step with `setAdamStep`. */
  readonly update: Plan;
  /** For the update submitted next: its number, from 1. */
  setAdamStep(step: number): void;
  destroy(): void;
}

type Params = {
  loss: ParamsBuffer<keyof typeof lossParams>;
  walk: ParamsBuffer<keyof typeof walkParams>;
  gradient: ParamsBuffer<keyof typeof gradientParams>;
  adam: ParamsBuffer<keyof typeof adamParams>;
};
type Kernels = Awaited<ReturnType<typeof createKernels>>;

/**
 * Prepares a walk. Kernels are compiled and warmed up by an empty dispatch, so that later times hold none of it.
 * @throws InputError, LimitError where sizes make no sense or do not fit the device
 */
export async function createEngine(device: GPUDevice, sizes: Sizes, options: EngineOptions): Promise<Engine> {
  checkSizes(sizes);
  const profile = options.profile ?? profileFor(device);
  const schedule = scheduleOf(sizes, { ...options, profile, limits: device.limits });
  const buffers = allocate(device, sizes, schedule, options.gradient);
  const params = createAllParams(device, sizes, schedule);
  const start = performance.now();
  try {
    const kernels = await createKernels(device, sizes, profile);
    const context = { device, sizes, schedule, profile, buffers, params, kernels };
    const plans = createPlans(context, options.gradient);
    await warmUp(context, plans, options);
    return {
      ...{ device, sizes, schedule, profile, buffers, layout: layoutOf(sizes), compileMs: performance.now() - start },
      ...plans,
      setAdamStep(step) {
        params.adam.write(0, adamStep(sizes, step));
        params.adam.flush();
      },
      destroy: () => destroyAll(buffers, params),
    };
  } catch (error) {
    destroyAll(buffers, params);
    throw error;
  }
}

function destroyAll(buffers: Buffers, params: Params): void {
  buffers.destroy();
  for (const buffer of Object.values(params)) buffer.destroy();
}

async function createKernels(device: GPUDevice, sizes: Sizes, profile: Profile) {
  const make = <Name extends string>(spec: KernelSpec<Name>): Promise<Kernel<Name>> => createKernel(device, spec);
  const [forward, loss, adjoint, gradient, update] = await Promise.all([
    make(walkForward(sizes, profile)),
    make(flossingLoss(sizes, profile)),
    make(walkAdjoint(sizes, profile)),
    make(weightGradient(sizes, profile)),
    make(adam(sizes, profile)),
  ]);
  return { forward, loss, adjoint, gradient, update };
}

/** Slots of the uniforms, slice by slice: one a dispatch, then one that walks nothing. */
function createAllParams(device: GPUDevice, sizes: Sizes, schedule: Schedule): Params {
  const turns = schedule.chunks + schedule.groups - 1;
  const walk = createParams(device, "walk.params", walkParams, 2 * turns * schedule.slices.length + 1);
  const gradient = createParams(device, "weight_gradient.params", gradientParams, schedule.chunks * schedule.slices.length);
  const fixed = walkSizes(sizes, schedule);
  let network = 0;
  schedule.slices.forEach((networks, slice) => {
    const trajectory = network * sizes.B;
    for (let n = 0; n < turns; n++) {
      walk.write(2 * (slice * turns + n), { chunk: n, split: schedule.split, trajectory, ...fixed });
      walk.write(2 * (slice * turns + n) + 1, { chunk: n, split: schedule.splitAdjoint, trajectory, ...fixed });
    }
    for (let n = 0; n < schedule.chunks; n++) gradient.write(slice * schedule.chunks + n, { chunk: n, network, ...gradientSizes(sizes, schedule) });
    network += networks;
  });
  walk.write(2 * turns * schedule.slices.length, { chunk: 0xffffffff, split: 0, trajectory: 0, ...fixed });
  walk.flush();
  gradient.flush();
  const loss = createParams(device, "flossing_loss.params", lossParams, 1);
  loss.write(0, sizes);
  loss.flush();
  const adam = createParams(device, "adam.params", adamParams, 1);
  adam.write(0, adamStep(sizes, 1));
  adam.flush();
  return { walk, gradient, loss, adam };
}

interface Context {
  readonly device: GPUDevice;
  readonly sizes: Sizes;
  readonly schedule: Schedule;
  readonly profile: Profile;
  readonly buffers: Buffers;
  readonly params: Params;
  readonly kernels: Kernels;
}

function createPlans(context: Context, gradient: boolean): Pick<Engine, "forward" | "backward" | "update"> {
  const { device, sizes, buffers, kernels, profile } = context;
  const forward = [...context.schedule.slices.keys()].flatMap((slice) => forwardSteps(context, slice));
  const { logR, schedule, targets, blockSums, exponents, lossWeights, summary, status } = bufferOf(buffers);
  const outputs = { block_sums: blockSums, exponents, loss_weights: lossWeights, summary, status };
  const loss = kernels.loss.bind({ params: context.params.loss.buffer, log_r: logR, schedule, targets, ...outputs });
  forward.push({ kernel: kernels.loss, group: loss, offset: 0, workgroups: [sizes.M] });
  const backward = gradient ? [...context.schedule.slices.keys()].flatMap((slice) => backwardSteps(context, slice)) : [];
  const update: Step = { kernel: kernels.update, group: bindUpdate(context), offset: 0, workgroups: [adamGroups(sizes, profile), sizes.M] };
  return {
    forward: createPlan(device, "forward", forward),
    backward: createPlan(device, "backward", backward),
    update: createPlan(device, "update", [update]),
  };
}

type Bound = { readonly [Name in keyof Buffers as Buffers[Name] extends StorageBuffer ? Name : never]: GPUBuffer };

function bufferOf(buffers: Buffers): Bound {
  const { slices: _slices, destroy: _destroy, ...all } = buffers;
  return Object.fromEntries(Object.entries(all).map(([name, { buffer }]) => [name, buffer])) as Bound;
}

function bindUpdate({ kernels, params, buffers }: Context): GPUBindGroup {
  const { gradient, rates, parameters, moments, transposed } = bufferOf(buffers);
  return kernels.update.bind({ params: params.adam.buffer, gradient, rates, parameters, moments, transposed });
}

function bindForward({ kernels, params, buffers }: Context, slice: number): GPUBindGroup {
  const { parameters, schedule, inputs, logR, status } = bufferOf(buffers);
  const { records, tangents, triangles } = buffers.slices[slice];
  const sliced = { records: records.buffer, tangents: tangents.buffer, triangles: triangles.buffer };
  return kernels.forward.bind({ params: params.walk.buffer, parameters, schedule, inputs, ...sliced, log_r: logR, status });
}

function bindAdjoint({ kernels, params, buffers }: Context, slice: number): GPUBindGroup {
  const { transposed, schedule, lossWeights } = bufferOf(buffers);
  const { records, tangents, triangles } = buffers.slices[slice];
  const sliced = { records: records.buffer, tangents: tangents.buffer, triangles: triangles.buffer };
  const { adjoints, rows } = buffers;
  return kernels.adjoint.bind({
    params: params.walk.buffer,
    transposed,
    schedule,
    ...sliced,
    loss_weights: lossWeights,
    adjoints: adjoints.buffer,
    rows: rows.buffer,
  });
}

function forwardSteps(context: Context, slice: number): Step[] {
  const { sizes, schedule, params, kernels } = context;
  const turns = schedule.chunks + schedule.groups - 1;
  const group = bindForward(context, slice);
  const workgroups: [number, number] = [schedule.slices[slice] * sizes.B, schedule.groups];
  return Array.from({ length: turns }, (_, n) => ({
    kernel: kernels.forward,
    group,
    offset: params.walk.offset(2 * (slice * turns + n)),
    workgroups,
  }));
}

/** Each chunk's weight gradient follows the turn that completes the chunk. */
function backwardSteps(context: Context, slice: number): Step[] {
  const { sizes, schedule, params, kernels, buffers, profile } = context;
  const turns = schedule.chunks + schedule.groups - 1;
  const networks = schedule.slices[slice];
  const group = bindAdjoint(context, slice);
  const bound = bufferOf(buffers);
  const product = kernels.gradient.bind({
    params: params.gradient.buffer,
    rows: buffers.rows.buffer,
    inputs: bound.inputs,
    gradient: bound.gradient,
  });
  const steps: Step[] = [];
  for (let n = 0; n < turns; n++) {
    const offset = params.walk.offset(2 * (slice * turns + n) + 1);
    steps.push({ kernel: kernels.adjoint, group, offset, workgroups: [networks * sizes.B, schedule.groups] });
    const chunk = n - schedule.groups + 1;
    if (chunk < 0) continue;
    const workgroups: [number, number] = [weightGradientGroups(sizes, profile), networks];
    steps.push({ kernel: kernels.gradient, group: product, offset: params.gradient.offset(slice * schedule.chunks + chunk), workgroups });
  }
  return steps;
}

/** Drivers compile at a kernel's first dispatch: each is dispatched once, walking nothing, on the zeroed buffers. */
async function warmUp(context: Context, plans: Pick<Engine, "forward" | "backward">, options: EngineOptions): Promise<void> {
  const { device, schedule, params, kernels } = context;
  const empty = params.walk.offset(2 * (schedule.chunks + schedule.groups - 1) * schedule.slices.length);
  const loss = plans.forward.steps.find((step) => step.kernel === kernels.loss) as Step;
  const steps: Step[] = [{ kernel: kernels.forward, group: bindForward(context, 0), offset: empty, workgroups: [1] }, loss];
  if (options.gradient) {
    const product = plans.backward.steps.find((step) => step.kernel === kernels.gradient) as Step;
    steps.push({ kernel: kernels.adjoint, group: bindAdjoint(context, 0), offset: empty, workgroups: [1] }, { ...product, workgroups: [1, 1] });
    steps.push({ kernel: kernels.update, group: bindUpdate(context), offset: 0, workgroups: [1, 1] });
  }
  for (const [i, step] of steps.entries()) {
    options.onProgress?.({ stage: "compile", done: i, total: steps.length });
    const encoder = device.createCommandEncoder({ label: "warm-up" });
    createPlan(device, "warm-up", [step]).encode(encoder);
    device.queue.submit([encoder.finish()]);
    await device.queue.onSubmittedWorkDone();
  }
  options.onProgress?.({ stage: "compile", done: steps.length, total: steps.length });
}
