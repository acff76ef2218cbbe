import { existsSync } from "node:fs";
import { expect, test } from "vitest";
import { floss, temporaryFolder } from "./helper";

// No time is asserted: only that what is printed hangs together.

const file = temporaryFolder();

test("growth over one size and the rates of one cell: JSON, a picture, progress", async () => {
  const how = ["--over", "steps", "--cell", "rnn", "--work", "flossing", "--largest", "64", "--rounds", "1"];
  const { code, stdout } = await floss("bench", "scaling", ...how, "--json", "--plot", file("roofline.svg"));
  expect(code).toBe(0);
  expect(stdout).toMatch(/^\{.*\}\n$/);
  const { roofline, curves } = JSON.parse(stdout);
  expect(roofline.map(({ kernel }: { kernel: string }) => kernel)).toEqual(["walk_forward", "walk_adjoint", "weight_gradient"]);
  for (const { gflops, intensity, share } of roofline) expect(Math.min(gflops, intensity, share)).toBeGreaterThan(0);
  const [{ over, points, fits }] = curves;
  expect([over, points.length]).toEqual(["steps", 2]);
  // Operations of a walk are those of a step, times the steps.
  for (const fit of fits) expect(fit.flop_exponent).toBeCloseTo(1, 9);
  for (const { kernel, time_exponent, difference } of fits) expect(time_exponent - 1, kernel).toBeCloseTo(difference, 9);
  expect(existsSync(file("roofline.svg"))).toBe(true);
});

test("lists that are none and sizes that leave nothing to fit are refused", async () => {
  expect(await floss("bench", "scaling", "--over", "width")).toMatchObject({ code: 2, stderr: expect.stringContaining("hidden, k, steps") });
  expect(await floss("bench", "scaling", "--over", "hidden", "--largest", "32")).toMatchObject({
    code: 2,
    stderr: expect.stringContaining("two sizes at least"),
  });
});
