import { describe, expect, it } from "vitest";
import { trainGradient as trainGradientKernel } from "../../src/kernels/train_gradient";
import type { TrainSizes } from "../../src/kernels/train_sizes";
import { trainGradient } from "../../src/reference/index";
import { flatTensors } from "../../src/train_model";
import { withGroups } from "../helpers/engine";
import { relativeError } from "../helpers/numbers";
import { loadedTrainEngine, randomTrainProblem, referenceOf, trainEpoch } from "../helpers/train";

const small = { cell: "rnn", M: 2, B: 5, T: 37, N: 21, S: 2, R: 3, scored: 6 } as const;

describe.each(["cpu", "gpu"] as const)("a training epoch, %s profile", (profile) => {
  const shapes: [string, TrainSizes][] = [
    ["cross-entropy, activation", { ...small, loss: "bce", readout: "activation" }],
    ["squared error, pre-activation", { ...small, loss: "mse", readout: "pre-activation" }],
    ["two columns a lane, several slabs", { ...small, M: 4, B: 16, T: 131, N: 48, S: 1, R: 1, scored: 0, loss: "bce", readout: "pre-activation" }],
    ["many inputs and outputs", { ...small, M: 1, B: 9, N: 33, S: 11, R: 9, loss: "bce", readout: "activation" }],
    ["the matrix outside workgroup memory", { ...small, M: 1, B: 3, T: 20, N: 101, loss: "bce", readout: "activation" }],
    ["a GRU, several chunks and slabs, two columns a lane", { ...small, cell: "gru", M: 4, B: 16, T: 69, loss: "bce", readout: "activation" }],
    ["an LSTM, several chunks", { ...small, cell: "lstm", B: 9, loss: "mse", readout: "activation" }],
    ["ReLU from the pre-activation", { ...small, cell: "rnn_relu", M: 1, loss: "bce", readout: "pre-activation" }],
    ["a linear network from the pre-activation", { ...small, cell: "rnn_identity", M: 1, loss: "mse", readout: "pre-activation" }],
    ["no input", { ...small, M: 1, S: 0, loss: "mse", readout: "activation" }],
  ];
  it.each(shapes)("loss and gradient of %s agree with the reference", async (_, sizes) => {
    const problems = Array.from({ length: sizes.M }, (_, m) => randomTrainProblem(sizes, 3 + m));
    const engine = await loadedTrainEngine(problems, sizes, { profile, chunk: 16 });
    try {
      const results = await trainEpoch(engine);
      results.forEach(({ loss, accuracy, gradient }, m) => {
        const { model, batch } = referenceOf(problems[m], sizes);
        const expected = trainGradient(model, batch);
        expect(Math.abs(loss - expected.loss)).toBeLessThan(2e-6);
        if (sizes.loss === "bce") expect(accuracy).toBeCloseTo(expected.accuracy, 6);
        for (const name of Object.keys(gradient) as (keyof typeof gradient)[])
          if (gradient[name].length > 0) expect(relativeError(gradient[name], expected.gradient[name]), name).toBeLessThan(1e-5);
      });
    } finally {
      engine.destroy();
    }
  });

  it("is bitwise the same for any chunk and slabs of a dispatch, alone or together", async () => {
    const sizes: TrainSizes = { ...small, M: 3, B: 16, T: 130, loss: "bce", readout: "activation" };
    const problems = [1, 2, 3].map((seed) => randomTrainProblem(sizes, seed));
    const all: number[][] = [];
    for (const options of [{ chunk: 64 }, { chunk: 16, slabs: 1 }, { chunk: 32, together: 2, slabs: 2 }]) {
      const engine = await loadedTrainEngine(problems, sizes, { profile, ...options });
      const products = engine.slices[0].backward.steps.filter((step) => "kernel" in step && step.kernel.name === "train_gradient");
      expect(products.map((step) => "kernel" in step && step.workgroups[1])).toEqual({ 1: [1, 1, 1], 2: [2, 1] }[options.slabs ?? 0] ?? [3]);
      all.push((await trainEpoch(engine)).flatMap(({ loss, gradient }) => [loss, ...flatTensors(gradient)]));
      engine.destroy();
    }
    const alone: number[] = [];
    for (const problem of problems) {
      const engine = await loadedTrainEngine([problem], { ...sizes, M: 1 }, { profile });
      alone.push(...(await trainEpoch(engine)).flatMap(({ loss, gradient }) => [loss, ...flatTensors(gradient)]));
      engine.destroy();
    }
    for (const other of [all[1], all[2], alone]) expect(other).toEqual(all[0]);
  });

  it("is bitwise the same where an adapter allows fewer workgroups than there are tiles", async () => {
    const sizes: TrainSizes = { ...small, M: 1, B: 9, N: 33, S: 11, R: 9, loss: "bce", readout: "activation" };
    const engine = await loadedTrainEngine([randomTrainProblem(sizes, 3)], sizes, { profile, chunk: 16 });
    const [slice] = engine.slices;
    const few = await withGroups(slice.backward, trainGradientKernel(sizes, profile), 4);
    const [whole] = await trainEpoch(engine);
    engine.buffers.partials.write(new Float32Array(engine.buffers.partials.length).fill(Number.NaN));
    const [dealt] = await trainEpoch({ ...engine, slices: [{ ...slice, backward: few }] });
    engine.destroy();
    expect(flatTensors(whole.gradient).every(Number.isFinite)).toBe(true);
    expect(dealt).toEqual(whole);
  });
});
