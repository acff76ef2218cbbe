import { describe, expect, it } from "vitest";
import type { TrainSizes } from "../../src/kernels/train_sizes";
import { trainForward } from "../../src/reference/index";
import { deviations } from "../../src/workbench/numbers";
import { trainForwardPairs } from "../../src/workbench/train_stages";
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
    const { T, R } = sizes;
    const { NP, BP, blocks } = engine.layout;
    try {
      const records = await afterPlans(engine, ["forward"], "records");
      const reads = await afterPlans(engine, [], "reads");
      const errors = await afterPlans(engine, [], "errors");
      const found = deviations(trainForwardPairs({ engine, sizes, problems }, { records, reads, errors }));
      const read = sizes.readout === "pre-activation" ? ["reads"] : [];
      expect(found.map(({ what }) => what)).toEqual(["states", ...read, "errors", "sums of the loss", "right answers"]);
      for (const { what, error } of found) expect(error, what).toBeLessThan({ "sums of the loss": 1e-5, "right answers": 1e-12 }[what] ?? 2e-5);
      problems.forEach((_, m) => {
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
