import { createAllParams, type Params } from "./engine_params";
import { createPlans, type SlicePlans } from "./engine_plans";
import { createWalker, type WalkSchedule } from "./engine_walk";
import { InputError, LimitError } from "./errors";
import { type Profile, profileFor } from "./gpu/device";
import { createKernel, type Kernel, type KernelSpec } from "./gpu/kernel";
import type { Recorder } from "./gpu/pieces";
import { createPlan, type Plan } from "./gpu/plan";
import type { Timer } from "./gpu/timing";
import { ADAM_RATES, adam, corrections } from "./kernels/adam";
import { allocate, type Buffers, type Uses } from "./kernels/buffers";
import { type Draw, drawGroups, drawInputsKernel, drawPlaces, drawValues } from "./kernels/draw_inputs";
import { flossingLoss } from "./kernels/flossing_loss";
import { type Schedule, type ScheduleOptions, scheduleOf } from "./kernels/schedule";
import { checkShape, type KernelShape, kernelShape, type Shape } from "./kernels/shape";
import { checkSizes, type Layout, layoutOf, type Sizes } from "./kernels/sizes";
import { weightGradient } from "./kernels/weight_gradient";
import { type Progress, warmUp } from "./warm_up";

export type { Progress } from "./warm_up";

export interface EngineOptions extends Shape {
  /** Whether gradients will be computed: a walk is then kept whole. */
  readonly gradient: boolean;
  /** Whether Adam will follow the gradients; default: wherever there are gradients. Without, its moments take no memory. */
  readonly update?: boolean | undefined;
  /** Inputs that each epoch draws on the GPU; left out: they are loaded. */
  readonly draw?: Draw;
  /** Steps between checkpoints at most, from which a walk with gradient is walked again; default: what fits the adapter. No result depends on it. */
  readonly segment?: number;
  /** Step after which the forward walk pauses, a multiple of 16; default: none. See `SlicePlans.pause`. No result depends on it. */
  readonly pause?: number | undefined;
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
  /** What the kernels were compiled with. */
  readonly shape: KernelShape;
  readonly buffers: Buffers;
  /** Milliseconds that compiling took, first dispatches included. */
  readonly compileMs: number;
  /** What the networks of each slice do, one slice after the other. */
  readonly slices: readonly SlicePlans[];
  /**
   * Records a whole epoch of all networks; `update`: with backward walk and Adam. See `setEpoch`.
   * @throws InputError for an update by an engine that was made without
   */
  encodeEpoch(encoder: GPUCommandEncoder, options: { readonly update: boolean; readonly timer?: Timer | undefined }): void;
  /** Records the same, or the walks up to the gradient alone, where it may be submitted in pieces. @throws as `encodeEpoch` */
  record(to: Recorder, until: "loss" | "gradient" | "update"): void;
  /** [M, 8] on the host; see shaders/adam.wgsl. `setEpoch` sends it. */
  readonly rates: Float32Array<ArrayBuffer>;
  /** [M] as `loadSchedule` loaded them. */
  readonly loaded: WalkSchedule[];
  /** For the epoch submitted next, from 0: which inputs it draws, and which step of Adam, from 1, each network makes. */
  setEpoch(epoch: number, step?: (network: number) => number): void;
  destroy(): void;
}

/**
 * Prepares a walk. Kernels are compiled and warmed up by an empty dispatch, so that later times hold none of it.
 * @throws InputError, LimitError where sizes make no sense or do not fit the device
 */
