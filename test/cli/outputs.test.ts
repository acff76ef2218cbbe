import { existsSync, readdirSync, writeFileSync } from "node:fs";
import { dirname } from "node:path";
import { expect, test } from "vitest";
import { drawPlot, openOutputs } from "../../src/cli/outputs";
import { InputError } from "../../src/errors";
import { temporaryFolder } from "./helper";

const file = temporaryFolder();

function recorder() {
  const told: string[] = [];
  return { told, io: { stdout: () => {}, stderr: (text: string) => void told.push(text), isTTY: false } };
}

test("all files or none", async () => {
  await expect(openOutputs({ output: file("out"), metrics: file("no/metrics") })).rejects.toThrow(/--metrics .*there is no folder/);
  expect(readdirSync(dirname(file("x")))).toEqual([]);
});

test("what is not committed is discarded, what was not asked for is missing", async () => {
  const { files, discard } = await openOutputs({ output: file("out"), metrics: file("metrics"), plot: undefined });
  expect(Object.keys(files)).toEqual(["output", "metrics"]);
  files.output?.commit();
  discard();
  expect(readdirSync(dirname(file("x")))).toEqual(["out"]);
});

test("a plot that cannot be drawn is told and costs nothing else", async () => {
  const { told, io } = recorder();
  const { files } = await openOutputs({ plot: file("plot.png") });
  await drawPlot(files.plot, io, () => Promise.reject(new InputError("no PNG")));
  expect(told).toEqual(["warning: no PNG\n"]);
  expect(existsSync(file("plot.png"))).toBe(false);
  await drawPlot(undefined, io, () => Promise.reject(new Error("is not called")));
});

test("a plot replaces the one before only when it is drawn", async () => {
  writeFileSync(file("plot.svg"), "old");
  const { io } = recorder();
  const { files } = await openOutputs({ plot: file("plot.svg") });
  await drawPlot(files.plot, io, async (_, path) => writeFileSync(path, "new"));
  expect(readdirSync(dirname(file("x"))).sort()).toEqual(["out", "plot.svg"]);
});
