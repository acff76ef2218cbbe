import { dispatchesOf } from "../gpu/plan";
import { packTransposed } from "../kernels/pack";
import { layoutOf } from "../kernels/sizes";
import { trainTensors } from "../kernels/train_sizes";
import { drawTask, trainUpdate } from "../reference/index";
import { loadPlaces, loadRates } from "../train_load";
import { packSequences, packTrainModel, unpackTrainTensors } from "../train_model";
import { createTrainEngine } from "../training_engine";
import type { Pair } from "./numbers";
import { copyTask, specOf, trainSizesOf } from "./specs";
import { fillNaN, readAll, type Stage, type StageSizes } from "./stage";
import { gatherSlabs, loadBatches, submit } from "./train_stages";

const how = { lr: [0.5, 1, 1.5, 0.7, 2, 2.5, 3], mix: 0, weightDecay: 0.1, step: 5, clip: 0.5 };

export async function trainUpdateStage(device: GPUDevice, given: StageSizes): Promise<Stage> {
  const batches = await loadBatches(device, given);
  const { engine, sizes, problems } = batches;
  const { layout, buffers } = engine;
  const { gradient, parameters, moments, transposed } = buffers;
  const { parameters: each, gradient: stride, BP, blocks } = layout;
  submit(device, engine.slices[0].forward, engine.slices[0].backward);
  const given0 = await readAll(device, { gradient, partials: buffers.partials, errors: buffers.errors });
  loadRates(engine, () => how);
  const starts = problems.map(({ model }) => packTrainModel(model, sizes));
  const before = Float32Array.from({ length: 2 * sizes.M * each }, (_, i) => (i % 2 === 0 ? 1e-3 * Math.cos(i) : 1e-6 + 1e-6 * Math.sin(i) ** 2));
  const half = (m: number, which: number) => Float32Array.from({ length: each }, (_, i) => before[2 * (m * each + i) + which]);
  const expectedOf = (m: number) => {
    const own = gatherSlabs(batches, given0.partials, m);
    const start = unpackTrainTensors(given0.gradient.subarray(m * stride, m * stride + each), sizes);
    const bias = new Float64Array(sizes.R);
    const errors = given0.errors.subarray(m * (sizes.T * sizes.R + 2 * blocks) * BP);
    for (let i = 0; i < sizes.T * sizes.R * BP; i++) bias[Math.floor(i / BP) % sizes.R] += errors[i];
    const [first, second] = [0, 1].map((which) => unpackTrainTensors(half(m, which), sizes));
    const values = unpackTrainTensors(starts[m], sizes);
    const tensors = trainTensors.map((name, i) => ({
      values: Float64Array.from(values[name]),
      gradient: Float64Array.from(name === "h0" ? start.h0 : name === "readout.bias" ? bias : own[name]),
      state: { m: Float64Array.from(first[name]), v: Float64Array.from(second[name]), step: how.step - 1 },
      lr: how.lr[i],
    }));
    const norms = trainUpdate(tensors, { clip: how.clip, clipKind: "global", weightDecay: how.weightDecay });
    return { tensors, norms };
  };
  const compare = (out: Readonly<Record<string, Float32Array>>): Pair[] =>
    problems.flatMap((_, m) => {
      const place = `network ${m}`;
      const { tensors, norms } = expectedOf(m);
      const mine = out.parameters.subarray(m * each, (m + 1) * each);
      const got = unpackTrainTensors(mine, sizes);
      const turned = packTransposed(mine, layoutOf({ ...sizes, K: 1, warmup: 0 }));
      const at = m * stride + each + 2;
      return [
        ...trainTensors.map((what, i): Pair => ({ what, place, got: got[what], expected: tensors[i].values })),
        { what: "norms of gradients", place, got: out.gradient.subarray(at, at + norms.length), expected: norms },
        { what: "transposed", place, got: out.transposed.subarray(m * turned.length, (m + 1) * turned.length), expected: turned },
      ];
    });
  return {
    ...{
      spec: specOf("train_update", given, engine.profile),
      profile: engine.profile,
      steps: dispatchesOf(engine.slices[0].update),
      tolerance: 1e-5,
      compare,
    },
    outputs: { gradient, parameters, moments, transposed },
    reset() {
      fillNaN([transposed]);
      gradient.write(given0.gradient);
      moments.write(before);
      starts.forEach((start, m) => {
        parameters.write(start, m * each);
      });
    },
    // Slabs, and gradient, parameters and moments read and written.
    work: { flops: 0, bytes: 4 * sizes.M * (layout.slabs * layout.atStart + 8 * each + layout.atStart) },
    destroy: () => engine.destroy(),
  };
}

export async function drawTaskStage(device: GPUDevice, given: StageSizes): Promise<Stage> {
  const sizes = trainSizesOf(given);
  const task = copyTask(given);
  const { B, T, S, R, M } = sizes;
  const engine = await createTrainEngine(device, sizes, { task, ...(given.profile && { profile: given.profile }) });
  const { inputs, targets } = engine.buffers;
  const seeds = Array.from({ length: M }, (_, m) => given.seed + m);
  loadPlaces(engine, seeds);
  const epoch = 4;
  engine.setDraw(epoch, "input");
  const { BP } = engine.layout;
  return {
    ...{ spec: specOf("draw_task", given, engine.profile), profile: engine.profile, outputs: { inputs, targets }, tolerance: 0 },
    steps: engine.draw ? dispatchesOf(engine.draw) : [],
    reset: () => fillNaN([inputs, targets]),
    compare: (out) =>
      seeds.flatMap((seed, m): Pair[] => {
        const { x, y } = drawTask(task, { B, T, seed, epoch, name: "input" });
        const part = (name: "inputs" | "targets", C: number) => out[name].subarray(m * T * C * BP, (m + 1) * T * C * BP);
        return [
          { what: "inputs", place: `network ${m}`, got: part("inputs", S), expected: packSequences(x, sizes, S, BP) },
          { what: "targets", place: `network ${m}`, got: part("targets", R), expected: packSequences(y, sizes, R, BP) },
        ];
      }),
    work: { flops: 0, bytes: 4 * M * T * (S + R) * BP },
    destroy: () => engine.destroy(),
  };
}
