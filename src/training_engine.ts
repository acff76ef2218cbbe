import { cells } from "./cells/index";
import { createStorage, type StorageBuffer } from "./gpu/buffer";
import { type Profile, profileFor } from "./gpu/device";
import { createKernel, type Kernel, type KernelSpec } from "./gpu/kernel";
import { createParams } from "./gpu/params";
import { createPlan, type Plan, type Step } from "./gpu/plan";
import { drawTask, drawTaskGroups, drawTaskParams, drawTaskValues } from "./kernels/draw_task";
import { checkShape, type KernelShape, kernelShape, type TrainShape } from "./kernels/shape";
import { trainAdjoint } from "./kernels/train_adjoint";
import { trainForward, trainWalkParams, trainWalkSizes } from "./kernels/train_forward";
import { trainGradient, trainGradientGroups, trainGradientParams } from "./kernels/train_gradient";
import { type TrainSchedule, trainScheduleOf } from "./kernels/train_schedule";
import { checkTrainSizes, partsOf, SLAB, type TrainLayout, type TrainSizes, trainLayout } from "./kernels/train_sizes";
import { type ClipKind, RATES, trainUpdate, trainUpdateParams, trainUpdateValues } from "./kernels/train_update";
import type { StreamName } from "./random";
import type { Task } from "./tasks/index";
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
  const params = createAllParams(device, sizes, schedule, options.clipKind ?? "tensor");
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

type Params = ReturnType<typeof createAllParams>;

/** Uniform slots: for each slice its chunks, then those for the last step's error alone; one more that walks nothing. */
function createAllParams(device: GPUDevice, sizes: TrainSizes, { slices, chunk, chunks, slabsTogether }: TrainSchedule, clip: ClipKind) {
  const count = slices.length;
  const { slabs } = trainLayout(sizes);
  const products = Math.ceil(slabs / slabsTogether);
  const walk = createParams(device, "train_walk.params", trainWalkParams, 2 * chunks * count + 1);
  const gradient = createParams(device, "train_gradient.params", trainGradientParams, count * products + 1);
  const update = createParams(device, "train_update.params", trainUpdateParams, 2 * count);
  const draw = createParams(device, "draw_task.params", drawTaskParams, 1);
  const fixed = trainWalkSizes(sizes);
  const { T } = sizes;
  let network = 0;
  slices.forEach((networks, slice) => {
    for (let n = 0; n < chunks; n++) {
      const place = { ...fixed, network, first: n * chunk, last: Math.min(T, (n + 1) * chunk) };
      walk.write(2 * (slice * chunks + n), place);
      walk.write(2 * (slice * chunks + n) + 1, { ...place, errors_from: T - 1 });
    }
    for (let n = 0; n < products; n++) gradient.write(slice * products + n, { network, zero: 0, T, slabs, first_slab: n * slabsTogether });
    update.write(2 * slice, trainUpdateValues(sizes, network, clip));
    update.write(2 * slice + 1, trainUpdateValues(sizes, network));
    network += networks;
  });
  walk.write(2 * chunks * count, { ...fixed, network: 0, first: T, last: T });
  gradient.write(count * products, { network: 0, zero: 0, T, slabs: 0, first_slab: 0 });
  const all = { walk, gradient, update, draw };
  for (const buffer of Object.values(all)) buffer.flush();
  return all;
}

interface Context {
  readonly device: GPUDevice;
  readonly sizes: TrainSizes;
  readonly schedule: TrainSchedule;
  readonly shape: KernelShape;
  readonly buffers: TrainBuffers;
  readonly params: Params;
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
