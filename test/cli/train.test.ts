import { spawn } from "node:child_process";
import { existsSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { parquetReadObjects } from "hyparquet";
import { describe, expect, test } from "vitest";
import { readSafetensors } from "../../src/files/safetensors";
import { floss, temporaryFolder } from "./helper";

const file = temporaryFolder();
const cli = fileURLToPath(new URL("../../dist/cli.js", import.meta.url));
const settings = "--task xor --delay 4 --hidden 18 --batch 5 --steps 30 --epochs 120 --k 7 --preflossing 70 --floss-at 31 --floss-epochs 20".split(
  " ",
);
const more = "--measure-every 25 --checkpoint-every 10 --seeds 0,2".split(" ");
const argv = (folder: string, ...rest: string[]) => ["train", ...settings, ...more, "-o", folder, "--quiet", ...rest];

/** Metrics without wall-clock fields, and the weights of the checkpoint. */
function resultOf(folder: string): unknown {
  return [0, 2].map((seed) => {
    const lines = readFileSync(join(folder, `seed-${seed}`, "metrics.jsonl"), "utf8")
      .split("\n")
      .slice(0, -1);
    const metrics = lines.map((line) => ({ ...JSON.parse(line), seconds: 0 }));
    const bytes = new Uint8Array(readFileSync(join(folder, `seed-${seed}`, "checkpoint.safetensors")));
    return [metrics, [...bytes]];
  });
}

async function killed(folder: string, ms: number, signal: NodeJS.Signals): Promise<number> {
  const child = spawn(process.execPath, [cli, ...argv(folder, "--resume")], { stdio: "ignore", detached: true });
  const closed = new Promise<number>((resolve) => child.on("close", (code, by) => resolve(code ?? (by ? -1 : -2))));
  const timer = setTimeout(() => process.kill(-(child.pid as number), signal), ms);
  const code = await closed;
  clearTimeout(timer);
  return code;
}

describe("floss train", () => {
  test("a run folder that other programs can read", async () => {
    const { code, stdout } = await floss(...argv(file("whole"), "--json"));
    expect(code).toBe(0);
    const report = JSON.parse(stdout);
    expect(report.runs.map(({ seed }: { seed: number }) => seed)).toEqual([0, 2]);
    expect(report.horizon).toBe("d = 4 (Δ = 2)");
    expect(report.runs[0].flossing_steps).toBe(90);
    expect(readdirSync(file("whole")).sort()).toEqual(["config.yaml", "curves.png", "curves.svg", "provenance.json", "seed-0", "seed-2"]);
    const lines = readFileSync(join(file("whole"), "seed-2", "metrics.jsonl"), "utf8")
      .split("\n")
      .slice(0, -1)
      .map((line) => JSON.parse(line));
    expect(lines.filter(({ kind }) => kind === "epoch").map(({ epoch }) => epoch)).toEqual(Array.from({ length: 120 }, (_, i) => i + 1));
    expect(lines.filter(({ kind }) => kind === "measure").map(({ epoch }) => epoch)).toEqual([0, 25, 50, 75, 100, 120]);
    const measured = lines.find(({ kind, epoch }) => kind === "measure" && epoch === 50);
    expect(measured.exponents).toHaveLength(7);
    expect(measured.gradient_decay).toHaveLength(30);
    expect(measured.weight_gradient_singular_values).toHaveLength(18);
    const checkpoint = new Uint8Array(readFileSync(join(file("whole"), "seed-0", "checkpoint.safetensors")));
    const { tensors, metadata } = readSafetensors(checkpoint, "checkpoint");
    expect(tensors.get("readout.weight")?.shape).toEqual([1, 18]);
    expect(JSON.stringify(metadata)).not.toMatch(/\/|seconds|20\d\d-/);
  });

  test("a finished run says so; another config, or an unfinished run without --resume, is refused", async () => {
    const again = await floss(...argv(file("whole")));
    expect(again).toMatchObject({ code: 0, stdout: expect.stringContaining("finished already") });
    const other = await floss(...argv(file("whole"), "--lr", "0.002"));
    expect(other).toMatchObject({ code: 2, stderr: expect.stringContaining("lr (0.001 there, 0.002 here)") });
    rmSync(join(file("whole"), "seed-2", "summary.json"));
    expect(await floss(...argv(file("whole")))).toMatchObject({ code: 2, stderr: expect.stringContaining("--resume") });
    expect(await floss(...argv(file("whole"), "--resume"))).toMatchObject({ code: 0 });
    expect(existsSync(join(file("whole"), "seed-2", "summary.json"))).toBe(true);
  });

  test.skipIf(!existsSync(cli))("killed again and again, it ends as an uninterrupted run does, bit by bit", async () => {
    const codes: number[] = [];
    for (const ms of [1200, 1350, 1500, 1300]) codes.push(await killed(file("killed"), ms, "SIGKILL"));
    expect(codes).toContain(-1);
    expect((await floss(...argv(file("killed"), "--resume"))).code).toBe(0);
    expect(resultOf(file("killed"))).toEqual(resultOf(file("whole")));
  });

  test.skipIf(!existsSync(cli))("SIGTERM saves; a second process is refused while the first lives", async () => {
    const first = killed(file("shared"), 4000, "SIGTERM");
    while (!existsSync(join(file("shared"), "seed-0"))) await delay(20);
    expect(await floss(...argv(file("shared"), "--resume"))).toMatchObject({ code: 2, stderr: expect.stringMatching(/in use by process \d+/) });
    expect([0, 143]).toContain(await first);
    expect((await floss(...argv(file("shared"), "--resume"))).code).toBe(0);
    expect(resultOf(file("shared"))).toEqual(resultOf(file("whole")));
  });

  test("compare: medians and quartiles of runs side by side, and their picture", async () => {
    const { code, stdout } = await floss("compare", file("whole"), file("killed"), "--plot", file("compare.svg"), "--json");
    expect(code).toBe(0);
    const [whole, killed] = JSON.parse(stdout).runs;
    expect({ ...killed, folder: whole.folder }).toEqual(whole);
    const last = [0, 2].map((seed) => JSON.parse(readFileSync(join(file("whole"), `seed-${seed}`, "summary.json"), "utf8")));
    expect(whole.test_accuracy[0]).toBeCloseTo((last[0].test_accuracy + last[1].test_accuracy) / 2, 12);
    expect(whole).toMatchObject({ seeds: 2, of: 2, flossing: "flossing, k = 7: 70 steps before, 20 at 31" });
    expect(readFileSync(file("compare.svg"), "utf8")).toContain("accuracy on fresh sequences");
    expect((await floss("compare", file("whole"))).stdout).toContain("xor, d = 4 (Δ = 2)");
    expect(await floss("compare", file("nowhere"))).toMatchObject({ code: 2 });
  });

  test.each(["rnn_relu", "gru", "lstm"])("%s: trains, and its checkpoint is a network for every command", async (cell) => {
    // ReLU networks of random weights have directions that die: they are not flossed here.
    const flossing = cell === "rnn_relu" ? [] : ["--k", "5", "--preflossing", "10"];
    const sizes = ["--task", "copy", "--delay", "3", "--cell", cell, "--hidden", "18", "--batch", "5", "--steps", "20", "--gain", "0.9"];
    const run = (folder: string, epochs: string, ...rest: string[]) =>
      floss(
        "train",
        ...sizes,
        "--epochs",
        epochs,
        "--measure-every",
        "4",
        "--checkpoint-every",
        "4",
        ...flossing,
        "-o",
        file(folder),
        "--json",
        ...rest,
      );
    const { code, stdout, stderr } = await run(cell, "12");
    expect({ code, stderr }).toMatchObject({ code: 0 });
    expect(JSON.parse(stdout).runs).toHaveLength(1);
    const path = join(file(cell), "seed-0", "checkpoint.safetensors");
    const { tensors } = readSafetensors(new Uint8Array(readFileSync(path)), "checkpoint");
    const gates = { rnn_relu: 1, gru: 3, lstm: 4 }[cell] as number;
    expect(tensors.get("weight_hh_l0")?.shape).toEqual([gates * 18, 18]);
    expect(tensors.get("h0")?.shape).toEqual([5, 18]);
    expect(tensors.get("c0")?.shape).toEqual(cell === "lstm" ? [5, 18] : undefined);
    const lines = readFileSync(join(file(cell), "seed-0", "metrics.jsonl"), "utf8")
      .trim()
      .split("\n");
    const measured = lines.map((line) => JSON.parse(line)).find(({ kind, epoch }) => kind === "measure" && epoch === 8);
    expect(measured.weight_gradient_singular_values).toHaveLength(18);
    expect(measured.gradient_decay.every((value: number) => value >= 0 && Number.isFinite(value))).toBe(true);
    // Comparisons keep cells apart.
    const title = { rnn_relu: "ReLU RNN", gru: "GRU", lstm: "LSTM" }[cell];
    expect((await floss("compare", file(cell))).stdout).toContain(`copy, d = 3, ${title}`);
    // Its trained starts serve as they are; the cell is known without --cell, from the shapes or the metadata.
    const spectrum = await floss("spectrum", path, "--k", "1", "--batch", "5", "--input-kind", "bernoulli", "--steps", "9", "--json");
    expect(JSON.parse(spectrum.stdout)).toMatchObject({ cell, batch: 5 });
  });

  test("what a cell cannot do is refused", async () => {
    const run = (...rest: string[]) => floss("train", "--task", "copy", "--delay", "3", "--epochs", "2", "-o", file("refused"), ...rest);
    const preactivation = await run("--cell", "gru", "--readout", "pre-activation");
    expect(preactivation).toMatchObject({ code: 2, stderr: expect.stringContaining("a unit of GRU cells has 3 of them; use activation") });
    expect(await run("--forget-bias", "1")).toMatchObject({ code: 2, stderr: expect.stringContaining("vanilla RNN cells have no forget gate") });
  });

  test("YAML with the names of the paper's code, options win; --print-config and --json-schema", async () => {
    writeFileSync(
      file("julia.yaml"),
      "task: -1\ndelay: 3\nN: 18\nE: 9\nB: 5\nT: 30\nEp: 4\nEf: 3\nEi: 2\nNi: 2\nnLE: 7\ng: 1.5\nsNet: 5\nseeds: 0-2\n",
    );
    const { code, stdout, stderr } = await floss("train", "--config", file("julia.yaml"), "--gain", "1.2", "--print-config");
    expect({ code, stderr }).toEqual({ code: 0, stderr: "" });
    for (const line of ["task: xor-tree", "depth: 1", "hidden: 18", "gain: 1.2", "preflossing: 4", "floss_every: 3", "k: 7", "seed_network: 5"])
      expect(stdout).toContain(line);
    writeFileSync(file("again.yaml"), stdout);
    expect((await floss("train", "--config", file("again.yaml"), "--print-config")).stdout).toBe(stdout);
    const run = await floss("train", "--config", file("again.yaml"), "-o", file("julia"), "--json");
    expect(run.code).toBe(0);
    expect(JSON.parse(run.stdout).runs[0].flossing_steps).toBe(8);
    const schema = JSON.parse((await floss("train", "--json-schema")).stdout);
    expect(schema.properties.delay.description).toContain("paper's d");
    expect(schema.additionalProperties).toBe(false);
  });

  test.each([
    ["--delay 5", "d of the task xor must be even"],
    ["--delay 40", "lower --delay or raise --steps"],
    ["--epochs 0", "epochs = 0"],
    ["--lr -1", "lr = -1"],
    ["--task sort", 'task = "sort"'],
    ["--seeds 1,1", "each only once"],
    ["--k 19", "exponents 1 to 18"],
    ["--floss-at 500", "must be 1 to 120"],
    ["--clip-kind all", 'clip_kind = "all"'],
    ["--data x.safetensors", "is for the task file"],
    ["--floss-steps 10 --floss-warmup 10", "flossing warm-up = 10"],
    ["--config nowhere.yaml", "cannot be read"],
  ])("bad input: %s", async (change, message) => {
    const { code, stderr } = await floss(...argv(file("bad")), ...change.split(" "));
    expect(code).toBe(2);
    expect(stderr).toContain(message);
    expect(stderr.trim().split("\n").length).toBeLessThan(3);
  });

  test("own sequences, squared error; export as CSV and Parquet", async () => {
    const problem = await import("../helpers/train");
    const { floatTensor, writeSafetensors } = await import("../../src/files/safetensors");
    const sizes = { cell: "rnn", M: 1, B: 3, T: 20, N: 9, S: 2, R: 2, scored: 0, loss: "mse", readout: "activation" } as const;
    const { x, y } = problem.randomTrainProblem(sizes, 1);
    writeFileSync(
      file("xy.safetensors"),
      writeSafetensors(
        new Map([
          ["x", floatTensor(x, [3, 20, 2])],
          ["y", floatTensor(y, [3, 20, 2])],
        ]),
      ),
    );
    const own = `train --task file --data ${file("xy.safetensors")} --loss mse --hidden 9 --epochs 30 --lr 0.01 --readout activation --measure-every 10 -o ${file("own")} --json`;
    const { code, stdout } = await floss(...own.split(" "));
    expect(code).toBe(0);
    const [{ loss, accuracy }] = JSON.parse(stdout).runs;
    expect(accuracy).toBeUndefined();
    const table = await floss("export", file("own"), file("whole"), "-o", file("runs.csv"));
    expect(table).toMatchObject({ code: 0 });
    const [head, ...rows] = readFileSync(file("runs.csv"), "utf8").split("\r\n").slice(0, -1);
    expect(head.split(",").slice(0, 4)).toEqual(["run", "seed", "kind", "epoch"]);
    expect(rows.length).toBe(30 + 4 + 2 * (120 + 90 + 6));
    expect((await floss("export", file("own"), "--kind", "epoch", "-o", file("own.parquet"))).code).toBe(0);
    const bytes = new Uint8Array(readFileSync(file("own.parquet")));
    const objects = await parquetReadObjects({ file: bytes.buffer as ArrayBuffer });
    expect(objects).toHaveLength(30);
    expect(objects[29]).toMatchObject({ run: "own", seed: 0, kind: "epoch", epoch: 30, loss });
    expect(Number(objects[0].loss)).toBeGreaterThan(loss);
    expect(await floss("export", file("own"), "-o", file("own.xlsx"))).toMatchObject({ code: 2 });
  });
});