export async function createEngine(device: GPUDevice, wanted: Sizes, options: EngineOptions): Promise<Engine> {
  checkSizes(wanted);
  const profile = options.profile ?? profileFor(device);
  checkShape({ ...options, profile });
  const shape = kernelShape({ ...options, profile });
  const sizes = { ...wanted, panel: shape.panel };
  const update = options.gradient && (options.update ?? true);
  const { schedule, buffers } = await allocateWhatFits(device, sizes, { ...options, update, profile, limits: device.limits });
  const params = createAllParams(device, sizes, schedule, shape);
  const rates = new Float32Array(sizes.M * ADAM_RATES);
  const start = performance.now();
  const destroy = () => {
    buffers.destroy();
    for (const buffer of Object.values(params)) buffer.destroy();
  };
  try {
    const loaded = new Array<WalkSchedule>(sizes.M).fill({ interval: 1, correction: 1 });
    const context = { device, sizes, schedule, shape, buffers, params, loaded };
    const [kernels, walker] = await Promise.all([createKernels(device, sizes, shape, update), createWalker(context)]);
    const slices = createPlans({ ...context, kernels, walker }, { gradient: options.gradient, update });
    const draw = options.draw && (await createDraw(device, sizes, shape, buffers, params.draw, options.draw));
    await warmUp(device, [...(draw?.steps ?? []), ...slices[0].empty], options);
    const record: Engine["record"] = (to, until) => {
      if (until === "update" && !update) throw new InputError("this engine makes no updates: create it with gradient, and without update: false");
      if (draw) to.add(draw);
      for (const slice of slices) {
        slice.begin(to.encoder);
        const { forward, backward, update: adams } = slice;
        for (const plan of { loss: [forward], gradient: [forward, backward], update: [forward, backward, adams] }[until]) to.add(plan);
      }
    };
    return {
      ...{ device, sizes, schedule, profile, shape, buffers, layout: layoutOf(sizes), compileMs: performance.now() - start, slices, destroy },
      encodeEpoch: (encoder, { update: updates, timer }) =>
        record({ encoder, add: (plan) => plan.encode(encoder, { timer }) }, updates ? "update" : "loss"),
      record,
      rates,
      loaded,
      setEpoch(epoch, step = () => epoch + 1) {
        for (let m = 0; m < sizes.M; m++) rates.set(corrections(step(m)), m * ADAM_RATES + 4);
        buffers.rates.write(rates);
        if (!options.draw) return;
        params.draw.write(0, drawValues(sizes, options.draw, epoch));
        params.draw.flush();
      },
    };
  } catch (error) {
    destroy();
    throw error;
  }
}

/** As many networks together as the bindings allow, and fewer where the device's memory does not hold them. */
async function allocateWhatFits(device: GPUDevice, sizes: Sizes, options: ScheduleOptions & Uses): Promise<{ schedule: Schedule; buffers: Buffers }> {
  let { together, segment } = options;
  for (;;) {
    const schedule = scheduleOf(sizes, { ...options, ...(together && { together }), ...(segment && { segment }) });
    device.pushErrorScope("out-of-memory");
    let buffers: Buffers | undefined;
    let failure: GPUError | null = null;
    try {
      buffers = allocate(device, sizes, schedule, options);
    } finally {
      failure = await device.popErrorScope();
    }
    if (!failure) return { schedule, buffers };
    buffers.destroy();
    const widest = Math.max(...schedule.slices);
    if (widest > 1) together = Math.ceil(widest / 2);
    else if (options.gradient && schedule.segment > schedule.chunk) segment = Math.ceil(schedule.segment / 2);
    else throw new LimitError("the adapter has not enough memory for one network: lower the batch, the steps or k");
  }
}

async function createKernels(device: GPUDevice, sizes: Sizes, shape: KernelShape, update: boolean) {
  const make = <Name extends string>(spec: KernelSpec<Name>): Promise<Kernel<Name>> => createKernel(device, spec);
  const [loss, gradient, adams] = await Promise.all([
    make(flossingLoss(sizes, shape)),
    make(weightGradient(sizes, shape)),
    Promise.all(update ? [make(adam(sizes, shape))] : []),
  ]);
  return { loss, gradient, update: adams };
}

export type Kernels = Awaited<ReturnType<typeof createKernels>>;

async function createDraw(
  device: GPUDevice,
  sizes: Sizes,
  shape: KernelShape,
  { inputs, places }: Buffers,
  params: Params["draw"],
  { seed }: Draw,
): Promise<Plan> {
  const kernel = await createKernel(device, drawInputsKernel(sizes, shape));
  places.write(drawPlaces(sizes, seed));
  const group = kernel.bind({ params: params.buffer, places: places.buffer, inputs: inputs.buffer });
  return createPlan(device, "draw_inputs", [{ kernel, group, offset: 0, workgroups: drawGroups(sizes, shape) }]);
}
