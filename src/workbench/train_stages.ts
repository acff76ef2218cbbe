import { trainingWork } from "../bench/work";
import { cells } from "../cells/index";
import type { TrainSizes } from "../kernels/train_sizes";
import { trainAdjoint, trainForward, trainGradient } from "../reference/index";
import { unpackTrainTensors } from "../train_model";
import type { TrainEngine } from "../training_engine";
import type { Pair } from "./numbers";
import { specOf, trainSizesOf } from "./specs";
import { fillNaN, type Stage, type StageSizes, stageOf } from "./stage";
import { loadedTrainEngine, randomTrainProblem, referenceOf, type TrainProblem } from "./train";

/** Random networks with random sequences. */
export interface Batches {
  readonly engine: TrainEngine;
  readonly sizes: TrainSizes;
  readonly problems: readonly TrainProblem[];
}

export async function loadBatches(device: GPUDevice, given: StageSizes): Promise<Batches> {
  const sizes = trainSizesOf(given);
  const problems = Array.from({ length: sizes.M }, (_, m) => randomTrainProblem(sizes, given.seed + m));
  const engine = await loadedTrainEngine(device, problems, sizes, { clipKind: "global", ...(given.profile && { profile: given.profile }) });
  return { engine, sizes, problems };
}

export function submit(device: GPUDevice, ...plans: readonly { encode(encoder: GPUCommandEncoder): void }[]): void {
  const encoder = device.createCommandEncoder();
  for (const plan of plans) plan.encode(encoder);
  device.queue.submit([encoder.finish()]);
}

/** States, what is read, errors and sums of the loss. */
export function trainForwardPairs({ engine, sizes, problems }: Batches, out: Readonly<Record<"records" | "reads" | "errors", Float32Array>>): Pair[] {
  const { T, R, N, B } = sizes;
  const { NP, BP, blocks } = engine.layout;
  const { record, states } = cells[sizes.cell];
  const each = (T * R + 2 * blocks) * BP;
  return problems.flatMap((problem, m) => {
    const { model, batch } = referenceOf(problem, sizes);
    return Array.from({ length: B }, (_, b): Pair[] => {
      const expected = trainForward(model, batch, b);
      const of = (t?: number) => `network ${m}, sequence ${b}${t === undefined ? "" : `, step ${t}`}`;
      const at = (t: number, i: number) => ((m * (T + 1) + t) * record + Math.floor(i / N)) * NP + (i % N);
      const state = (t: number) => Float64Array.from({ length: states * N }, (_, i) => out.records[at(t, i) * BP + b]);
      const read = (t: number) => Float64Array.from({ length: N }, (_, i) => out.reads[((m * T + t) * NP + i) * BP + b]);
      const errors = Float64Array.from({ length: T * R }, (_, i) => out.errors[m * each + i * BP + b]);
      const sum = (kind: number) =>
        Array.from({ length: blocks }, (_, i) => out.errors[m * each + (T * R + 2 * i + kind) * BP + b]).reduce((a, c) => a + c);
      const reads = sizes.readout === "pre-activation" ? expected.reads : [];
      return [
        ...expected.states.map((values, t): Pair => ({ what: "states", place: of(t), got: state(t), expected: values })),
        ...reads.map((values, t): Pair => ({ what: "reads", place: of(t), got: read(t), expected: values })),
        { what: "errors", place: of(), got: errors, expected: expected.errors.flatMap((row) => [...row]), columns: R },
        { what: "sums of the loss", place: of(), got: [sum(0)], expected: [expected.loss] },
        { what: "right answers", place: of(), got: [sum(1)], expected: [expected.right] },
      ];
    }).flat();
  });
}

