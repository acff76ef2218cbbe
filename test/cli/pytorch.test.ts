import { spawnSync } from "node:child_process";
import { readFileSync, writeFileSync } from "node:fs";
import { expect, it, test } from "vitest";
import { floatTensor, readSafetensors, writeSafetensors } from "../../src/files/safetensors";
import { floss, temporaryFolder } from "./helper";

// Files as PyTorch writes them (test/pytorch/round_trip.py), flossed and taken back.

const file = temporaryFolder();
const names = ["rnn", "rnn-nobias", "rnn-prefix", "rnn-f64", "rnn-bf16", "rnn-relu", "gru", "lstm", "lstm-nobias"];
const original = (name: string) => new URL(`../pytorch/files/${name}.safetensors`, import.meta.url).pathname;
const read = (path: string) => readSafetensors(readFileSync(path), path);

/** What flossing changes: of a piecewise linear network the exponents depend on the recurrent weights alone. */
const changes = (name: string) => (name === "rnn-relu" ? /weight_hh_l0$/ : /weight_[ih]h_l0$|bias_[ih]h_l0$/);

it.each(names)("%s: the output has the tensors of the input, flossed, the others as they were", async (name) => {
  const out = file(`${name}.safetensors`);
  const run = [
    ...(name === "rnn-relu" ? ["--cell", "rnn_relu"] : []),
    "--k",
    "4",
    "--epochs",
    "5",
    "--lr",
    "0.01",
    "--input-kind",
    "bernoulli",
    "--steps",
    "40",
  ];
  const { code, stdout, stderr } = await floss("floss", original(name), ...run, "-o", out);
  expect({ code, stderr }).toMatchObject({ code: 0 });
  expect(stdout).toMatch(/^loss [\d.e-]+ -> [\d.e-]+, first exponent/);
  const [before, after] = [read(original(name)), read(out)];
  expect(after.metadata).toEqual(name === "rnn-relu" ? { format: "pt", cell: "rnn_relu" } : { format: "pt" });
  expect([...after.tensors.keys()].sort()).toEqual([...before.tensors.keys()].sort());
  for (const [key, tensor] of before.tensors) {
    const flossed = after.tensors.get(key);
    expect(flossed?.shape, key).toEqual(tensor.shape);
    if (changes(name).test(key)) expect(flossed?.bytes, key).not.toEqual(tensor.bytes);
    else expect(flossed, key).toEqual(tensor);
  }
  const converted = { "rnn-f64": "F64", "rnn-bf16": "BF16" }[name];
  if (converted) expect(stderr).toContain(`weight_hh_l0 was converted from ${converted} to F32`);
});

it.each(["rnn-relu", "gru", "lstm"])("%s: exponents are those that PyTorch's float64 autograd gives for the file", async (name) => {
  const known: { steps: number; k: number; exponents: number[] } = JSON.parse(readFileSync(original(name).replace(/safetensors$/, "json"), "utf8"));
  const { steps, k } = known;
  const x = Float32Array.from({ length: 2 * steps }, (_, i) => Math.cos(Math.floor(i / 2) + (i % 2)));
  // Its frame is the unit matrix.
  const D = (name === "lstm" ? 2 : 1) * 12;
  const q0 = floatTensor(
    Float32Array.from({ length: D * k }, (_, i) => Number(Math.floor(i / k) === i % k)),
    [D, k],
  );
  const { tensors, metadata } = read(original(name));
  writeFileSync(file("model.safetensors"), writeSafetensors(new Map([...tensors, ["x", floatTensor(x, [steps, 2])], ["q0", q0]]), metadata));
  const cell = name === "rnn-relu" ? ["--cell", "rnn_relu"] : [];
  const { stdout } = await floss("spectrum", file("model.safetensors"), ...cell, "--k", String(k), "--interval", "1", "--json");
  // Both walk in float32 and float64: with 60 steps of a network at rest the roundings stay far below this.
  for (const [i, exponent] of JSON.parse(stdout).exponents[0].entries()) expect(Math.abs(exponent - known.exponents[i])).toBeLessThan(5e-6);
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
    const parameters = [...read(original(name)).tensors.keys()].filter((key) => changes(name).test(key));
    expect(changed, name).toEqual(parameters.sort());
  }
});
