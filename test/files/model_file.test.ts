import { describe, expect, test } from "vitest";
import { InputError } from "../../src/errors";
import { type ModelFileOptions, readModelFile, writeModelFile } from "../../src/files/model_file";
import { floats, floatTensor, readSafetensors, type Tensor, type TensorFile } from "../../src/files/safetensors";

type Shapes = Record<string, number[] | Tensor>;
const network = (prefix = ""): Shapes => ({
  [`${prefix}weight_ih_l0`]: [4, 2],
  [`${prefix}weight_hh_l0`]: [4, 4],
  [`${prefix}bias_ih_l0`]: [4],
  [`${prefix}bias_hh_l0`]: [4],
});
const bare: Shapes = { weight_ih_l0: [4, 2], weight_hh_l0: [4, 4] };

function fileOf(shapes: Shapes): TensorFile {
  const make = (shape: number[]) => floatTensor(new Float32Array(shape.reduce((product, size) => product * size, 1)).fill(0.5), shape);
  return { tensors: new Map(Object.entries(shapes).map(([name, shape]) => [name, Array.isArray(shape) ? make(shape) : shape])), metadata: undefined };
}

const read = (shapes: Shapes, options?: ModelFileOptions) => readModelFile(fileOf(shapes), "m", options);

describe("networks", () => {
  test.each(["", "rnn.", "module.encoder.rnn_"])("prefix '%s'", (prefix) => {
    expect(read(network(prefix))).toMatchObject({ prefix, model: { cell: "rnn", hidden: 4, inputs: 2 } });
  });

  test("one of two", () => {
    expect(read({ ...network("a."), ...network("b.") }, { prefix: "b." }).prefix).toBe("b.");
    expect(read({ ...network("a."), ...network("b.") }, { prefix: "b" }).prefix).toBe("b.");
  });

  test("missing biases are zeros and stay away; tensors that are not ours stay as they are", () => {
    const other = { dtype: "I64", shape: [1], bytes: Uint8Array.of(1, 2, 3, 4, 5, 6, 7, 8) };
    const file = read({ ...bare, other, readout: [1, 4] });
    expect([...file.model.parameters.bias_hh_l0]).toEqual([0, 0, 0, 0]);
    const weight_hh_l0 = new Float32Array(16).fill(3);
    const { tensors } = readSafetensors(writeModelFile(file, { ...file.model, parameters: { ...file.model.parameters, weight_hh_l0 } }), "out");
    expect([...tensors.keys()].sort()).toEqual(["other", "readout", "weight_hh_l0", "weight_ih_l0"]);
    expect(tensors.get("other")).toMatchObject({ dtype: "I64", shape: [1], bytes: new Uint8Array([1, 2, 3, 4, 5, 6, 7, 8]) });
    expect(floats(tensors.get("weight_hh_l0") as Tensor)).toEqual(weight_hh_l0);
  });

  test("what was converted is told", () => {
    const bias_ih_l0 = { dtype: "F64", shape: [4], bytes: new Uint8Array(Float64Array.of(1, 2, 3, 4).buffer) };
    const file = read({ ...bare, bias_ih_l0 });
    expect([...file.model.parameters.bias_ih_l0]).toEqual([1, 2, 3, 4]);
    expect(file.notes).toEqual(["m: bias_ih_l0 was converted from F64 to F32"]);
  });

  test("states, frame and inputs", () => {
    const file = read({ ...bare, h0: [3, 4], q0: [4, 4], x: [3, 9, 2], y: [3, 9, 1] });
    expect([file.h0?.shape, file.q0?.shape, file.x?.shape]).toEqual([
      [3, 4],
      [4, 4],
      [3, 9, 2],
    ]);
    expect(read({ ...bare, h0: [4], x: [9, 3] }, { inputs: false }).x).toBeUndefined();
  });
});

describe("files that cannot be used are refused", () => {
  const integers = { dtype: "I8", shape: [4], bytes: new Uint8Array(4) };
  const infinite = floatTensor(new Float32Array(16).fill(1).fill(Number.NaN, 6, 7), [4, 4]);
  test.each<[string, Shapes, RegExp, ModelFileOptions?]>([
    ["no network", { readout: [1, 4] }, /no tensor weight_ih_l0/],
    ["two networks", { ...network("a."), ...network("b.") }, /2 networks, with the prefixes 'a\.', 'b\.': choose one with --prefix/],
    ["another prefix", network("a."), /--prefix 'c' is not in m, which has 'a\.'/, { prefix: "c" }],
    ["no recurrent weight", { weight_ih_l0: [4, 2] }, /no weight_hh_l0/],
    ["a GRU", { ...bare, weight_ih_l0: [12, 2], weight_hh_l0: [12, 4] }, /a GRU, only rnn is supported yet/],
    ["an LSTM", { ...bare, weight_ih_l0: [16, 2], weight_hh_l0: [16, 4] }, /an LSTM, only/],
    ["rows that are no multiple", { ...bare, weight_hh_l0: [6, 4] }, /\[6, 4\], it must be \[G·N, N\]/],
    ["a vector as weight", { ...bare, weight_hh_l0: [16] }, /must be \[G·N, N\]/],
    ["a vector as input weight", { ...bare, weight_ih_l0: [4] }, /weight_ih_l0 is \[4\], it must be \[G·N, S\]/],
    ["no units", { ...bare, weight_hh_l0: [0, 0] }, /must be \[G·N, N\]/],
    ["an input weight that does not fit", { ...bare, weight_ih_l0: [5, 2] }, /weight_ih_l0 is \[5, 2\].*needs \[4, 2\]/],
    ["a bias that does not fit", { ...bare, bias_ih_l0: [5] }, /bias_ih_l0 is \[5\].*needs \[4\]/],
    ["a second layer", { ...bare, weight_ih_l1: [4, 4] }, /weight_ih_l1: .*more than one layer/],
    ["both directions", { ...bare, weight_ih_l0_reverse: [4, 2] }, /bidirectional/],
    ["integers as bias", { ...bare, bias_ih_l0: integers }, /dtype I8: convert it to F32/],
    ["a number that is not one", { ...bare, weight_hh_l0: infinite }, /weight_hh_l0 has NaN at position \[1, 2\]/],
    ["an initial state that does not fit", { ...bare, h0: [3, 5] }, /h0 is \[3, 5\].*\[B, 4\] or \[4\]/],
    ["a frame that does not fit", { ...bare, q0: [5, 2] }, /q0 is \[5, 2\].*\[4, K\]/],
    ["inputs that do not fit", { ...bare, x: [3, 9, 1] }, /x is \[3, 9, 1\].*\[B, T, 2\]/],
  ])("%s", (_, shapes, message, options) => {
    expect(() => read(shapes, options)).toThrow(InputError);
    expect(() => read(shapes, options)).toThrow(message);
  });
});
