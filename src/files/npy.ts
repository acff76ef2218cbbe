import { InputError } from "../errors";

// NumPy's format: magic, version, length of the header, the header (a Python dictionary), the numbers.
// https://numpy.org/doc/stable/reference/generated/numpy.lib.format.html

/** An array as it is in a file, row-major. */
export interface NpyArray {
  readonly shape: readonly number[];
  readonly data: Float32Array;
}

type Read = (view: DataView, at: number, little: boolean) => number;

const readers: Readonly<Record<string, Read>> = {
  f4: (view, at, little) => view.getFloat32(at, little),
  f8: (view, at, little) => view.getFloat64(at, little),
  i1: (view, at) => view.getInt8(at),
  i2: (view, at, little) => view.getInt16(at, little),
  i4: (view, at, little) => view.getInt32(at, little),
  i8: (view, at, little) => Number(view.getBigInt64(at, little)),
  u1: (view, at) => view.getUint8(at),
  u2: (view, at, little) => view.getUint16(at, little),
  u4: (view, at, little) => view.getUint32(at, little),
  u8: (view, at, little) => Number(view.getBigUint64(at, little)),
  b1: (view, at) => (view.getUint8(at) ? 1 : 0),
};

/**
 * Reads the numbers of a .npy file (versions 1 to 3) as float32.
 * @param name what messages call the file
 * @throws InputError
 */
export function readNpy(file: Uint8Array, name: string): NpyArray {
  const fail = (what: string): never => {
    throw new InputError(`${name} is not a .npy file that can be read: ${what}`);
  };
  const magic = [0x93, 0x4e, 0x55, 0x4d, 0x50, 0x59];
  if (file.length < 10 || magic.some((byte, i) => file[i] !== byte)) fail("it does not begin with \\x93NUMPY");
  const view = new DataView(file.buffer, file.byteOffset, file.byteLength);
  const version = file[6];
  if (version < 1 || version > 3 || (version > 1 && file.length < 12)) fail(`its version is ${version}, known are 1 to 3`);
  const start = version === 1 ? 10 + view.getUint16(8, true) : 12 + view.getUint32(8, true);
  if (start > file.length) fail("the header is cut off");
  const header = new TextDecoder().decode(file.subarray(version === 1 ? 10 : 12, start));
  const { type, order, shape } = parseHeader(header, fail);
  const size = Number(type.slice(2));
  const length = shape.reduce((product, n) => product * n, 1);
  if (file.length - start !== length * size)
    fail(`it has ${file.length - start} bytes of numbers, ${type} [${shape.join(", ")}] takes ${length * size}`);
  const read = readers[type.slice(1)];
  const data = Float32Array.from({ length }, (_, i) => read(view, start + size * i, type[0] !== ">"));
  return { shape, data: order === "F" ? toRowMajor(data, shape) : data };
}

function parseHeader(header: string, fail: (what: string) => never): { type: string; order: "C" | "F"; shape: number[] } {
  const type = /'descr'\s*:\s*'([<>|=]\w+)'/.exec(header)?.[1];
  const fortran = /'fortran_order'\s*:\s*(True|False)/.exec(header)?.[1];
  const sizes = /'shape'\s*:\s*\(([\d\s,]*)\)/.exec(header)?.[1];
  if (type === undefined || fortran === undefined || sizes === undefined)
    return fail("the header does not give descr, fortran_order and shape of one array of numbers");
  if (!Object.hasOwn(readers, type.slice(1))) return fail(`its numbers are '${type}', known are ${Object.keys(readers).join(", ")}`);
  const shape = sizes
    .split(",")
    .filter((size) => size.trim() !== "")
    .map(Number);
  return { type, order: fortran === "True" ? "F" : "C", shape };
}

/** Column-major numbers in row-major order. */
function toRowMajor(data: Float32Array, shape: readonly number[]): Float32Array {
  const result = new Float32Array(data.length);
  const index = shape.map(() => 0);
  for (let i = 0; i < data.length; i++) {
    let at = 0;
    for (let axis = 0; axis < shape.length; axis++) at = at * shape[axis] + index[axis];
    result[at] = data[i];
    for (let axis = 0; axis < shape.length && ++index[axis] === shape[axis]; axis++) index[axis] = 0;
  }
  return result;
}
