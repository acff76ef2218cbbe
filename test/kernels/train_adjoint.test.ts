import { describe, expect, it } from "vitest";
import type { TrainSizes } from "../../src/kernels/train_sizes";
import { deviations } from "../../src/workbench/numbers";
import { trainAdjointPairs } from "../../src/workbench/train_stages";
import { afterPlans, loadedTrainEngine, randomTrainProblem } from "../helpers/train";

const base = { cell: "rnn", M: 2, B: 9, T: 35, N: 21, S: 2, R: 2, scored: 7, loss: "bce" } as const;
const shapes: TrainSizes[] = [
  { ...base, readout: "pre-activation" },
  { ...base, readout: "activation" },
];

describe.each(["cpu", "gpu"] as const)("train_adjoint, %s profile", (profile) => {
  it.each(shapes)("adjoints of all steps, and of the last step's error alone: $readout", async (sizes) => {
    const problems = [1, 2].map((seed) => randomTrainProblem(sizes, seed));
    const engine = await loadedTrainEngine(problems, sizes, { profile, chunk: 16 });
    try {
      for (const plan of ["backward", "lastBackward"] as const) {
        const adjoints = await afterPlans(engine, ["forward", plan], "adjoints");
        const [{ error }] = deviations(trainAdjointPairs({ engine, sizes, problems }, adjoints, plan === "lastBackward"));
        expect(error).toBeLessThan(5e-5);
      }
    } finally {
      engine.destroy();
    }
  });
});
