import { existsSync, readdirSync, readFileSync, statSync, writeFileSync } from "node:fs";
import { dirname } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { describe, expect, test } from "vitest";
import { floatTensor, readSafetensors, writeSafetensors } from "../../src/files/safetensors";
import { caseFile, floss, temporaryFolder } from "./helper";

const file = temporaryFolder();
const random = ["--hidden", "8", "--steps", "40", "--k", "4", "--epochs", "12", "--lr", "0.01"];
const tensorsOf = (path: string) => readSafetensors(readFileSync(path), path).tensors;

interface Summary {
  readonly networks: number;
  readonly epochs: number;
  readonly loss_before: number[];
  readonly loss_after: number[];
  readonly exponents_after: number[][];
}

async function flossed(...argv: string[]): Promise<Summary> {
  const { code, stdout, stderr } = await floss("floss", ...argv, "--json", "--quiet");
  expect({ code, stderr }).toEqual({ code: 0, stderr: "" });
  expect(stdout).toMatch(/^\{.*\}\n$/);
  return JSON.parse(stdout);
}

describe("random networks", () => {
  test("the loss falls; the same seed makes the same file", async () => {
    const summary = await flossed(...random, "-o", file("first"), "--metrics", file("metrics.jsonl"), "--plot", file("plot.svg"));
    expect(Object.keys(summary)).toEqual([
      "networks",
      "k",
      "epochs",
      "loss_before",
      "loss_after",
      "exponents_before",
      "exponents_after",
      "adapter",
      "profile",
      "schedule",
      "seconds",
    ]);
    expect(summary).toMatchObject({ networks: 1, k: 4, epochs: 12 });
    expect(summary.loss_after[0]).toBeLessThan(summary.loss_before[0]);
    await flossed(...random, "-o", file("second"));
    expect(readFileSync(file("second")).equals(readFileSync(file("first")))).toBe(true);
    expect([...tensorsOf(file("first")).keys()].sort()).toEqual(["bias_hh_l0", "bias_ih_l0", "weight_hh_l0", "weight_ih_l0"]);
    expect(
      tensorsOf(file("first"))
        .get("bias_hh_l0")
        ?.bytes.every((byte) => byte === 0),
    ).toBe(true);
    expect(readFileSync(file("plot.svg"), "utf8")).toMatch(/<svg/);
  });

  test("metrics: one line per epoch, the epoch after the last update included", () => {
    const lines = readFileSync(file("metrics.jsonl"), "utf8")
      .trimEnd()
      .split("\n")
      .map((line) => JSON.parse(line));
    expect(lines.map(({ epoch }) => epoch)).toEqual(Array.from({ length: 13 }, (_, epoch) => epoch));
    expect(Object.keys(lines[0])).toEqual(["epoch", "network", "loss", "exponents", "interval", "time_s"]);
    expect(lines[0].exponents).toHaveLength(4);
  });

  test("several networks are together what they are alone", async () => {
    const summary = await flossed(...random, "--networks", "2", "--gain", "0.5..1", "-o", file("both"));
    expect(summary).toMatchObject({ networks: 2 });
    expect(summary.loss_after).toHaveLength(2);
    const alone = await flossed(...random, "--gain", "0.5..1", "-o", file("alone"));
    expect(summary.loss_after[0]).toBeCloseTo(alone.loss_after[0], 5);
    expect([...tensorsOf(file("both")).keys()].filter((name) => name.startsWith("network_1.")).sort()).toEqual([
      "network_1.bias_hh_l0",
      "network_1.bias_ih_l0",
      "network_1.weight_hh_l0",
      "network_1.weight_ih_l0",
    ]);
  });
});

describe("a model file", () => {
  test("keeps its names and tensors; only what is to be trained changes", async () => {
    const small = tensorsOf(caseFile("rnn-small"));
    const readout = floatTensor(Float32Array.of(1, 2, 3), [3]);
    const tensors = new Map([...small].filter(([name]) => name !== "bias_hh_l0" && name !== "q0"));
    writeFileSync(file("model"), writeSafetensors(new Map([...tensors, ["readout.weight", readout]]), { format: "pt" }));
    await flossed(file("model"), "--k", "4", "--epochs", "3", "--train-parameters", "recurrent,bias", "-o", file("out"));
    const before = tensorsOf(file("model"));
    const after = tensorsOf(file("out"));
    expect([...after.keys()].sort()).toEqual([...before.keys()].sort());
    const changed = [...after].filter(([name, { bytes }]) => !Buffer.from(bytes).equals(Buffer.from(before.get(name)?.bytes ?? [])));
    expect(changed.map(([name]) => name).sort()).toEqual(["bias_ih_l0", "weight_hh_l0"]);
    expect(readSafetensors(readFileSync(file("out")), "out").metadata).toEqual({ format: "pt" });
  });

  test("no epoch leaves the weights as they are", async () => {
    const summary = await flossed(caseFile("rnn-small"), "--k", "4", "--epochs", "0", "-o", file("same"));
    expect(summary.loss_after).toEqual(summary.loss_before);
    const before = tensorsOf(caseFile("rnn-small"));
    for (const [name, { bytes }] of tensorsOf(file("same"))) expect(Buffer.from(bytes).equals(Buffer.from(before.get(name)?.bytes ?? []))).toBe(true);
  });
});

test("a network that diverges: exit code 1, its metrics kept, no output", async () => {
  const wild = ["--hidden", "8", "--steps", "40", "--k", "4", "--epochs", "9", "--lr", "1e30"];
  const { code, stdout, stderr } = await floss("floss", ...wild, "--metrics", file("wild.jsonl"), "-o", file("wild"), "--quiet");
  expect(code).toBe(1);
  expect(stdout).toBe("");
  expect(stderr).toMatch(/^error: epoch \d/);
  expect(stderr.trimEnd().split("\n").length).toBeLessThanOrEqual(5);
  expect(existsSync(file("wild"))).toBe(false);
});

test("an interrupted run is saved, with exit code 130", async () => {
  const before = process.listenerCount("SIGINT");
  const sizes = ["--hidden", "8", "--steps", "40", "--k", "4"];
  const running = floss("floss", ...sizes, "--epochs", "1000000", "-o", file("interrupted"), "--metrics", file("interrupted.jsonl"), "--json");
  // Its metrics go to a temporary file first.
  const epochsDone = () =>
    readdirSync(dirname(file("x"))).some((name) => /^\.interrupted\.jsonl.*\.tmp$/.test(name) && statSync(file(name)).size > 0);
  while (!epochsDone()) await delay(20);
  process.emit("SIGINT", "SIGINT");
  const { code, stdout, stderr } = await running;
  expect(process.listenerCount("SIGINT")).toBe(before);
  expect(code).toBe(130);
  const { epochs } = JSON.parse(stdout);
  expect(stderr).toContain(`interrupted after ${epochs} epochs`);
  expect(readFileSync(file("interrupted.jsonl"), "utf8").trimEnd().split("\n")).toHaveLength(epochs);
  // As many epochs without interruption make the same network.
  await flossed(...sizes, "--epochs", `${epochs}`, "-o", file("uninterrupted"));
  expect(readFileSync(file("uninterrupted")).equals(readFileSync(file("interrupted")))).toBe(true);
});
