import { describe, expect, it } from "vitest";
import type { TrainSizes } from "../../src/kernels/train_sizes";
import { trainAdjoint, trainForward } from "../../src/reference/index";
import { relativeError } from "../helpers/numbers";
import { afterPlans, loadedTrainEngine, randomTrainProblem, referenceOf } from "../helpers/train";

const base = { cell: "rnn", M: 2, B: 9, T: 35, N: 21, S: 2, R: 2, scored: 7, loss: "bce" } as const;
const shapes: TrainSizes[] = [
  { ...base, readout: "pre-activation" },
  { ...base, readout: "activation" },
];

describe.each(["cpu", "gpu"] as const)("train_adjoint, %s profile", (profile) => {
  it.each(shapes)("adjoints of all steps, and of the last step's error alone: $readout", async (sizes) => {
    const problems = [1, 2].map((seed) => randomTrainProblem(sizes, seed));
    const engine = await loadedTrainEngine(problems, sizes, { profile, chunk: 16 });
    const { T, N, B } = sizes;
    const { rows, BP } = engine.layout;
    try {
      for (const plan of ["backward", "lastBackward"] as const) {
        const adjoints = await afterPlans(engine, ["forward", plan], "adjoints");
        problems.forEach((problem, m) => {
          const { model, batch } = referenceOf(problem, sizes);
          for (let b = 0; b < B; b++) {
            const forward = trainForward(model, batch, b);
            const errors = plan === "backward" ? forward.errors : forward.errors.map((row, t) => (t === T - 1 ? row : row.map(() => 0)));
            const expected = trainAdjoint(model, batch, b, { ...forward, errors }).recurrentBars;
            for (const t of [0, 15, 16, T - 1]) {
              const got = Array.from({ length: N }, (_, i) => adjoints[((m * T + t) * rows + i) * BP + b]);
              expect(relativeError(got, expected[t])).toBeLessThan(5e-5);
            }
          }
        });
      }
    } finally {
      engine.destroy();
    }
  });
});
