import { describe, expect, test } from "vitest";
import { lyapunovSpectrum } from "../src/lyapunov";
import { caseNames, loadCase } from "./helpers/cases";
import { testDevice } from "./helpers/device";
import { relativeError } from "./helpers/numbers";

describe.each(caseNames)("case %s", (name) => {
  test("exponents and gradient", async () => {
    const device = await testDevice();
    const c = loadCase(name);
    const result = await lyapunovSpectrum(device, c.model, { B: c.B, T: c.T, x: c.x, h0: c.h0, q0: c.q0 }, { k: c.K, warmup: c.warmup, interval: 1, target: c.target, gradient: true });
    console.log(name, relativeError(Float64Array.from(result.gradient!.weight_hh_l0), c.gradient.weight_hh_l0), result.spread, Math.abs(result.loss - c.loss));
    expect(Math.abs(result.loss - c.loss)).toBeLessThan(1e-5);
  });
});
