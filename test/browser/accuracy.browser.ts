import { beforeAll, describe, expect, it } from "vitest";
import { commands } from "vitest/browser";
import { adapterName, floss, lyapunovSpectrum, randomModel, requestDevice } from "../../src/index";
import { caseNames, loadCase, pytorchErrors, trainCaseNames, verifyAccuracy } from "../../src/verify/index";
import type { NodeSpectra } from "./node_spectra";

declare module "vitest/browser" {
  interface BrowserCommands {
    nodeSpectra: (name: string) => Promise<NodeSpectra>;
  }
}

// The library as it is, in a page, on another adapter than Node's: SwiftShader.

let device: GPUDevice;

beforeAll(async () => {
  device = await requestDevice(navigator.gpu);
});

it("accuracy rule: at most PyTorch's float32 error on every case", async () => {
  const rows = await verifyAccuracy(device);
  for (const { case: name, kind, median, largest, pytorch } of rows)
    console.log(
      `${adapterName(device)}: ${name} ${kind}: median ${median.toExponential(1)}, largest ${largest.toExponential(1)}, PyTorch ${pytorch.toExponential(1)}`,
    );
  expect(rows).toHaveLength(2 * (caseNames.length + trainCaseNames.length));
  for (const row of rows) expect(row.passed, JSON.stringify(row)).toBe(true);
});

describe.each(caseNames)("case %s", (name) => {
  it("page and Node agree within float32 rounding", async () => {
    const c = loadCase(name);
    const node = await commands.nodeSpectra(name);
    expect(node.adapter).not.toBe(adapterName(device));
    const options = { k: c.K, warmup: c.warmup, interval: 1, target: c.target, gradient: true };
    const page = await lyapunovSpectrum(device, c.model, c, options);
    // Two roundings of the same numbers: each may be as far from the truth as PyTorch's float32, with the rule's floors.
    const { value, gradient } = pytorchErrors[name];
    const differences = page.exponents.flatMap((row, b) => Array.from(row, (exponent, k) => Math.abs(exponent - node.exponents[b][k])));
    const widest = Math.max(...differences, Math.abs(page.loss - node.loss));
    expect(widest).toBeLessThan(2 * Math.max(value, 5e-6));
    let [square, norm] = [0, 0];
    for (const [key, values] of Object.entries<Float32Array>({ ...page.gradient }))
      values.forEach((number, i) => {
        square += (number - node.gradient[key][i]) ** 2;
        norm += node.gradient[key][i] ** 2;
      });
    console.log(`${name}: page and Node differ by ${widest.toExponential(1)}, gradient ${Math.sqrt(square / norm).toExponential(1)}`);
    expect(Math.sqrt(square / norm)).toBeLessThan(2 * Math.max(gradient, 5e-5));
  });
});

it("arguments at which the adapter's own tanh overflows", async () => {
  const model = randomModel({ hidden: 9, inputs: 1, gain: 1, seed: 1 });
  model.parameters.bias_ih_l0.set([100, -100, 90, -95, 0, 0.1, -0.1, 0.2, 0]);
  const { exponents } = await lyapunovSpectrum(device, model, { T: 20 }, { k: 3 });
  for (const value of exponents[0]) expect(Number.isFinite(value)).toBe(true);
});

it("flosses in the page", async () => {
  const model = randomModel({ hidden: 9, inputs: 1, gain: 0.5, seed: 1 });
  const losses: number[] = [];
  const run = floss(device, [model], { T: 30, x: { kind: "bernoulli", seed: 1 } }, { k: 3, epochs: 30, lr: 0.01 });
  for await (const { loss } of run) losses.push(loss[0]);
  expect(losses).toHaveLength(31);
  expect(losses[30]).toBeLessThan(0.2 * losses[0]);
  expect((await run.models())[0].parameters.weight_hh_l0).not.toEqual(model.parameters.weight_hh_l0);
});
