import { existsSync } from "node:fs";
import { expect, test } from "vitest";
import { paceOf } from "../../src/bench/pace";
import { workOf } from "../../src/bench/work";
import { floss, temporaryFolder } from "./helper";

// No time is asserted: only that what is printed hangs together.

const file = temporaryFolder();
const sizes = ["--hidden", "9", "--k", "3", "--steps", "20", "--rounds", "2"];
const small = [...sizes, "--epochs", "4"];

test("one size as JSON: times, rates by kernel, the adapter's ceiling; a picture", async () => {
  const { code, stdout } = await floss("bench", "flossing", ...small, "--networks", "2", "--json", "--plot", file("stages.svg"));
  expect(code).toBe(0);
  expect(stdout).toMatch(/^\{.*\}\n$/);
  const report = JSON.parse(stdout);
  expect(report).toMatchObject({ kind: "flossing", hidden: 9, k: 3, steps: 20, networks: 2, peers: [] });
  for (const name of ["ms_per_epoch", "ms_per_epoch_min", "forward_ms", "backward_ms", "gflops", "compile_ms", "ceiling_gflops"])
    expect(report[name], name).toBeGreaterThan(0);
  expect(report.ms_per_epoch_min).toBeLessThanOrEqual(report.ms_per_epoch);
  const { gflops, ms } = report.stages.find(({ name }: { name: string }) => name === "weight_gradient");
  expect(gflops * ms * 1e6).toBeCloseTo(2 * 20 * 2 * 9 * (9 * 4 + 3), 3);
  expect(existsSync(file("stages.svg"))).toBe(true);
});

test("for people: a line a kernel and a table; sizes belong to one kind of work", async () => {
  const { code, stdout } = await floss("bench", "spectrum", ...sizes, "--quiet");
  expect(code).toBe(0);
  expect(stdout).toMatch(/^spectrum N=9 K=3 T=20: .* ms/);
  expect(stdout).toMatch(/walk_forward +[\d.]+/);
  expect(stdout).toMatch(/ceiling here: product [\d.]+ GFLOP\/s, copy [\d.]+ GB\/s/);
  const wrong = await floss("bench", "--hidden", "9");
  expect(wrong.code).toBe(2);
  expect(wrong.stderr).toContain("--hidden is for one size");
});

test("training: kernels, work and a table", async () => {
  const sizes = "--hidden 9 --steps 20 --delay 5 --batch 3 --networks 2 --rounds 2 --epochs 4".split(" ");
  const { code, stdout } = await floss("bench", "training", ...sizes, "--json");
  expect(code).toBe(0);
  const report = JSON.parse(stdout);
  expect(report).toMatchObject({ kind: "training", hidden: 9, batch: 3, steps: 20, networks: 2, delay: 5, peers: [] });
  for (const name of ["ms_per_epoch", "ms_per_epoch_min", "forward_ms", "backward_ms", "gflops", "compile_ms"])
    expect(report[name], name).toBeGreaterThan(0);
  const { gflops, ms } = report.stages.find(({ name }: { name: string }) => name === "train_gradient");
  expect(gflops * ms * 1e6).toBeCloseTo(2 * 3 * 20 * 2 * (9 * 9 + 9 * 2 + 9), 3);
});

test.each([
  ["training --k 3", "--k 3: training has no exponents; leave --k out"],
  ["training --interval 2", "--interval 2: training orthonormalises nothing; leave --interval out"],
  ["training --interval auto", "--interval auto: training orthonormalises nothing; leave --interval out"],
  ["training --schedule stepwise", "--schedule stepwise: training has no such schedule; leave --schedule out"],
  ["training --schedule fused", "--schedule fused: training has no such schedule; leave --schedule out"],
  ["flossing --delay 40", "--delay 40: flossing has no task; leave --delay out"],
  ["spectrum --delay 5", "--delay 5: spectrum has no task; leave --delay out"],
  ["--delay 5", "--delay is for one size: say which, flossing, training or spectrum"],
  ["kernel train_forward --k 3", "--k 3: train_forward has no exponents; leave --k out"],
  ["kernel draw_task --interval 1", "--interval 1: draw_task has no exponents; leave --interval out"],
  ["kernel adam --wgsl --variant mine.wgsl", "--wgsl writes the shader in use and ends, --variant races: give one of them"],
  ["scaling --work training --over hidden,k", "--over k: training has no exponents; leave k out of --over"],
])("bench %s: an option that would change nothing is refused in one line", async (argv, message) => {
  expect(await floss("bench", ...argv.split(" "))).toEqual({ code: 2, stdout: "", stderr: `error: ${message}\n` });
});

test("pace: the clock counts from batch to batch", () => {
  // Epochs 1 2 3 at 10, 4 5 6 at 40, 7 at 50.
  const times = [10, 10.1, 10.2, 40, 40.1, 40.2, 50].map((at, i) => ({ epoch: i + 1, at }));
  expect(paceOf(0, times, 2)).toBe(40 / 4);
  expect(paceOf(0, times, 4)).toBe(10);
  expect(paceOf(0, times, 9)).toBe(50 / 7);
  expect(paceOf(0, times.slice(0, 3), 1)).toBe(10 / 3);
});

test("work of an epoch by hand", () => {
  const { walk_forward, walk_adjoint } = workOf({ cell: "rnn", M: 1, B: 1, T: 1, N: 2, S: 1, K: 2, warmup: 0 }, 1);
  // W Q: 2 × 2 × 2 × 2; W h and U x: 2 × 2 × 3; C and A − Q C: 4 × 2 × 3.
  expect(walk_forward.flops).toBe(16 + 12 + 24);
  expect(walk_adjoint.flops).toBe(16 + 8 + 8 + 36);
});
