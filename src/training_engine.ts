import { cells } from "./cells/index";
import { createStorage, type StorageBuffer } from "./gpu/buffer";
import { type Profile, profileFor } from "./gpu/device";
import { createKernel, type Kernel, type KernelSpec } from "./gpu/kernel";
import { createPlan, type Plan, type Step } from "./gpu/plan";
import { drawTask, drawTaskGroups, drawTaskValues } from "./kernels/draw_task";
import { checkShape, type KernelShape, kernelShape, type TrainShape } from "./kernels/shape";
import { trainAdjoint } from "./kernels/train_adjoint";
import { trainForward } from "./kernels/train_forward";
import { trainGradient, trainGradientGroups } from "./kernels/train_gradient";
import { type TrainSchedule, trainScheduleOf } from "./kernels/train_schedule";
import { checkTrainSizes, partsOf, SLAB, type TrainLayout, type TrainSizes, trainLayout } from "./kernels/train_sizes";
import { type ClipKind, RATES, trainUpdate } from "./kernels/train_update";
import type { StreamName } from "./random";
import type { Task } from "./tasks/index";
import { createTrainParams, type TrainParams } from "./training_params";
import { type Progress, warmUp } from "./warm_up";

export interface TrainEngineOptions extends TrainShape {
  readonly clipKind?: ClipKind;
  /** The task that is drawn on the GPU; left out: sequences are loaded. */
  readonly task?: Task;
  /** Slabs of the weight gradients of a dispatch at most; default: by the work of one. No result depends on it. */
  readonly slabs?: number;
  readonly onProgress?: ((progress: Progress) => void) | undefined;
}

/** What the networks of a slice do in an epoch. */
export interface TrainSlice {
  readonly first: number;
  readonly networks: number;
  readonly forward: Plan;
  readonly backward: Plan;
  /** As `backward` for the error of the last step alone, without the weight gradients. */
  readonly lastBackward: Plan;
  readonly update: Plan;
  /** Metrics of the loss, in place of `update`. */
  readonly score: Plan;
}

/** Buffers of a training engine; shapes as in shaders/lib/train_layout.wgsl. */
export type TrainBuffers = Readonly<
  Record<
    | "parameters"
    | "transposed"
    | "moments"
    | "gradient"
    | "rates"
    | "places"
    | "inputs"
    | "targets"
    | "records"
    | "reads"
    | "errors"
    | "adjoints"
    | "partials",
    StorageBuffer
  >
>;

/** Prepared training of M networks by backpropagation through time: buffers, kernels and the recorded dispatches. */
export interface TrainEngine {
  readonly device: GPUDevice;
  readonly sizes: TrainSizes;
  readonly layout: TrainLayout;
  readonly schedule: TrainSchedule;
  readonly profile: Profile;
  /** What the kernels were compiled with. */
  readonly shape: KernelShape;
  readonly buffers: TrainBuffers;
  readonly compileMs: number;
  readonly slices: readonly TrainSlice[];
  /** Draws inputs and targets; undefined where they are loaded. */
  readonly draw: Plan | undefined;
  /** Which sequences are drawn next. */
  setDraw(epoch: number, stream: StreamName): void;
  destroy(): void;
}

/** @throws InputError, LimitError where sizes make no sense or do not fit the device */
export async function createTrainEngine(device: GPUDevice, sizes: TrainSizes, options: TrainEngineOptions = {}): Promise<TrainEngine> {
  checkTrainSizes(sizes);
  const profile = options.profile ?? profileFor(device);
  checkShape({ ...options, profile });
  const shape = kernelShape({ ...options, profile });
  const layout = trainLayout(sizes);
  const schedule = trainScheduleOf(sizes, { ...options, profile, limits: device.limits });
  const start = performance.now();
  const buffers = allocate(device, sizes, layout, schedule);
  const params = createTrainParams(device, sizes, schedule, options.clipKind ?? "tensor");
  const destroy = () => {
    for (const storage of Object.values(buffers)) storage.destroy();
    for (const buffer of Object.values(params)) buffer.destroy();
  };
  try {
    const make = <Name extends string>(spec: KernelSpec<Name>): Promise<Kernel<Name>> => createKernel(device, spec);
    const [forward, adjoint, gradient, update, draw] = await Promise.all([
      make(trainForward(sizes, shape)),
      make(trainAdjoint(sizes, shape)),
      make(trainGradient(sizes, shape)),
      make(trainUpdate(sizes, shape)),
      options.task?.shader && make(drawTask(options.task.shader, shape)),
    ]);
    const kernels = { forward, adjoint, gradient, update };
    const context = { device, sizes, schedule, shape, buffers, params, kernels };
    const { slices, empty } = createSlices(context);
    const drawing = draw && drawPlan(context, draw);
    await warmUp(device, [...(drawing?.steps ?? []), ...empty], options);
    return {
      ...{ device, sizes, layout, schedule, profile, shape, buffers, slices, destroy, draw: drawing },
      compileMs: performance.now() - start,
      setDraw(epoch, stream) {
        if (!options.task) return;
        params.draw.write(0, drawTaskValues(sizes, options.task, epoch, stream));
        params.draw.flush();
      },
    };
  } catch (error) {
    destroy();
    throw error;
  }
}

