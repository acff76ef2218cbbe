import { describe, expect, it } from "vitest";
import { type TrainSizes, trainTensors } from "../../src/kernels/train_sizes";
import { adamState, trainUpdate } from "../../src/reference/index";
import { loadRates } from "../../src/train_load";
import { packTrainModel, trainModelOf, unpackTrainTensors } from "../../src/train_model";
import { relativeError } from "../helpers/numbers";
import { afterPlans, loadedTrainEngine, randomTrainProblem } from "../helpers/train";

const sizes: TrainSizes = { cell: "rnn", M: 2, B: 5, T: 70, N: 21, S: 2, R: 3, scored: 6, loss: "bce", readout: "activation" };
const lr = [0.01, 0.02, 0.03, 0, 0.04, 0.05, 0.06];

describe.each(["cpu", "gpu"] as const)("train_update, %s profile", (profile) => {
  it.each(["tensor", "global"] as const)("ten steps with clipping by %s, weight decay and another gradient mixed in", async (clipKind) => {
    const problems = [1, 2].map((seed) => randomTrainProblem(sizes, seed));
    const engine = await loadedTrainEngine(problems, sizes, { profile, clipKind });
    const { parameters: each, gradient: stride, atStart, atReadout, atReadoutBias, slabs, BP, blocks } = engine.layout;
    try {
      const expected = problems.map(({ model }) => {
        const tensors = unpackTrainTensors(packTrainModel(model, sizes), sizes);
        return Object.fromEntries(trainTensors.map((name) => [name, Float64Array.from(tensors[name])]));
      });
      const states = problems.map(() => Object.fromEntries(trainTensors.map((name) => [name, adamState(expected[0][name].length)])));
      const mix = 0.5;
      for (let step = 1; step <= 10; step++) {
        const wave = (m: number) => randomTrainProblem(sizes, 100 * step + m).model;
        const clip = step % 2 === 0 ? 0.5 : 0;
        loadRates(engine, () => ({ lr, mix, weightDecay: 0.1, step, clip }));
        const errors = new Float32Array(engine.buffers.errors.length);
        let norms: number[][] = [];
        problems.forEach((_, m) => {
          // A gradient, in two slabs and the other's place, and the start's given.
          const whole = packTrainModel(wave(m), sizes);
          const parts = new Float32Array((slabs + 1) * atStart);
          for (let slab = 0; slab <= slabs; slab++) for (let i = 0; i < atStart; i++) parts[slab * atStart + i] = (slab + 1) * whole[i];
          engine.buffers.partials.write(parts, m * parts.length);
          engine.buffers.gradient.write(whole.slice(atStart), m * stride + atStart);
          for (let i = 0; i < sizes.T * sizes.R; i++)
            errors[m * (sizes.T * sizes.R + 2 * blocks) * BP + i * BP] = whole[atReadoutBias + (i % sizes.R)];
          const total = whole.map((value, i) => {
            if (i >= atStart) return value;
            if (i >= atReadoutBias) return sizes.T * value;
            return value * ((slabs * (slabs + 1)) / 2 + (i < atReadout ? mix * (slabs + 1) : 0));
          });
          const gradient = unpackTrainTensors(total, sizes);
          norms = [
            ...norms,
            trainUpdate(
              trainTensors.map((name, i) => ({
                values: expected[m][name],
                gradient: Float64Array.from(gradient[name]),
                state: states[m][name],
                lr: lr[i],
              })),
              { clip, clipKind, weightDecay: 0.1 },
            ),
          ];
        });
        engine.buffers.errors.write(errors);
        const got = await afterPlans(engine, ["update"], "gradient");
        problems.forEach((_, m) => {
          const told = got.subarray(m * stride + each + 2, m * stride + each + 2 + trainTensors.length);
          expect(relativeError(told, norms[m])).toBeLessThan(1e-5);
        });
      }
      const values = await afterPlans(engine, [], "parameters");
      problems.forEach((_, m) => {
        const tensors = unpackTrainTensors(values.subarray(m * each, (m + 1) * each), sizes);
        for (const name of trainTensors) expect(relativeError(tensors[name], expected[m][name]), name).toBeLessThan(2e-6);
        const again = packTrainModel(trainModelOf(tensors, sizes), sizes);
        expect([...again]).toEqual([...values.subarray(m * each, (m + 1) * each)].map((value, i) => (again[i] === 0 ? 0 : value)));
      });
    } finally {
      engine.destroy();
    }
  });
});
