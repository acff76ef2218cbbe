import { describe, expect, it } from "vitest";
import { create } from "webgpu";
import { createKernel } from "../../src/gpu/kernel";
import { kernelSpecs } from "../../src/kernels/index";
import { choices, kernelShape } from "../../src/kernels/shape";
import { lyapunovSpectra } from "../../src/lyapunov";
import { profileConstants } from "../../src/shaders";
import { testDevice } from "../helpers/device";
import { relativeError } from "../helpers/numbers";
import { randomProblem } from "../helpers/problem";

const [N, K, T] = [21, 18, 20];

/** Exponents and the gradient of every parameter of two networks, by walks with a warm-up. */
async function walk(options: object) {
  const problems = [1, 2].map((seed) => randomProblem({ N, T, K, seed }));
  const inputs = {
    ...{ B: 1, T, x: (_: number, m: number) => problems[m].inputs.x },
    ...{ h0: (m: number) => problems[m].inputs.h0, q0: (m: number) => problems[m].inputs.q0 },
  };
  const models = problems.map(({ model }) => model);
  return lyapunovSpectra(await testDevice(), models, inputs, { k: K, warmup: 3, interval: 1, gradient: true, target: -0.5, ...options });
}

describe("a shape replaces the profile's numbers", () => {
  const sizes = { cell: "lstm", M: 1, B: 8, T, N, S: 1, K, warmup: 0 } as const;

  it("in the joined text, and nothing else", () => {
    const { WG, SIDE, PANEL } = profileConstants("gpu");
    const plain = kernelSpecs(sizes, "gpu");
    const tuned = kernelSpecs(sizes, kernelShape({ profile: "gpu", workgroup: 64, side: 16, panel: 8 }));
    for (const [i, { code }] of tuned.entries()) {
      const back = code
        .replace("const WG = 64u;", `const WG = ${WG}u;`)
        .replace("const SIDE = 16u;", `const SIDE = ${SIDE}u;`)
        .replace("const PANEL = 8u;", `const PANEL = ${PANEL}u;`);
      expect(back).toBe(plain[i].code);
      expect(code).not.toBe(plain[i].code);
    }
  });

  it("and every kernel passes Dawn's validation, within the default limits, with every number of the gpu profile", async () => {
    await testDevice(); // for the globals
    const gpu = create(["backend=null"]);
    const device = await (await gpu.requestAdapter())!.requestDevice();
    for (const [name, values] of Object.entries(choices.gpu))
      for (const value of values)
        for (const spec of kernelSpecs({ ...sizes, ...(name === "panel" && { panel: value }) }, kernelShape({ profile: "gpu", [name]: value })))
          await createKernel(device, spec);
    expect(gpu).toBeTruthy(); // kept alive until here
  });
});

describe("results do not depend on the shape", () => {
  const reference = walk({});

  it("chunk, groups and networks together: bit for bit", async () => {
    const expected = await reference;
    expect(await walk({ chunk: 16, together: 1, groups: 1 })).toEqual(expected);
    expect(await walk({ chunk: 32, together: 2, groups: 2 })).toEqual(expected);
  });

  // Workgroups and panels set the order of sums: 2e-6 and 3e-5 were seen, the cpu profile against the gpu's default alike.
  it("gpu profile, workgroup, tile and panels: up to the rounding of float32", async () => {
    const expected = await reference;
    const seen = await walk({ profile: "gpu", workgroup: 64, side: 16, panel: 8, groups: 2, chunk: 16 });
    for (const m of [0, 1]) {
      expect(relativeError(seen[m].exponents[0], expected[m].exponents[0])).toBeLessThan(5e-6);
      for (const name of ["weight_hh_l0", "weight_ih_l0", "bias_ih_l0", "h0"] as const)
        expect(relativeError(seen[m].gradient![name], expected[m].gradient![name]), name).toBeLessThan(2e-4);
    }
  });

  // CholeskyQR squares the condition of a panel, here of all 18 directions of 21: 5e-6 was seen.
  it("one panel of 32: exponents up to the rounding of float32", async () => {
    const expected = await reference;
    const seen = await walk({ profile: "gpu", workgroup: 256, panel: 32, gradient: false });
    for (const m of [0, 1]) expect(relativeError(seen[m].exponents[0], expected[m].exponents[0])).toBeLessThan(2e-5);
  });

  it("numbers that the kernels do not know are refused, with those that they do", async () => {
    await expect(walk({ profile: "cpu", panel: 8 })).rejects.toThrow("panel = 8: the cpu profile has 16");
    await expect(walk({ profile: "gpu", workgroup: 100 })).rejects.toThrow("workgroup = 100: the gpu profile has 32, 64, 128, 256");
    await expect(walk({ chunk: 20 })).rejects.toThrow("chunk = 20: must be 4, 8 or a multiple of 16");
    await expect(walk({ together: 0.5 })).rejects.toThrow("together = 0.5: must be a whole number");
  });
});
