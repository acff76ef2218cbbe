import { readFileSync, writeFileSync } from "node:fs";
import { expect, test } from "vitest";
import { floatTensor, readSafetensors, writeSafetensors } from "../../src/files/safetensors";
import { relativeError } from "../helpers/numbers";
import { caseFile, floss, temporaryFolder } from "./helper";

const file = temporaryFolder();
const model = caseFile("train-rnn-bce");
const about = JSON.parse(readFileSync(model.replace(".safetensors", ".json"), "utf8"));
const bytesOf = (path: string) => readSafetensors(new Uint8Array(readFileSync(path)), path).tensors;

test("loss, accuracy and gradient of a file that PyTorch could have written", async () => {
  const { code, stdout } = await floss("evaluate", model, "--loss", "bce", "--first-step", "10", "--gradient", file("g.safetensors"), "--json");
  expect(code).toBe(0);
  const report = JSON.parse(stdout);
  expect(Math.abs(report.loss - about.loss)).toBeLessThan(1e-6);
  expect(report.accuracy).toBeCloseTo(about.accuracy, 6);
  const gradient = bytesOf(file("g.safetensors"));
  const expected = bytesOf(model.replace(".safetensors", ".gradient.safetensors"));
  for (const [name, { bytes }] of expected) {
    const [got, want] = [new Float32Array(gradient.get(name)!.bytes.slice().buffer), new Float64Array(bytes.slice().buffer)];
    expect(relativeError(got, want), name).toBeLessThan(1e-6);
  }
});

test("a checkpoint is read as it was trained, on sequences from elsewhere", async () => {
  const run = await floss(
    ..."train --task copy --delay 3 --hidden 12 --batch 4 --steps 20 --epochs 20 --checkpoint-every 20 --quiet -o".split(" "),
    file("run"),
  );
  expect(run.code).toBe(0);
  const [x, y] = [new Float32Array(4 * 20).map((_, i) => i % 2), new Float32Array(4 * 20)];
  writeFileSync(
    file("xy.safetensors"),
    writeSafetensors(
      new Map([
        ["x", floatTensor(x, [4, 20, 1])],
        ["y", floatTensor(y, [4, 20, 1])],
      ]),
    ),
  );
  const checkpoint = `${file("run")}/seed-0/checkpoint.safetensors`;
  const options = ["--data", file("xy.safetensors"), "--loss", "mse", "--first-step", "3", "--json"];
  const [auto, given, other] = await Promise.all(
    [[], ["--readout", "pre-activation"], ["--readout", "activation"]].map((more) => floss("evaluate", checkpoint, ...options, ...more)),
  );
  expect(JSON.parse(auto.stdout)).toEqual(JSON.parse(given.stdout));
  expect(JSON.parse(auto.stdout).loss).not.toBe(JSON.parse(other.stdout).loss);
  expect(JSON.parse(auto.stdout).accuracy).toBeUndefined();
  const spectrum = await floss("spectrum", checkpoint, ..."--k 3 --input-kind none --steps 50 --json".split(" "));
  expect(JSON.parse(spectrum.stdout).exponents).toHaveLength(4);
});

test.each([
  [[caseFile("rnn-small")], "y"],
  [[model, "--first-step", "50"], "must be 0 to 49"],
  [[model, "--loss", "l1"], "bce, mse"],
])("bad input: %j", async (change, message) => {
  const { code, stderr } = await floss("evaluate", "--loss", "bce", "--first-step", "10", ...change);
  expect(code).toBe(2);
  expect(stderr).toContain(message);
});
