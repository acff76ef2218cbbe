import { describe, expect, test } from "vitest";
import { readNpy } from "../../src/files/npy";

/** As `numpy.save` writes it. */
function npy(descr: string, shape: string, data: ArrayBufferLike, { fortran = false, version = 1 } = {}): Uint8Array {
  const text = `{'descr': '${descr}', 'fortran_order': ${fortran ? "True" : "False"}, 'shape': ${shape}, }`;
  const start = version === 1 ? 10 : 12;
  const header = new TextEncoder().encode(`${text.padEnd(Math.ceil((start + text.length + 1) / 64) * 64 - start - 1)}\n`);
  const file = new Uint8Array(start + header.length + data.byteLength);
  file.set([0x93, 0x4e, 0x55, 0x4d, 0x50, 0x59, version, 0]);
  const view = new DataView(file.buffer);
  if (version === 1) view.setUint16(8, header.length, true);
  else view.setUint32(8, header.length, true);
  file.set(header, start);
  file.set(new Uint8Array(data), start + header.length);
  return file;
}

const six = "(2, 3)";

describe("numbers", () => {
  test.each([
    ["<f4", Float32Array.of(1.5, 2, 3, 4, 5, -6)],
    ["<f8", Float64Array.of(1.5, 2, 3, 4, 5, -6)],
    ["|i1", Int8Array.of(1, 2, 3, 4, 5, -6)],
    ["<i2", Int16Array.of(1, 2, 3, 4, 5, -6)],
    ["<i4", Int32Array.of(1, 2, 3, 4, 5, -6)],
    ["|u1", Uint8Array.of(1, 2, 3, 4, 5, 255)],
    ["<u2", Uint16Array.of(1, 2, 3, 4, 5, 65535)],
    ["<u4", Uint32Array.of(1, 2, 3, 4, 5, 6)],
  ])("%s", (descr, data) => {
    const array = readNpy(npy(descr, six, data.buffer), "x.npy");
    expect(array.shape).toEqual([2, 3]);
    expect([...array.data]).toEqual([...data]);
  });

  test("64-bit integers and booleans", () => {
    expect([...readNpy(npy("<i8", "(2,)", BigInt64Array.of(-1n, 2n).buffer), "x.npy").data]).toEqual([-1, 2]);
    expect([...readNpy(npy("<u8", "(2,)", BigUint64Array.of(1n, 2n).buffer), "x.npy").data]).toEqual([1, 2]);
    expect([...readNpy(npy("|b1", "(2,)", Uint8Array.of(1, 0).buffer), "x.npy").data]).toEqual([1, 0]);
  });

  test("big-endian", () => {
    expect([...readNpy(npy(">i2", "(2,)", Uint8Array.of(1, 0, 0, 3).buffer), "x.npy").data]).toEqual([256, 3]);
  });

  test("Fortran order, version 2", () => {
    const array = readNpy(npy("<f4", six, Float32Array.of(1, 4, 2, 5, 3, 6).buffer, { fortran: true, version: 2 }), "x.npy");
    expect([...array.data]).toEqual([1, 2, 3, 4, 5, 6]);
  });
});

describe("broken files are refused", () => {
  const fine = npy("<f4", six, new ArrayBuffer(24));
  test.each([
    ["another format", new TextEncoder().encode("PK and so on"), /does not begin/],
    ["a header that is cut off", fine.subarray(0, 40), /cut off/],
    ["numbers that are cut off", fine.subarray(0, fine.length - 4), /has 20 bytes of numbers, <f4 \[2, 3\] takes 24/],
    ["complex numbers", npy("<c8", "(3,)", new ArrayBuffer(24)), /'<c8', known are/],
    ["a record", npy("<f4', ('a', '<f4'", "(3,)", new ArrayBuffer(24)), /has 24 bytes|does not give/],
    ["an unknown version", npy("<f4", six, new ArrayBuffer(24), { version: 9 }), /version is 9/],
  ])("%s", (_, file, message) => {
    expect(() => readNpy(file, "x.npy")).toThrow(message);
  });
});
