import { describe, expect, it } from "vitest";
import type { TrainSizes } from "../../src/kernels/train_sizes";
import { trainForward } from "../../src/reference/index";
import { relativeError } from "../helpers/numbers";
import { afterPlans, loadedTrainEngine, randomTrainProblem, referenceOf } from "../helpers/train";

const base = { cell: "rnn", M: 2, B: 5, T: 35, N: 21, S: 2, R: 2, scored: 7 } as const;
const shapes: TrainSizes[] = [
  { ...base, loss: "bce", readout: "pre-activation" },
  { ...base, loss: "mse", readout: "activation" },
];

describe.each(["cpu", "gpu"] as const)("train_forward, %s profile", (profile) => {
  it.each(shapes)("states, what is read, errors and sums: $loss, $readout", async (sizes) => {
    const problems = [1, 2].map((seed) => randomTrainProblem(sizes, seed));
    const engine = await loadedTrainEngine(problems, sizes, { profile, chunk: 16 });
    const { T, R, N, B } = sizes;
    const { NP, BP, blocks } = engine.layout;
    try {
      const records = await afterPlans(engine, ["forward"], "records");
      const reads = await afterPlans(engine, [], "reads");
      const errors = await afterPlans(engine, [], "errors");
      problems.forEach((problem, m) => {
        const { model, batch } = referenceOf(problem, sizes);
        for (let b = 0; b < B; b++) {
          const expected = trainForward(model, batch, b);
          const state = (t: number) => Array.from({ length: N }, (_, i) => records[((m * (T + 1) + t) * NP + i) * BP + b]);
          for (const t of [0, 1, 16, 17, T]) expect(relativeError(state(t), expected.states[t])).toBeLessThan(2e-5);
          const read = (t: number) => Array.from({ length: N }, (_, i) => reads[((m * T + t) * NP + i) * BP + b]);
          if (sizes.readout === "pre-activation") expect(relativeError(read(T - 1), expected.reads[T - 1])).toBeLessThan(2e-5);
          const each = (T * R + 2 * blocks) * BP;
          const error = Array.from({ length: T * R }, (_, i) => errors[m * each + i * BP + b]);
          expect(
            relativeError(
              error,
              expected.errors.flatMap((row) => [...row]),
            ),
          ).toBeLessThan(2e-5);
          const sum = (kind: number) =>
            Array.from({ length: blocks }, (_, i) => errors[m * each + (T * R + 2 * i + kind) * BP + b]).reduce((a, c) => a + c);
          expect(Math.abs(sum(0) / expected.loss - 1)).toBeLessThan(1e-5);
          expect(sum(1)).toBe(expected.right);
        }
        // Padded units and sequences are zero, not left over.
        for (let t = 0; t <= T; t++) expect(records[((m * (T + 1) + t) * NP + NP - 1) * BP]).toBe(0);
        expect(errors[m * (T * R + 2 * blocks) * BP + (T * R - 1) * BP + BP - 1]).toBe(0);
      });
    } finally {
      engine.destroy();
    }
  });

  it("large pre-activations overflow nothing", async () => {
    const sizes: TrainSizes = { ...base, M: 1, loss: "bce", readout: "pre-activation" };
    const problem = randomTrainProblem(sizes, 1);
    const model = {
      ...problem.model,
      readoutWeight: problem.model.readoutWeight.map((w) => 1e4 * w),
      start: problem.model.start.map((s) => 1e4 * s),
    };
    const engine = await loadedTrainEngine([{ ...problem, model }], sizes, { profile });
    try {
      const errors = await afterPlans(engine, ["forward"], "errors");
      const { model: network, batch } = referenceOf({ ...problem, model }, sizes);
      const expected = trainForward(network, batch, 0);
      expect(errors.every(Number.isFinite)).toBe(true);
      const error = Array.from({ length: sizes.T * sizes.R }, (_, i) => errors[i * engine.layout.BP]);
      expect(
        relativeError(
          error,
          expected.errors.flatMap((row) => [...row]),
        ),
      ).toBeLessThan(1e-2);
    } finally {
      engine.destroy();
    }
  });
});
