import { readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { InputError } from "../../src/errors";
import { floats, floatTensor, readSafetensors, type Tensor, writeSafetensors } from "../../src/files/safetensors";

const F32 = (begin: number, end: number, shape = [(end - begin) / 4]) => ({ dtype: "F32", shape, data_offsets: [begin, end] });

/** A file with this header, as text or JSON, and so many bytes of data. */
function build(header: unknown, data: number, length?: bigint): Uint8Array {
  const text = new TextEncoder().encode(typeof header === "string" ? header : JSON.stringify(header));
  const file = new Uint8Array(8 + text.length + data);
  new DataView(file.buffer).setBigUint64(0, length ?? BigInt(text.length), true);
  file.set(text, 8);
  return file;
}

function tensor(dtype: string, shape: number[], bytes: ArrayLike<number>): Tensor {
  return { dtype, shape, bytes: Uint8Array.from(bytes) };
}

describe("reading and writing", () => {
  test("a round trip keeps numbers, other types, metadata and odd names", () => {
    const tensors = new Map([
      ["flags", tensor("BOOL", [3], [1, 0, 1])],
      ["weights", floatTensor(Float32Array.of(1, -2.5, 1e-40, 3e38), [2, 2])],
      ["__proto__", tensor("I64", [1], [1, 2, 3, 4, 5, 6, 7, 8])],
      ["scalar", floatTensor(Float32Array.of(7), [])],
      ["empty", floatTensor(new Float32Array(), [0, 4])],
    ]);
    const file = writeSafetensors(tensors, { format: "pt" });
    const read = readSafetensors(file, "file");
    expect(read.metadata).toEqual({ format: "pt" });
    expect(new Set(read.tensors.keys())).toEqual(new Set(tensors.keys()));
    for (const [name, { dtype, shape, bytes }] of tensors) {
      expect(read.tensors.get(name)).toMatchObject({ dtype, shape });
      expect([...(read.tensors.get(name)?.bytes ?? [])]).toEqual([...bytes]);
    }
    expect((8 + Number(new DataView(file.buffer).getBigUint64(0, true))) % 8).toBe(0);
    expect(writeSafetensors(read.tensors, read.metadata)).toEqual(file);
  });

  test("a file that another program wrote", () => {
    const { tensors } = readSafetensors(readFileSync(new URL("../cases/rnn-small.safetensors", import.meta.url)), "rnn-small");
    expect(tensors.get("weight_hh_l0")).toMatchObject({ dtype: "F32", shape: [8, 8] });
  });

  test("half precision", () => {
    // 1, −2, the smallest subnormal number, the largest number, infinity.
    const half = [0x3c00, 0xc000, 0x0001, 0x7bff, 0x7c00].flatMap((bits) => [bits & 255, bits >> 8]);
    expect([...(floats(tensor("F16", [5], half)) ?? [])]).toEqual([1, -2, 2 ** -24, 65504, Number.POSITIVE_INFINITY]);
    const brain = [0x3f80, 0xc0a0, 0x7f80].flatMap((bits) => [bits & 255, bits >> 8]);
    expect([...(floats(tensor("BF16", [3], brain)) ?? [])]).toEqual([1, -5, Number.POSITIVE_INFINITY]);
  });

  test("double precision is kept where it is written", () => {
    const { dtype, shape, bytes } = floatTensor(Float64Array.of(0.1, -1e-300), [2]);
    expect({ dtype, shape }).toEqual({ dtype: "F64", shape: [2] });
    expect([...new Float64Array(bytes.buffer)]).toEqual([0.1, -1e-300]);
  });

  test("names with quotes, colons and backslashes are no second entries", () => {
    const names = ['a:"b":', "\\", '\\":', "1", "é\u2028:"];
    const file = writeSafetensors(new Map(names.map((name) => [name, floatTensor(Float32Array.of(1), [1])])), { note: 'x: {"y": 1}' });
    expect(new Set(readSafetensors(file, "file").tensors.keys())).toEqual(new Set(names));
  });

  test("double precision is rounded, integers are no floats", () => {
    const double = new Uint8Array(Float64Array.of(0.1, -1e-300).buffer);
    expect([...(floats(tensor("F64", [2], double)) ?? [])]).toEqual([Math.fround(0.1), -0]);
    expect(floats(tensor("I32", [1], [1, 0, 0, 0]))).toBeUndefined();
  });
});

describe("broken files are refused", () => {
  test.each([
    ["an empty file", new Uint8Array(), /has 0 bytes/],
    ["a header longer than the file", build({}, 0, 100n), /would have 100 bytes/],
    ["a header of 2^63 bytes", build({}, 0, 2n ** 63n), /more than 100000000/],
    ["a header that is not JSON", build("{oops", 0), /not JSON/],
    ["a header that is a list", build([], 0), /does not begin with/],
    ["a header with bad UTF-8", Uint8Array.of(3, 0, 0, 0, 0, 0, 0, 0, 0x7b, 0xff, 0x7d), /not JSON/],
    ["an entry that is no object", build({ a: 1 }, 0), /'a' is not an object/],
    ["no dtype", build({ a: { shape: [1], data_offsets: [0, 4] } }, 4), /unknown dtype undefined/],
    ["an unknown dtype", build({ a: { ...F32(0, 4), dtype: "F31" } }, 4), /unknown dtype "F31"/],
    ["a dtype that objects have", build({ a: { ...F32(0, 4), dtype: "constructor" } }, 4), /unknown dtype/],
    ["a negative size", build({ a: F32(0, 4, [-1, -1]) }, 4), /shape \[-1,-1\]/],
    ["a size with a fraction", build({ a: F32(0, 4, [0.5, 2]) }, 4), /shape/],
    ["three offsets", build({ a: { ...F32(0, 4), data_offsets: [0, 4, 8] } }, 4), /data_offsets/],
    ["an end before the begin", build({ a: { ...F32(0, 4), data_offsets: [4, 0] } }, 4), /data_offsets/],
    ["a shape that needs more", build({ a: F32(0, 4, [2]) }, 4), /has 4 bytes, F32 \[2\] takes 8/],
    ["a gap", build({ a: F32(0, 4), b: F32(8, 12) }, 12), /'b' begins at byte 8 of the data, the one before ends at 4/],
    ["an overlap", build({ a: F32(0, 8), b: F32(4, 12) }, 12), /'b' begins at byte 4/],
    ["a begin after 0", build({ a: F32(4, 8) }, 8), /'a' begins at byte 4/],
    ["bytes left over", build({ a: F32(0, 4) }, 5), /the file has/],
    ["bytes missing", build({ a: F32(0, 8) }, 4), /the file has/],
    ["two tensors of one name", build(`{"a":${JSON.stringify(F32(0, 4))},"a":${JSON.stringify(F32(0, 4))}}`, 4), /two entries of the same name/],
    ["two dtypes", build('{"a":{"dtype":"I32","dtype":"F32","shape":[1],"data_offsets":[0,4]}}', 4), /two entries of the same name/],
    ["metadata of numbers", build({ __metadata__: { a: 1 } }, 0), /__metadata__/],
  ])("%s", (_, file, message) => {
    expect(() => readSafetensors(file, "model.safetensors")).toThrow(InputError);
    expect(() => readSafetensors(file, "model.safetensors")).toThrow(message);
    expect(() => readSafetensors(file, "model.safetensors")).toThrow(/^model\.safetensors is not a valid safetensors file: [^\n]*$/);
  });
});
