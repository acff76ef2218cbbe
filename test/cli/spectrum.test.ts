import { readdirSync, readFileSync, writeFileSync } from "node:fs";
import { dirname } from "node:path";
import { describe, expect, test } from "vitest";
import { seriesLines } from "../../src/cli/series";
import { floats, floatTensor, readSafetensors, type Tensor, writeSafetensors } from "../../src/files/safetensors";
import { loadCase } from "../../src/verify/index";
import { relativeError } from "../helpers/numbers";
import { caseFile, floss, temporaryFolder } from "./helper";

const file = temporaryFolder();

function tensorsOf(path: string): ReadonlyMap<string, Tensor> {
  return readSafetensors(readFileSync(path), path).tensors;
}

function numbers(tensors: ReadonlyMap<string, Tensor>, name: string): Float32Array {
  return floats(tensors.get(name) as Tensor) as Float32Array;
}

async function spectrum(...argv: string[]): Promise<Record<string, unknown> & { exponents: number[][]; loss: number }> {
  const { code, stdout, stderr } = await floss("spectrum", ...argv, "--json");
  expect(stderr).toMatch(/^adapter: .+\n/);
  expect(code).toBe(0);
  expect(stdout).toMatch(/^\{.*\}\n$/);
  return JSON.parse(stdout);
}

describe.each(["rnn-small", "rnn-batch"])("case %s", (name) => {
  const c = loadCase(name);
  test("exponents and gradient as PyTorch has them", async () => {
    const out = file(`${name}.gradient.safetensors`);
    const sizes = ["--k", `${c.K}`, "--warmup", `${c.warmup}`, "--interval", "1"];
    const report = await spectrum(caseFile(name), ...sizes, "--target", `${c.target}`, "--gradient", out);
    const fields = [
      "cell",
      "hidden",
      "batch",
      "steps",
      "k",
      "warmup",
      "interval",
      "dense",
      "exponents",
      "standard_errors",
      "loss",
      "kaplan_yorke_dimension",
      "entropy_sum",
      "split_half_difference",
      "adapter",
      "profile",
      "schedule",
      "warnings",
    ];
    expect(Object.keys(report)).toEqual(fields);
    expect(report).toMatchObject({
      profile: "cpu",
      schedule: "fused",
      cell: "rnn",
      hidden: c.model.hidden,
      batch: c.B,
      steps: c.T,
      k: c.K,
      warmup: c.warmup,
      interval: 1,
      warnings: [],
    });
    expect(relativeError(report.exponents.flat(), c.exponents.flat())).toBeLessThan(1e-5);
    expect(relativeError([report.loss], [c.loss])).toBeLessThan(1e-5);
    expect((report.standard_errors as number[][]).map((row) => row.length)).toEqual(c.exponents.map((row) => row.length));
    const gradient = tensorsOf(out);
    expect([...gradient.keys()].sort()).toEqual(["bias_hh_l0", "bias_ih_l0", "h0", "weight_hh_l0", "weight_ih_l0"]);
    for (const [parameter, expected] of Object.entries(c.gradient)) expect(relativeError(numbers(gradient, parameter), expected)).toBeLessThan(1e-3);
    expect(gradient.get("h0")?.shape).toEqual([c.B, c.model.hidden]);
  });
});

describe("files", () => {
  const small = tensorsOf(caseFile("rnn-small"));
  const { exponents } = loadCase("rnn-small");

  test("a prefix and no biases: the gradient has the model's names", async () => {
    const tensors = [...small]
      .filter(([name]) => !name.startsWith("bias"))
      .map(([name, tensor]) => [name.startsWith("weight") ? `net.${name}` : name, tensor] as const);
    writeFileSync(file("prefix.safetensors"), writeSafetensors(new Map(tensors)));
    await spectrum(file("prefix.safetensors"), "--gradient", file("prefix.gradient"));
    expect([...tensorsOf(file("prefix.gradient")).keys()].sort()).toEqual(["h0", "net.weight_hh_l0", "net.weight_ih_l0"]);
  });

  test("inputs [T, S] of a file in place of x", async () => {
    writeFileSync(file("other.safetensors"), writeSafetensors(new Map([...small, ["x", floatTensor(new Float32Array(40), [1, 40, 1])]])));
    writeFileSync(file("x.safetensors"), writeSafetensors(new Map([["x", floatTensor(numbers(small, "x"), [40, 1])]])));
    const report = await spectrum(file("other.safetensors"), "--input", file("x.safetensors"), "--interval", "1");
    expect(relativeError(report.exponents[0], exponents[0])).toBeLessThan(1e-5);
  });
});

