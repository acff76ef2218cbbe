/** ‖actual − expected‖ / ‖expected‖; not a number where `actual` holds one, so that no comparison passes. */
export function relativeError(actual: ArrayLike<number>, expected: ArrayLike<number>): number {
  if (actual.length !== expected.length) throw new Error(`${actual.length} numbers where ${expected.length} are expected`);
  let difference = 0;
  let norm = 0;
  for (let i = 0; i < expected.length; i++) {
    difference += (actual[i] - expected[i]) ** 2;
    norm += expected[i] ** 2;
  }
  return Math.sqrt(difference / norm);
}

/** Numbers that a kernel gave, and what its float64 twin gives. */
export interface Pair {
  /** Name of the output. */
  readonly what: string;
  /** Which part of it, such as 'network 0, step 7'. */
  readonly place: string;
  readonly got: ArrayLike<number>;
  readonly expected: ArrayLike<number>;
  /** Of a matrix [rows, columns]. */
  readonly columns?: number;
}

/** How far an output is from its float64 twin. */
export interface Deviation {
  readonly what: string;
  /** Largest over the parts: ‖got − expected‖ / ‖expected‖. */
  readonly error: number;
  /** Of single numbers, relative to the root mean square of their part. */
  readonly median: number;
  readonly largest: number;
  readonly where: string;
}

/** The deviations of all outputs, in the order in which they first come. A number that is missing (NaN) counts as infinitely far. */
export function deviations(pairs: readonly Pair[]): Deviation[] {
  return [...new Set(pairs.map(({ what }) => what))].map((what) => {
    const all: number[] = [];
    let [error, largest, where] = [0, -1, ""];
    for (const pair of pairs.filter((each) => each.what === what)) {
      const { got, expected, place, columns } = pair;
      if (got.length !== expected.length) throw new Error(`${what} of ${place}: ${got.length} numbers where ${expected.length} are expected`);
      let [norm, squares] = [0, 0];
      for (let i = 0; i < expected.length; i++) norm += expected[i] ** 2;
      const scale = Math.sqrt(norm / Math.max(1, expected.length)) || 1;
      for (let i = 0; i < expected.length; i++) {
        const distance = Math.abs(got[i] - expected[i]) / scale;
        const off = Number.isNaN(distance) ? Number.POSITIVE_INFINITY : distance;
        all.push(off);
        squares += off ** 2;
        if (off <= largest) continue;
        largest = off;
        where = `${place}, ${columns === undefined ? `number ${i}` : `[${Math.floor(i / columns)}, ${i % columns}]`}`;
      }
      error = Math.max(error, Math.sqrt(squares / Math.max(1, expected.length)));
    }
    const sorted = Float64Array.from(all).sort();
    return { what, error, median: sorted[Math.floor(sorted.length / 2)] ?? 0, largest: Math.max(0, largest), where };
  });
}
