import { InputError } from "./errors";

// Counter-based random numbers: number i of a stream is a pure function of (name, seed, place, i), so nothing depends on the
// order in which things are drawn, and a kernel computes the same integers and uniforms bit by bit.

/**
 * What is drawn, and the low 8 bits of the fourth counter word. Only append here: these numbers decide every random number.
 * The seed is the user's choice for each; the four seeds of a run are network (weights, biases, gain), state, input and frame.
 */
export const streamIds = { weight_hh: 0, weight_ih: 1, bias_ih: 2, gain: 3, state: 4, input: 5, frame: 6, flossing: 7, test: 8, readout: 9 } as const;
export type StreamName = keyof typeof streamIds;

/** Random numbers by position. All positions `i` are below 2^32. */
export interface Stream {
  /** 32 random bits: word i mod 4 of block floor(i / 4). */
  uint32(i: number): number;
  /** Uniform in [0, 1), the upper 24 bits of `uint32(i)`: exact in float32. */
  uniform(i: number): number;
  /** Standard normal in float64; i and i xor 1 share the uniforms at these two positions (Box-Muller). */
  normal(i: number): number;
  /** 1 with the given probability, else 0. */
  bernoulli(i: number, probability?: number): 0 | 1;
  /** The normals 0 … n − 1 in float64. */
  normals(n: number): Float64Array;
}

export type Philox4 = readonly [number, number, number, number];
export type Philox2 = readonly [number, number];

const MULTIPLIER_0 = 0xd2511f53;
const MULTIPLIER_1 = 0xcd9e8d57;
// The key grows by the golden ratio and by √3 − 1.
const WEYL_0 = 0x9e3779b9;
const WEYL_1 = 0xbb67ae85;
const ROUNDS = 10;

/** Upper 32 bits of the product of two 32-bit integers, in 16-bit halves because a double holds 53 bits only. */
function multiplyHigh(a: number, b: number): number {
  const aLow = a & 0xffff;
  const aHigh = a >>> 16;
  const bLow = b & 0xffff;
  const bHigh = b >>> 16;
  const low = aLow * bLow;
  const middle = aHigh * bLow + (low >>> 16);
  const carry = aLow * bHigh + (middle & 0xffff);
  return (aHigh * bHigh + (middle >>> 16) + (carry >>> 16)) >>> 0;
}

/** Philox4x32-10 (Salmon et al. 2011, "Parallel random numbers: as easy as 1, 2, 3"): four random words of a counter and a key. */
export function philox(counter: Philox4, key: Philox2): Uint32Array {
  let [c0, c1, c2, c3] = counter;
  let [k0, k1] = key;
  for (let round = 0; round < ROUNDS; round++) {
    const high0 = multiplyHigh(MULTIPLIER_0, c0);
    const high1 = multiplyHigh(MULTIPLIER_1, c2);
    const low0 = Math.imul(MULTIPLIER_0, c0);
    const low1 = Math.imul(MULTIPLIER_1, c2);
    c0 = (high1 ^ c1 ^ k0) >>> 0;
    c1 = low1 >>> 0;
    c2 = (high0 ^ c3 ^ k1) >>> 0;
    c3 = low0 >>> 0;
    k0 = (k0 + WEYL_0) >>> 0;
    k1 = (k1 + WEYL_1) >>> 0;
  }
  return Uint32Array.of(c0, c1, c2, c3);
}

/** The key of a seed: its lower and upper 32 bits. @throws InputError unless it is an integer from 0 to 2^53 − 1. */
export function seedKey(seed: number): Philox2 {
  if (!Number.isSafeInteger(seed) || seed < 0) throw new InputError(`seed is ${seed}, it must be an integer from 0 to ${Number.MAX_SAFE_INTEGER}`);
  return [seed >>> 0, Math.floor(seed / 2 ** 32)];
}

function checkIndex(name: string, index: number, limit: number): void {
  if (!Number.isInteger(index) || index < 0 || index >= limit)
    throw new InputError(`${name} is ${index}, it must be an integer from 0 to ${limit - 1}`);
}

/**
 * The stream of `name` at a place. Block n of it is philox([n, network, epoch, id + 256 · trajectory], key of the seed).
 * The place leaves out sizes, so trajectory b of a batch does not depend on B, nor the first steps on T.
 */
export function stream(name: StreamName, seed: number, network = 0, epoch = 0, trajectory = 0): Stream {
  const key = seedKey(seed);
  checkIndex("network", network, 2 ** 32);
  checkIndex("epoch", epoch, 2 ** 32);
  checkIndex("trajectory", trajectory, 2 ** 24);
  const place = streamIds[name] + 256 * trajectory;
  let current = -1;
  let words = new Uint32Array(4);

  const uint32 = (i: number): number => {
    const block = Math.floor(i / 4);
    if (block !== current) words = new Uint32Array(philox([block, network, epoch, place], key));
    current = block;
    return words[i % 4];
  };
  const uniform = (i: number): number => (uint32(i) >>> 8) * 2 ** -24;
  const normal = (i: number): number => {
    const even = i - (i % 2);
    // 1 − u lies in (0, 1]: the logarithm stays finite, and the difference is exact in float32 too.
    const radius = Math.sqrt(-2 * Math.log(1 - uniform(even)));
    const angle = 2 * Math.PI * uniform(even + 1);
    return radius * (i % 2 === 0 ? Math.cos(angle) : Math.sin(angle));
  };
  return {
    uint32,
    uniform,
    normal,
    bernoulli: (i, probability = 0.5) => (uniform(i) < probability ? 1 : 0),
    normals: (n) => new Float64Array(n).map((_, i) => normal(i)),
  };
}
