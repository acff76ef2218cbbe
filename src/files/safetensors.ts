import { InputError } from "../errors";
import { bfloat16, float16, float64 } from "./numbers";

// The safetensors format: 8 bytes with the length of the header, the header (JSON), the tensors one after the other.
// https://huggingface.co/docs/safetensors/index#format

/** One tensor as it is in a file. */
export interface Tensor {
  /** The format's name of the number type: F32, BF16, I64, … */
  readonly dtype: string;
  readonly shape: readonly number[];
  /** Little-endian numbers, row-major. */
  readonly bytes: Uint8Array;
}

/** The content of a file. */
export interface TensorFile {
  /** By name, in the order of the data. */
  readonly tensors: ReadonlyMap<string, Tensor>;
  /** The file's `__metadata__`. */
  readonly metadata: Readonly<Record<string, string>> | undefined;
}

/** Bytes of a number of each type. */
const sizes: Readonly<Record<string, number>> = {
  ...{ BOOL: 1, U8: 1, I8: 1, F8_E4M3: 1, F8_E5M2: 1, F8_E8M0: 1, F8_E4M3FNUZ: 1, F8_E5M2FNUZ: 1 },
  ...{ I16: 2, U16: 2, F16: 2, BF16: 2, I32: 4, U32: 4, F32: 4, I64: 8, U64: 8, F64: 8, C64: 8 },
};

/** As in the reference implementation. */
const MAX_HEADER = 100_000_000;

/** Product of a shape. */
export function lengthOf(shape: readonly number[]): number {
  return shape.reduce((product, size) => product * size, 1);
}

/** A tensor of type F32, or F64 from float64 numbers. */
export function floatTensor(data: Float32Array | Float64Array, shape: readonly number[]): Tensor {
  if (data.length !== lengthOf(shape)) throw new RangeError(`${data.length} numbers do not fill [${shape.join(", ")}]`);
  const bytes = new Uint8Array(data.byteLength);
  const view = new DataView(bytes.buffer);
  if (data instanceof Float64Array) for (let i = 0; i < data.length; i++) view.setFloat64(8 * i, data[i], true);
  else for (let i = 0; i < data.length; i++) view.setFloat32(4 * i, data[i], true);
  return { dtype: data instanceof Float64Array ? "F64" : "F32", shape, bytes };
}

/** The numbers of a tensor of type F32, F64, F16 or BF16, rounded to float32; undefined for other types. */
export function floats({ dtype, bytes }: Tensor): Float32Array | undefined {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const read = { F32: (at: number) => view.getFloat32(4 * at, true), F64: float64(view), F16: float16(view), BF16: bfloat16(view) }[dtype];
  return read && Float32Array.from({ length: bytes.length / sizes[dtype] }, (_, i) => read(i));
}

/**
 * Reads a file strictly: a file that another reader could understand otherwise is refused.
 * @param name what messages call the file
 * @throws InputError
 */
export function readSafetensors(file: Uint8Array, name: string): TensorFile {
  const fail = (what: string): never => {
    throw new InputError(`${name} is not a valid safetensors file: ${what}`);
  };
  if (file.length < 8) fail(`it has ${file.length} bytes, the length of the header alone takes 8`);
  const length = new DataView(file.buffer, file.byteOffset, 8).getBigUint64(0, true);
  if (length > MAX_HEADER) fail(`the header would have ${length} bytes, more than ${MAX_HEADER}`);
  const start = 8 + Number(length);
  if (start > file.length) fail(`the header would have ${length} bytes, the file has ${file.length}`);
  const header = parseHeader(file.subarray(8, start), fail);
  const metadata = parseMetadata(header.get("__metadata__"), fail);
  header.delete("__metadata__");
  const entries = [...header].map(([key, value]) => parseEntry(key, value, fail));
  entries.sort((a, b) => a.begin - b.begin || a.end - b.end);
  let end = 0;
  for (const entry of entries) {
    if (entry.begin !== end) fail(`tensor '${entry.key}' begins at byte ${entry.begin} of the data, the one before ends at ${end}`);
    end = entry.end;
  }
  if (start + end !== file.length) fail(`the tensors end at byte ${start + end}, the file has ${file.length}`);
  const tensors = new Map(
    entries.map(({ key, dtype, shape, begin, end }) => [key, { dtype, shape, bytes: file.subarray(start + begin, start + end) }]),
  );
  return { tensors, metadata };
}

