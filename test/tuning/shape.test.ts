import { describe, expect, it } from "vitest";
import { createKernel } from "../../src/gpu/kernel";
import { kernelSpecs } from "../../src/kernels/index";
import { choices, kernelShape } from "../../src/kernels/shape";
import { lyapunovSpectra, lyapunovSpectrum } from "../../src/lyapunov";
import { profileConstants } from "../../src/shaders";
import { testDevice } from "../helpers/device";
import { relativeError } from "../helpers/numbers";
import { randomProblem } from "../helpers/problem";

const [N, K, T] = [37, 35, 20];

/** Exponents and the gradient of every parameter of a walk with a warm-up and odd sizes. */
async function walk(shape: object, cell: "rnn" | "lstm" = "rnn") {
  const { model, inputs } = randomProblem({ cell, N, B: 1, T, K });
  const { exponents, gradient } = await lyapunovSpectrum(await testDevice(), model, inputs, {
    ...{ k: K, warmup: 3, interval: 1, gradient: true, target: -0.5 },
    ...shape,
  });
  return { exponents: exponents[0], weights: gradient?.weight_hh_l0 ?? new Float32Array(), start: gradient?.h0 ?? new Float32Array() };
}

describe("a tuned shape replaces the profile's numbers", () => {
  it("in the joined text, and nowhere else", () => {
    const sizes = { cell: "rnn", M: 1, B: 1, T, N, S: 1, K, warmup: 0 } as const;
    const [plain] = kernelSpecs(sizes, "gpu");
    const [tuned] = kernelSpecs(sizes, kernelShape({ profile: "gpu", workgroup: 64, side: 16, panel: 8 }));
    const { WG, SIDE, PANEL } = profileConstants("gpu");
    expect(plain.code).toContain(`const WG = ${WG}u;`);
    const back = tuned.code
      .replace("const WG = 64u;", `const WG = ${WG}u;`)
      .replace("const SIDE = 16u;", `const SIDE = ${SIDE}u;`)
      .replace("const PANEL = 8u;", `const PANEL = ${PANEL}u;`);
    expect(back).toBe(plain.code);
  });

  it("and every kernel compiles with every number of the gpu profile", async () => {
    const sizes = { cell: "lstm", M: 1, B: 8, T, N, S: 1, K, warmup: 0 } as const;
    for (const [name, values] of Object.entries(choices.gpu))
      for (const value of values)
        for (const spec of kernelSpecs({ ...sizes, ...(name === "panel" && { panel: value }) }, kernelShape({ profile: "gpu", [name]: value })))
          await createKernel(await testDevice(), spec);
  });
});

describe("gpu profile: results of other shapes", () => {
  const reference = walk({ profile: "gpu" });

  it("workgroup and tile of the weight gradient: bit for bit the default's", async () => {
    expect(await walk({ profile: "gpu", workgroup: 64, side: 16, chunk: 16, groups: 1 })).toEqual(await reference);
  });

  // The panels set the order of the sums of Gram-Schmidt: 3e-6 was seen with 8. CholeskyQR squares the condition of a panel:
  // with all 18 of 21 directions in one of 32, 3.5e-4 was seen.
  it.each([
    [8, 5e-5],
    [32, 1e-3],
  ])("panels of %i: the default's up to the rounding of float32", async (panel, tolerance) => {
    for (const groups of [1, 2] as const) {
      const [seen, expected] = [await walk({ profile: "gpu", panel, groups }), await reference];
      expect(relativeError(seen.exponents, expected.exponents)).toBeLessThan(5e-6);
      expect(relativeError(seen.weights, expected.weights)).toBeLessThan(tolerance);
      expect(relativeError(seen.start, expected.start)).toBeLessThan(tolerance);
    }
  });
});

describe("cpu profile", () => {
  it("refuses numbers that its lanes cannot have", async () => {
    await expect(walk({ profile: "cpu", panel: 8 })).rejects.toThrow("panel = 8: the cpu profile has 16");
    await expect(walk({ chunk: 20 })).rejects.toThrow("chunk = 20: must be a multiple of 16");
  });

  it("chunk and networks together: bit for bit the default's", async () => {
    const { model, inputs } = randomProblem({ N: 21, T: 40, K: 18 });
    const several = { ...inputs, x: () => inputs.x, h0: () => inputs.h0, q0: () => inputs.q0 };
    const run = async (shape: object) =>
      lyapunovSpectra(await testDevice(), [model, model, model], several, { k: 18, interval: 1, gradient: true, ...shape });
    expect(await run({ chunk: 16, together: 2, groups: 2 })).toEqual(await run({ chunk: 48, groups: 1 }));
  });
});
