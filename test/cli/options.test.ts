import { mkdirSync, readdirSync, writeFileSync } from "node:fs";
import { dirname } from "node:path";
import { describe, expect, test } from "vitest";
import { floatTensor, writeSafetensors } from "../../src/files/safetensors";
import { caseFile, floss, temporaryFolder } from "./helper";

const file = temporaryFolder();
const model = caseFile("rnn-small");
const random = ["--hidden", "8", "--steps", "40"];
const flossing = ["floss", ...random, "--k", "4", "--epochs", "2"];

writeFileSync(file("text.safetensors"), "this is no model");
writeFileSync(file("input.csv"), "1,2");
writeFileSync(file("bare.safetensors"), writeSafetensors(new Map([tensor("weight_ih_l0", [4, 1]), tensor("weight_hh_l0", [4, 4])])));
writeFileSync(file("wide.safetensors"), writeSafetensors(new Map([tensor("x", [40, 3])])));
mkdirSync(file("folder.svg"));

function tensor(name: string, shape: number[]) {
  return [name, floatTensor(new Float32Array(shape.reduce((product, size) => product * size, 1)), shape)] as const;
}

describe("bad usage is one clear line and exit code 2", () => {
  test.each([
    ["unknown command", ["spectre"], /unknown command 'spectre'/],
    ["unknown option", ["spectrum", model, "--kk", "3"], /unknown option '--kk'/],
    ["two models", ["spectrum", model, model], /too many arguments/],
    ["no such file", ["spectrum", "missing.safetensors"], /missing\.safetensors cannot be read: there is no such file/],
    ["a folder as model", ["spectrum", file("folder.svg")], /it is a folder/],
    ["not a model", ["spectrum", file("text.safetensors")], /not a valid safetensors file/],
    ["no model and no size", ["spectrum", "--steps", "40"], /--hidden/],
    ["size of a given model", ["spectrum", model, "--hidden", "8"], /--hidden is for random networks/],
    ["prefix of a random network", ["spectrum", ...random, "--prefix", "rnn."], /--prefix is for a model file/],
    ["unknown prefix", ["spectrum", model, "--prefix", "rnn."], /--prefix 'rnn\.' is not in/],
    ["cell that does not exist", ["spectrum", model, "--cell", "elman"], /Allowed choices are rnn, rnn_identity, rnn_relu, gru, lstm/],
    [
      "cell of another shape",
      ["spectrum", model, "--cell", "gru", "--input-kind", "none", "--steps", "9"],
      /the shape of rnn or rnn_identity or rnn_relu, not of --cell gru/,
    ],
    ["k of zero", ["spectrum", model, "--k", "0"], /'--k <n>' argument '0' is invalid.*from 1/],
    ["k above the state", ["spectrum", model, "--k", "9"], /--k 9 is more than the 8 dimensions.*lower it to 8/],
    ["k that is no number", ["spectrum", model, "--k", "three"], /'three' is invalid/],
    ["k with a fraction", ["spectrum", model, "--k", "2.5"], /'2\.5' is invalid/],
    ["warm-up of everything", ["spectrum", model, "--warmup", "40"], /--warmup 40 leaves none of the 40 steps.*at most 39/],
    ["negative warm-up", ["spectrum", model, "--warmup", "-1"], /'-1' is invalid/],
    ["interval of zero", ["spectrum", model, "--interval", "0"], /'0' is invalid.*or auto/],
    ["target that is no number", ["spectrum", model, "--target", "low"], /'low' is invalid/],
    ["infinite target", ["spectrum", model, "--target", "1e999"], /'1e999' is invalid/],
    ["too few targets", ["spectrum", model, "--target", "-0.5,-0.2"], /--target has 2 values.*k = 8/],
    ["option in place of a value", ["spectrum", model, "--target", "--json"], /'--json' is invalid/],
    ["too many steps", ["spectrum", model, "--steps", "41"], /--steps 41: the input has 40 steps; lower it to 40/],
    ["batch that does not agree", ["spectrum", model, "--batch", "2"], /for 1 trajectories, .*for 2: make them agree/],
    ["no inputs", ["spectrum", file("bare.safetensors")], /--input FILE, a model that carries x, or --input-kind/],
    ["no steps", ["spectrum", file("bare.safetensors"), "--input-kind", "none"], /--steps T/],
    ["kind of input", ["spectrum", model, "--input-kind", "noise"], /Allowed choices are bernoulli, gaussian, none/],
    ["format of input", ["spectrum", model, "--input", file("input.csv")], /must end in \.npy or \.safetensors/],
    ["shape of input", ["spectrum", model, "--input", file("wide.safetensors")], /is \[40, 3\].*must be \[B, T, 1\] or \[T, 1\]/],
    ["gradient into a folder that is not there", ["spectrum", model, "--gradient", file("no/gradient.safetensors")], /there is no folder/],
    ["gradient over a folder", ["spectrum", model, "--gradient", file("folder.svg")], /is a folder/],
    ["negative seed", ["spectrum", model, "--seed", "-1"], /'-1' is invalid/],
    ["seed above 2^53", ["spectrum", model, "--seed-input", "9007199254740992"], /'9007199254740992' is invalid.*9007199254740991/],
    ["gain that is no range", ["spectrum", ...random, "--gain", "2..1"], /'2\.\.1' is invalid/],
    ["a network that is too large", ["spectrum", "--hidden", "1000000000", "--steps", "9"], /weights would be .* GiB.*lower --networks, --hidden/],
    ["too many networks", ["floss", ...random, "--networks", "1000000000", "--k", "1", "--epochs", "1", "-o", file("out")], /weights would be/],
    ["a walk that is too long", ["spectrum", "--hidden", "4", "--steps", "1000000000000"], /inputs and states would be .*--batch or --steps/],
    ["series and gradient in one", ["spectrum", model, "--series", file("out"), "--gradient", file("./out")], /name the same file/],
    ["flossing without output", flossing, /required option '-o, --output <file>' not specified/],
    ["flossing without epochs", ["floss", ...random, "--k", "4", "-o", file("out")], /required option '--epochs <n>'/],
    ["learning rate of zero", [...flossing, "--lr", "0", "-o", file("out")], /'0' is invalid.*above 0/],
    ["unknown parameters", [...flossing, "--train-parameters", "output", "-o", file("out")], /input, recurrent, bias/],
    [
      "nothing to train",
      [
        "floss",
        file("bare.safetensors"),
        "--k",
        "2",
        "--epochs",
        "1",
        "--input-kind",
        "none",
        "--steps",
        "9",
        "--train-parameters",
        "bias",
        "-o",
        file("out"),
      ],
      /nothing would be trained/,
    ],
    ["one file for two outputs", [...flossing, "--metrics", file("out"), "-o", file("out")], /name the same file/],
    ["plot of unknown format", [...flossing, "--plot", file("plot.pdf"), "-o", file("out")], /\.svg or \.png/],
    ["plot over a folder", [...flossing, "--plot", file("folder.svg"), "-o", file("out")], /is a folder/],
    ["copies with the same inputs", ["floss", model, "--k", "4", "--epochs", "1", "--networks", "2", "-o", file("out")], /the same inputs/],
    ["unknown adapter", ["spectrum", model, "--adapter", "no such adapter"], /no adapter has 'no such adapter' in its name/],
  ])("%s", async (_, argv, message) => {
    const { code, stdout, stderr } = await floss(...argv);
    expect(stderr).toMatch(message);
    expect(stderr.trimEnd().split("\n")).toHaveLength(1);
    expect(stdout).toBe("");
    expect(code).toBe(2);
  });

  test("nothing is left where outputs were to be", () => {
    expect(readdirSync(dirname(file("x"))).sort()).toEqual(["bare.safetensors", "folder.svg", "input.csv", "text.safetensors", "wide.safetensors"]);
  });
});

describe("help and version", () => {
  test.each([["--help"], ["spectrum", "--help"], ["floss", "--help"]])("%s %s", async (...argv) => {
    const { code, stdout, stderr } = await floss(...argv.filter(Boolean));
    expect(code).toBe(0);
    expect(stdout).toMatch(/Example/);
    expect(stderr).toBe("");
  });

  test("version", async () => {
    expect(await floss("--version")).toMatchObject({ code: 0, stdout: expect.stringMatching(/^\d+\.\d+\.\d+\n$/) });
  });

  test("no command", async () => {
    expect((await floss()).code).toBe(2);
  });
});