test("negative targets, one or several, enter the loss only", async () => {
  const { exponents, K } = loadCase("rnn-small");
  const mean = (target: (k: number) => number) => exponents[0].reduce((sum, value, k) => sum + (value - target(k)) ** 2, 0) / K;
  const one = await spectrum(caseFile("rnn-small"), "--target", "-0.5");
  expect(one.loss).toBeCloseTo(
    mean(() => -0.5),
    4,
  );
  const several = await spectrum(caseFile("rnn-small"), "--target", "-0.5,-0.2,0,0,0,0,0,-3");
  expect(several.loss).toBeCloseTo(
    mean((k) => [-0.5, -0.2, 0, 0, 0, 0, 0, -3][k]),
    4,
  );
});

test("the series ends with the exponents, and each line is what a shorter walk has", async () => {
  const batch = [caseFile("rnn-batch"), "--k", "10", "--interval", "1", "--warmup", "5"];
  const report = await spectrum(...batch, "--series", file("series.jsonl"));
  const lines = readFileSync(file("series.jsonl"), "utf8")
    .trimEnd()
    .split("\n")
    .map((line) => JSON.parse(line));
  const [batchSize, steps] = [Number(report.batch), Number(report.steps)];
  expect(lines).toHaveLength(batchSize * Math.ceil(steps / 16));
  expect(lines.filter(({ step }) => step === steps).map(({ exponents }) => exponents)).toEqual(report.exponents);
  const short = await spectrum(...batch, "--steps", "16");
  const first = lines.filter(({ step }) => step === 16);
  expect(first.map(({ trajectory }) => trajectory)).toEqual(short.exponents.map((_, b) => b));
  expect(first.map(({ exponents }) => exponents)).toEqual(short.exponents);
});

test("a random network: the same seed the same numbers, each seed its own", async () => {
  const random = ["--hidden", "8", "--gain", "1", "--steps", "40"];
  const first = await spectrum(...random);
  expect(await spectrum(...random, "--seed", "0")).toEqual(first);
  for (const seed of ["network", "state", "input", "frame"]) {
    expect((await spectrum(...random, `--seed-${seed}`, "1")).exponents).not.toEqual(first.exponents);
  }
});

test("for people: a table on stdout, nothing on stderr with --quiet", async () => {
  const { code, stdout, stderr } = await floss("spectrum", caseFile("rnn-small"), "--k", "8", "--quiet", "--plot", file("plot.svg"));
  expect(readFileSync(file("plot.svg"), "utf8")).toMatch(/<svg/);
  expect({ code, stderr }).toEqual({ code: 0, stderr: "" });
  expect(stdout).toMatch(/vanilla RNN with 8 units, 1 trajectory of 40 steps/);
  const rows = stdout.split("\n").filter((line) => /^ +\d+ +-?\d\.\d{6} +\d\.\d{6}$/.test(line));
  expect(rows.map((row) => Number(row.trim().split(/ +/)[0]))).toEqual([1, 2, 3, 4, 5, 6, 7, 8]);
  // Eight points, each at its place on the axis.
  expect(stdout.match(/●/g)).toHaveLength(8);
  expect(stdout).toMatch(/Kaplan-Yorke dimension \d+\.\d{4}\nsum of the positive exponents \d+\.\d{4}\nloss 1\.4377/);
});

test("no temporary file is left", () => {
  expect(readdirSync(dirname(file("x"))).filter((name) => name.endsWith(".tmp"))).toEqual([]);
});

const series = (...values: number[]) => values.map((value) => Float64Array.of(value));

test("a series has a line only where something was added", () => {
  // Orthonormalised after steps 20 and 40, and at the end.
  const lines = seriesLines([series(0, 20, 20, 5)], { T: 50, warmup: 0, interval: 20 })
    .trimEnd()
    .split("\n");
  expect(lines.map((line) => JSON.parse(line))).toEqual([20, 40, 50].map((step) => ({ trajectory: 0, step, exponents: [step === 50 ? 0.9 : 1] })));
});