type Fail = (what: string) => never;

function parseHeader(bytes: Uint8Array, fail: Fail): Map<string, unknown> {
  if (bytes[0] !== 0x7b) fail("the header does not begin with '{'");
  let header: unknown;
  let text = "";
  try {
    text = new TextDecoder("utf-8", { fatal: true }).decode(bytes);
    header = JSON.parse(text);
  } catch {
    fail("the header is not JSON");
  }
  // Readers differ in which of two entries of the same name they take; JSON.parse takes the last and says nothing.
  if (countColons(text) !== countEntries(header)) fail("the header has two entries of the same name");
  return new Map(Object.entries(header as object));
}

/** Colons outside strings: one for each entry of an object. */
function countColons(json: string): number {
  return json.replace(/"(?:[^"\\]|\\.)*"/g, "").split(":").length - 1;
}

function countEntries(value: unknown): number {
  if (typeof value !== "object" || value === null) return 0;
  const inside = Object.values(value).reduce((sum: number, entry) => sum + countEntries(entry), 0);
  return inside + (Array.isArray(value) ? 0 : Object.keys(value).length);
}

function parseMetadata(value: unknown, fail: Fail): Record<string, string> | undefined {
  if (value === undefined) return undefined;
  const fine = isObject(value) && Object.values(value).every((entry) => typeof entry === "string");
  return fine ? (value as Record<string, string>) : fail("__metadata__ does not map names to texts");
}

interface Entry {
  readonly key: string;
  readonly dtype: string;
  readonly shape: number[];
  readonly begin: number;
  readonly end: number;
}

function parseEntry(key: string, value: unknown, fail: Fail): Entry {
  if (!isObject(value)) return fail(`the entry of tensor '${key}' is not an object`);
  const { dtype, shape, data_offsets: offsets } = value;
  if (typeof dtype !== "string" || !Object.hasOwn(sizes, dtype)) return fail(`tensor '${key}' has the unknown dtype ${JSON.stringify(dtype)}`);
  if (!isCounts(shape)) return fail(`tensor '${key}' has the shape ${JSON.stringify(shape)}, not a list of sizes`);
  if (!isCounts(offsets) || offsets.length !== 2 || offsets[0] > offsets[1])
    return fail(`tensor '${key}' has the data_offsets ${JSON.stringify(offsets)}, not a begin and an end`);
  const [begin, end] = offsets;
  const needed = lengthOf(shape) * sizes[dtype];
  if (end - begin !== needed) return fail(`tensor '${key}' has ${end - begin} bytes, ${dtype} [${shape.join(", ")}] takes ${needed}`);
  return { key, dtype, shape, begin, end };
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function isCounts(value: unknown): value is number[] {
  return Array.isArray(value) && value.every((size) => Number.isSafeInteger(size) && size >= 0);
}

/** The bytes of a file; tensors of wide numbers first, so that all are aligned. */
export function writeSafetensors(tensors: ReadonlyMap<string, Tensor>, metadata?: Readonly<Record<string, string>>): Uint8Array {
  const entries = [...tensors].sort(([, a], [, b]) => sizes[b.dtype] - sizes[a.dtype]);
  const header = new Map<string, unknown>(metadata ? [["__metadata__", metadata]] : []);
  let end = 0;
  for (const [name, { dtype, shape, bytes }] of entries) {
    header.set(name, { dtype, shape, data_offsets: [end, end + bytes.length] });
    end += bytes.length;
  }
  // fromEntries defines own properties, whatever their name.
  const text = new TextEncoder().encode(JSON.stringify(Object.fromEntries(header)));
  const length = Math.ceil(text.length / 8) * 8;
  const file = new Uint8Array(8 + length + end).fill(0x20, 8, 8 + length);
  new DataView(file.buffer).setBigUint64(0, BigInt(length), true);
  file.set(text, 8);
  let at = 8 + length;
  for (const [, { bytes }] of entries) {
    file.set(bytes, at);
    at += bytes.length;
  }
  return file;
}
