import { spawnSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { expect, it, test } from "vitest";
import { readSafetensors } from "../../src/files/safetensors";
import { floss, temporaryFolder } from "./helper";

// Files as PyTorch writes them (test/pytorch/round_trip.py), flossed and taken back.

const file = temporaryFolder();
const names = ["rnn", "rnn-nobias", "rnn-prefix", "rnn-f64", "rnn-bf16"];
const original = (name: string) => new URL(`../pytorch/files/${name}.safetensors`, import.meta.url).pathname;
const read = (path: string) => readSafetensors(readFileSync(path), path);

it.each(names)("%s: the output has the tensors of the input, flossed, the others as they were", async (name) => {
  const out = file(`${name}.safetensors`);
  const run = ["--k", "4", "--epochs", "5", "--lr", "0.01", "--input-kind", "bernoulli", "--steps", "40"];
  const { code, stdout, stderr } = await floss("floss", original(name), ...run, "-o", out);
  expect({ code, stderr }).toMatchObject({ code: 0 });
  expect(stdout).toMatch(/^loss [\d.e-]+ -> [\d.e-]+, first exponent/);
  const [before, after] = [read(original(name)), read(out)];
  expect(after.metadata).toEqual({ format: "pt" });
  expect([...after.tensors.keys()].sort()).toEqual([...before.tensors.keys()].sort());
  for (const [key, tensor] of before.tensors) {
    const flossed = after.tensors.get(key);
    expect(flossed?.shape, key).toEqual(tensor.shape);
    if (/weight_[ih]h_l0$|bias_[ih]h_l0$/.test(key)) expect(flossed?.bytes, key).not.toEqual(tensor.bytes);
    else expect(flossed, key).toEqual(tensor);
  }
  const converted = { "rnn-f64": "F64", "rnn-bf16": "BF16" }[name];
  if (converted) expect(stderr).toContain(`weight_hh_l0 was converted from ${converted} to F32`);
});

const python = "/usr/bin/python3";
const pytorch = spawnSync(python, ["-c", "import torch"]).status === 0;

test.skipIf(!pytorch)("PyTorch takes them all with load_state_dict(strict=True)", () => {
  const script = new URL("../pytorch/round_trip.py", import.meta.url).pathname;
  const { status, stdout, stderr } = spawnSync(python, [script, "check", file("")], { encoding: "utf8" });
  expect({ status, stderr }).toMatchObject({ status: 0 });
  const lines = stdout
    .trim()
    .split("\n")
    .map((line) => JSON.parse(line));
  expect(lines.map(({ name }) => name)).toEqual(names);
  for (const { name, changed, finite, output } of lines) {
    expect(finite).toBe(true);
    expect(output).toEqual([1, 4, name === "rnn-prefix" ? 3 : 12]);
    const parameters = name === "rnn-nobias" ? 2 : 4;
    expect(changed, name).toHaveLength(parameters);
  }
});