/** Adjoints of W h + b_hh at every step; `last`: of the last step's error alone. */
export function trainAdjointPairs({ engine, sizes, problems }: Batches, adjoints: Float32Array, last = false): Pair[] {
  const { T, N, B } = sizes;
  const { kept, NP, BP, adjoints: each } = engine.layout;
  const { gates } = cells[sizes.cell];
  return problems.flatMap((problem, m) => {
    const { model, batch } = referenceOf(problem, sizes);
    return Array.from({ length: B }, (_, b): Pair[] => {
      const forward = trainForward(model, batch, b);
      const errors = last ? forward.errors.map((row, t) => (t === T - 1 ? row : row.map(() => 0))) : forward.errors;
      const { recurrentBars } = trainAdjoint(model, batch, b, { ...forward, errors });
      return recurrentBars.map((expected, t): Pair => {
        const at = (i: number) => m * each + (t * kept + Math.floor(i / N) * NP + (i % N)) * BP + b;
        const got = Float64Array.from({ length: gates * N }, (_, i) => adjoints[at(i)]);
        return { what: "adjoint of W h + b", place: `network ${m}, sequence ${b}, step ${t + 1}`, got, expected };
      });
    }).flat();
  });
}

/** A network's gradients, its slabs added up, in PyTorch's shapes; those of readout.bias and h0 are made elsewhere. */
export function gatherSlabs({ engine, sizes }: Pick<Batches, "engine" | "sizes">, partials: Float32Array, m: number) {
  const { slabs, atStart, parameters } = engine.layout;
  const sum = new Float64Array(atStart);
  for (let slab = 0; slab < slabs; slab++) for (let i = 0; i < atStart; i++) sum[i] += partials[(m * (slabs + 1) + slab) * atStart + i];
  const whole = new Float32Array(parameters);
  whole.set(sum);
  return unpackTrainTensors(whole, sizes);
}

const summed = ["weight_hh_l0", "weight_ih_l0", "bias_ih_l0", "bias_hh_l0", "readout.weight"] as const;

export async function trainForwardStage(device: GPUDevice, given: StageSizes): Promise<Stage> {
  const batches = await loadBatches(device, given);
  const { records, reads, errors } = batches.engine.buffers;
  const outputs = { records, reads, errors };
  return {
    ...base(batches, specOf("train_forward", given, batches.engine.profile), outputs),
    reset: () => fillNaN(Object.values(outputs)),
    compare: (out) => trainForwardPairs(batches, out as Record<keyof typeof outputs, Float32Array>),
  };
}

export async function trainAdjointStage(device: GPUDevice, given: StageSizes): Promise<Stage> {
  const batches = await loadBatches(device, given);
  const { adjoints, gradient } = batches.engine.buffers;
  submit(device, batches.engine.slices[0].forward);
  return {
    ...base(batches, specOf("train_adjoint", given, batches.engine.profile), { adjoints, gradient }),
    reset: () => fillNaN([adjoints, gradient]),
    compare: (out) => trainAdjointPairs(batches, out.adjoints),
  };
}

export async function trainGradientStage(device: GPUDevice, given: StageSizes): Promise<Stage> {
  const batches = await loadBatches(device, given);
  const { engine, sizes, problems } = batches;
  const { partials } = engine.buffers;
  submit(device, engine.slices[0].forward, engine.slices[0].backward);
  return {
    ...base(batches, specOf("train_gradient", given, engine.profile), { partials }),
    reset: () => fillNaN([partials]),
    compare: (out) =>
      problems.flatMap((problem, m) => {
        const { model, batch } = referenceOf(problem, sizes);
        const expected = trainGradient(model, batch).gradient;
        const got = gatherSlabs(batches, out.partials, m);
        return summed.map((what): Pair => ({ what, place: `network ${m}`, got: got[what], expected: expected[what] }));
      }),
  };
}

/** What the stages of training have in common. */
function base({ engine, sizes }: Batches, spec: Stage["spec"], outputs: Stage["outputs"]) {
  return stageOf(engine, spec, { outputs, work: trainingWork(sizes)[spec.name], tolerance: 1e-3 });
}
