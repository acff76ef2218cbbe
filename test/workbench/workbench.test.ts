import { describe, expect, it } from "vitest";
import { walkSizesOf } from "../../src/bench/rows";
import { kernelSpecs } from "../../src/kernels/index";
import { stages } from "../../src/workbench/index";
import { checkStepsFor } from "../../src/workbench/kernel_report";
import { deviations } from "../../src/workbench/numbers";
import { checkCandidate, createCandidate, differing } from "../../src/workbench/race";
import { type StageName, stageNames } from "../../src/workbench/specs";
import type { StageSizes } from "../../src/workbench/stage";
import { variantSpec } from "../../src/workbench/variant";
import { testDevice } from "../helpers/device";

const sizes: StageSizes = { cell: "rnn", networks: 2, batch: 2, steps: 19, hidden: 18, k: 17, interval: 1, seed: 1 };

/** Mistakes of the kind that people make; where compiling is quick. */
const mistakes: Readonly<Partial<Record<StageName, [RegExp, string]>>> = {
  flossing_loss: [/\/ f32\(params\.T - params\.warmup\);/, "/ f32(params.T - params.warmup + 1u);"],
  adam: [/params\.epsilon\)/, "1e-3)"],
  train_gradient: [/let first = slab \* SLAB;/, "let first = slab * SLAB + 1u;"],
  train_update: [/sqrt\(v\) \* correction2/, "sqrt(v)"],
};

it("every kernel can be tried", () => {
  expect([...stageNames].sort()).toEqual(
    kernelSpecs(walkSizesOf(sizes), "cpu")
      .map(({ name }) => name)
      .sort(),
  );
});

it.each(stageNames)("%s agrees with its twin; a mistake is seen", async (name) => {
  const device = await testDevice();
  const stage = await stages[name](device, sizes);
  try {
    const own = await checkCandidate(device, stage, await createCandidate(device, stage, stage.spec));
    for (const { what, error } of own.deviations) expect(error, what).toBeLessThanOrEqual(stage.tolerance);
    const [right, mistaken] = mistakes[name] ?? [];
    if (!right || mistaken === undefined) return;
    expect(stage.spec.code).toMatch(right);
    const wrong = await variantSpec(device, stage.spec, "wrong.wgsl", stage.spec.code.replace(right, mistaken));
    const found = await checkCandidate(device, stage, await createCandidate(device, stage, wrong));
    expect(found.deviations.some(({ error }) => !(error <= stage.tolerance))).toBe(true);
    expect(differing(own.outputs, found.outputs).different).toBeGreaterThan(0);
  } finally {
    stage.destroy();
  }
});

describe("deviations", () => {
  const pair = { what: "x", place: "step 1", expected: [3, 4, 0, 0], columns: 2 };

  it("gives the norm's error, single numbers against the root mean square, and where", () => {
    const [found] = deviations([
      { ...pair, got: [3, 4, 0, 0.5] },
      { ...pair, place: "step 2", got: [3, 4, 0.1, 0] },
    ]);
    // The root mean square is 2.5.
    expect(found).toMatchObject({ what: "x", median: 0, where: "step 1, [1, 1]" });
    expect(found.error).toBeCloseTo(0.5 / 5, 12);
    expect(found.largest).toBeCloseTo(0.5 / 2.5, 12);
  });

  it("counts what is not written as infinitely far", () => {
    expect(deviations([{ ...pair, got: [3, Number.NaN, 0, 0] }])[0]).toMatchObject({ error: Number.POSITIVE_INFINITY, where: "step 1, [0, 1]" });
  });
});

it("the twin's steps: fewer for large networks, never more than asked for", () => {
  expect(checkStepsFor("walk_forward", sizes)).toBe(19);
  expect(checkStepsFor("walk_forward", { ...sizes, steps: 300, hidden: 512, k: 64 })).toBeLessThan(20);
  expect(checkStepsFor("adam", { ...sizes, steps: 300 })).toBe(37);
});