function allocate(device: GPUDevice, sizes: TrainSizes, layout: TrainLayout, schedule: TrainSchedule): TrainBuffers {
  const { M, T, S, R } = sizes;
  const { NP, BP, rows, blocks } = layout;
  const { record } = cells[sizes.cell];
  const m = Math.max(...schedule.slices);
  const lengths = {
    parameters: M * layout.parameters,
    transposed: M * rows * NP,
    moments: 2 * M * layout.parameters,
    gradient: M * layout.gradient,
    rates: M * RATES,
    places: 4 * M,
    inputs: M * T * Math.max(S, 1) * BP,
    targets: M * T * R * BP,
    records: m * (T + 1) * record * NP * BP,
    reads: sizes.readout === "activation" ? 4 : m * T * NP * BP,
    errors: m * (T * R + 2 * blocks) * BP,
    adjoints: m * layout.adjoints,
    partials: m * (layout.slabs + 1) * layout.atStart,
  };
  const made: StorageBuffer[] = [];
  try {
    return Object.fromEntries(
      Object.entries(lengths).map(([name, length]) => {
        const storage = createStorage(device, name, length, "run fewer networks together, or lower the batch or the steps");
        made.push(storage);
        return [name, storage];
      }),
    ) as unknown as TrainBuffers;
  } catch (error) {
    for (const storage of made) storage.destroy();
    throw error;
  }
}

interface Context {
  readonly device: GPUDevice;
  readonly sizes: TrainSizes;
  readonly schedule: TrainSchedule;
  readonly shape: KernelShape;
  readonly buffers: TrainBuffers;
  readonly params: TrainParams;
  readonly kernels: Record<"forward" | "adjoint" | "gradient" | "update", Pick<Kernel, "name" | "pipeline" | "bind">>;
}

function drawPlan({ device, sizes, shape, buffers, params }: Context, kernel: Kernel<"params" | "places" | "inputs" | "targets">): Plan {
  const { places, inputs, targets } = buffers;
  const group = kernel.bind({ params: params.draw.buffer, places: places.buffer, inputs: inputs.buffer, targets: targets.buffer });
  return createPlan(device, "draw_task", [{ kernel, group, offset: 0, workgroups: drawTaskGroups(sizes, shape) }]);
}

function createSlices({ device, sizes, schedule, shape, buffers, params, kernels }: Context): { slices: TrainSlice[]; empty: Step[] } {
  const { chunks, slices } = schedule;
  const bound = Object.fromEntries(Object.entries(buffers).map(([name, { buffer }]) => [name, buffer])) as Record<keyof TrainBuffers, GPUBuffer>;
  const { parameters, transposed, moments, gradient, rates, inputs, targets, records, reads, errors, adjoints, partials } = bound;
  const forward = kernels.forward.bind({ params: params.walk.buffer, parameters, inputs, targets, records, reads, errors });
  const adjoint = kernels.adjoint.bind({ params: params.walk.buffer, parameters, transposed, records, errors, adjoints, gradient });
  const product = kernels.gradient.bind({ params: params.gradient.buffer, records, reads, adjoints, errors, inputs, partials });
  const update = kernels.update.bind({ params: params.update.buffer, partials, errors, rates, gradient, parameters, moments, transposed });
  const { slabs, BP, rows, NP } = trainLayout(sizes);
  const stepWork = BP * rows * NP;
  const { slabsTogether } = schedule;
  const tiles = trainGradientGroups(sizes, shape);
  let network = 0;
  const plans = slices.map((networks, slice): TrainSlice => {
    const first = network;
    network += networks;
    const workgroups: [number] = [networks * partsOf(sizes, shape)];
    const walk = (kernel: Step["kernel"], group: GPUBindGroup, n: number, last = 0): Step => {
      return { kernel, group, offset: params.walk.offset(2 * (slice * chunks + n) + last), work: networks * stepWork * schedule.chunk, workgroups };
    };
    const order = Array.from({ length: chunks }, (_, n) => n);
    const backward = (last: number) => order.toReversed().map((n) => walk(kernels.adjoint, adjoint, n, last));
    const weights = Array.from({ length: Math.ceil(slabs / slabsTogether) }, (_, n): Step => {
      const here = Math.min(slabsTogether, slabs - n * slabsTogether);
      const offset = params.gradient.offset(slice * Math.ceil(slabs / slabsTogether) + n);
      return { kernel: kernels.gradient, group: product, offset, work: networks * stepWork * SLAB * here, workgroups: [tiles, here, networks] };
    });
    const end = (score: number): Step => {
      return { kernel: kernels.update, group: update, offset: params.update.offset(2 * slice + score), workgroups: [networks] };
    };
    const forwards = order.map((n) => walk(kernels.forward, forward, n));
    return {
      ...{ first, networks },
      forward: createPlan(device, "train_forward", forwards),
      backward: createPlan(device, "train_backward", [...backward(0), ...weights]),
      lastBackward: createPlan(device, "train_last_backward", backward(1)),
      update: createPlan(device, "train_update", [end(0)]),
      score: createPlan(device, "train_score", [end(1)]),
    };
  });
  const nothing = params.walk.offset(2 * chunks * slices.length);
  const empty: Step[] = [
    { kernel: kernels.forward, group: forward, offset: nothing, workgroups: [1] },
    { kernel: kernels.adjoint, group: adjoint, offset: nothing, workgroups: [1] },
    { kernel: kernels.gradient, group: product, offset: params.gradient.offset(params.gradient.slots - 1), workgroups: [1, 1, 1] },
    { kernel: kernels.update, group: update, offset: params.update.offset(1), workgroups: [1] },
  ];
  return { slices: plans, empty };
}
