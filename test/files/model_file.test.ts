import { describe, expect, test } from "vitest";
import { InputError } from "../../src/errors";
import { type ModelFileOptions, readModelFile, stateRows, statesOf, stateTensors, writeModelFile } from "../../src/files/model_file";
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
    expect([file.states[0].values?.shape, file.q0?.shape, file.x?.shape]).toEqual([
      [3, 4],
      [4, 4],
      [3, 9, 2],
    ]);
    expect(stateRows(file)).toBe(3);
    expect(read({ ...bare, h0: [4], x: [9, 3] }, { inputs: false }).x).toBeUndefined();
  });
});

describe("cells", () => {
  const gated = (G: number): Shapes => ({ weight_ih_l0: [4 * G, 2], weight_hh_l0: [4 * G, 4], bias_ih_l0: [4 * G] });

  test.each([
    [1, "rnn"],
    [3, "gru"],
    [4, "lstm"],
  ])("weight_hh of %d gates is a %s", (gates, cell) => {
    expect(read(gated(gates)).model).toMatchObject({ cell, hidden: 4, inputs: 2 });
  });

  test("--cell and the metadata say what shapes cannot; outputs keep it", () => {
    expect(read(bare, { cell: "rnn_identity" }).model.cell).toBe("rnn_identity");
    const file = readModelFile({ ...fileOf(bare), metadata: { cell: "rnn_identity" } }, "m");
    expect(file.model.cell).toBe("rnn_identity");
    const again = readSafetensors(writeModelFile(file, file.model), "out");
    expect(readModelFile(again, "out").model.cell).toBe("rnn_identity");
    // A wrong one is not believed.
    expect(readModelFile({ ...fileOf(gated(3)), metadata: { cell: "lstm" } }, "m").model.cell).toBe("gru");
  });

  test("states of an LSTM are h0 and c0: [h; c] of each trajectory", () => {
    const tensors = new Map(fileOf(gated(4)).tensors);
    tensors.set("h0", floatTensor(Float32Array.of(1, 2, 3, 4, 5, 6, 7, 8), [2, 4]));
    tensors.set("c0", floatTensor(Float32Array.of(-1, -2, -3, -4), [4]));
    const file = readModelFile({ tensors, metadata: undefined }, "m");
    expect([...statesOf(file, 2, "m")]).toEqual([1, 2, 3, 4, -1, -2, -3, -4, 5, 6, 7, 8, -1, -2, -3, -4]);
    const [h0, c0] = stateTensors(file.model, statesOf(file, 2, "m"), 2);
    expect([h0[0], h0[1].shape, floats(h0[1])?.[7]]).toEqual(["h0", [2, 4], 8]);
    expect([c0[0], c0[1].shape, floats(c0[1])?.[4]]).toEqual(["c0", [2, 4], -1]);
    expect(() => statesOf(file, 3, "m")).toThrow(/m: h0 has 2 rows for 3 trajectories/);
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
    ["two gates", { ...bare, weight_ih_l0: [8, 2], weight_hh_l0: [8, 4] }, /\[8, 4\], it must be \[G·N, N\]: \[N, N\] of a vanilla RNN/],
    ["an LSTM's cell state that does not fit", { weight_ih_l0: [16, 2], weight_hh_l0: [16, 4], c0: [8] }, /c0 is \[8\].*\[B, 4\] or \[4\]/],
    ["a GRU's bias that does not fit", { weight_ih_l0: [12, 2], weight_hh_l0: [12, 4], bias_hh_l0: [16] }, /bias_hh_l0 is \[16\].*GRU.*needs \[12\]/],
    ["another cell", { ...bare, weight_ih_l0: [12, 2], weight_hh_l0: [12, 4] }, /the shape of gru, not of --cell lstm/, { cell: "lstm" }],
    ["an LSTM with projections", { weight_ih_l0: [16, 2], weight_hh_l0: [16, 4], weight_hr_l0: [2, 4] }, /weight_hr_l0: LSTMs with projections/],
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
