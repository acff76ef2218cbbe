import { describe, expect, it } from "vitest";
import { parameterNames } from "../../src/model";
import { referenceSpectrum } from "../../src/reference/index";
import { caseNames, loadCase } from "../../src/verify/index";
import { relativeError } from "../helpers/numbers";

describe.each(caseNames)("%s, from PyTorch's float64 autograd", (name) => {
  const { model, B, T, K, warmup, target, x, h0, q0, exponents, loss, gradient } = loadCase(name);
  const result = referenceSpectrum(model, { x, B, T, h0, q0 }, { k: K, warmup, target, gradient: true });

  it("exponents and loss", () => {
    result.exponents.forEach((lambda, b) => {
      lambda.forEach((value, i) => {
        expect(Math.abs(value - exponents[b][i])).toBeLessThan(1e-10);
      });
    });
    expect(result.exponents.length).toBe(B);
    expect(Math.abs(result.loss - loss)).toBeLessThan(1e-10);
  });

  it.each(parameterNames)("gradient of %s", (parameter) => {
    expect(relativeError(result.gradient[parameter], gradient[parameter])).toBeLessThan(1e-9);
  });
});
