// Readers of number formats: number i of a little-endian view.

/** IEEE double precision. */
export const float64 = (view: DataView) => (i: number) => view.getFloat64(8 * i, true);

/** The upper half of a float32. */
export function bfloat16(view: DataView): (i: number) => number {
  const word = new DataView(new ArrayBuffer(4));
  return (i) => {
    word.setUint32(0, view.getUint16(2 * i, true) << 16);
    return word.getFloat32(0);
  };
}

/** IEEE half precision: 1 sign bit, 5 exponent bits, 10 fraction bits. */
export function float16(view: DataView): (i: number) => number {
  return (i) => {
    const bits = view.getUint16(2 * i, true);
    const sign = bits & 0x8000 ? -1 : 1;
    const exponent = (bits >>> 10) & 31;
    const fraction = bits & 1023;
    if (exponent === 31) return fraction ? Number.NaN : sign * Number.POSITIVE_INFINITY;
    return sign * (exponent ? (1024 + fraction) * 2 ** (exponent - 25) : fraction * 2 ** -24);
  };
}
