import { InputError } from "../errors";
import type { Numbers } from "./matrix";

type Binding = Awaited<ReturnType<typeof import("gmp-wasm")["init"]>>["binding"];
type Pointer = ReturnType<Binding["mpfr_t"]>;

export interface ExactOptions {
  /** Bits of the significand; 256 lose κ from about 10^77 on. */
  readonly bits: number;
  /** Numbers of factors t at which the product F_t … F_1 is decomposed; default: all of them. */
  readonly horizons?: readonly number[];
  /** Told before each factor. */
  readonly onFactor?: ((done: number, total: number) => void) | undefined;
}

/** MPFR_RNDN: to the nearest. */
const NEAREST = 0;
const MOST_SWEEPS = 60;

/**
 * Logarithms of the singular values of F_t … F_1, the product formed and decomposed (one-sided Jacobi) in floating-point numbers of
 * `bits` bits: MPFR, from the optional package gmp-wasm. The check of `productSingularValues`, and slow.
 * @param factors F_1, F_2, …, each [D, D] row-major
 * @returns [horizons][D], largest first; −∞ for a zero
 * @throws InputError where the package is not there, or bits or horizons make no sense
 */
export async function exactSingularValues(factors: readonly Numbers[], D: number, options: ExactOptions): Promise<Float64Array[]> {
  const { bits, horizons = [factors.length], onFactor } = options;
  if (!Number.isInteger(bits) || bits < 24 || bits > 100_000) throw new InputError(`bits = ${bits}: must be a whole number from 24 to 100000`);
  const bad = horizons.find((t) => !Number.isInteger(t) || t < 1 || t > factors.length);
  if (bad !== undefined) throw new InputError(`horizon ${bad}: must be a whole number from 1 to ${factors.length}, the number of factors`);
  const floats = new Floats(await loadBinding(), bits);
  try {
    let product = floats.matrix(D);
    let next = floats.matrix(D);
    for (let i = 0; i < D; i++) floats.set(product[i][i], 1);
    const results = new Map<number, Float64Array>();
    for (let t = 1; t <= Math.max(...horizons); t++) {
      onFactor?.(t - 1, Math.max(...horizons));
      floats.multiply(factors[t - 1], product, next);
      [product, next] = [next, product];
      if (horizons.includes(t)) results.set(t, decompose(floats, product, next));
    }
    return horizons.map((t) => results.get(t) as Float64Array);
  } finally {
    floats.free();
  }
}

async function loadBinding(): Promise<Binding> {
  let gmp: typeof import("gmp-wasm");
  try {
    gmp = await import("gmp-wasm");
  } catch (error) {
    const reason = (error as Error).message.split("\n")[0];
    throw new InputError(`no arbitrary precision, because the optional package 'gmp-wasm' does not load (${reason}): run 'npm install gmp-wasm'`);
  }
  return (await gmp.init()).binding;
}

/** Logarithms of the singular values of a matrix by one-sided Jacobi on a copy of its columns. */
function decompose(floats: Floats, product: Pointer[][], columns: Pointer[][]): Float64Array {
  const D = product.length;
  for (let k = 0; k < D; k++) for (let i = 0; i < D; i++) floats.copy(columns[k][i], product[k][i]);
  for (let sweep = 0; sweep < MOST_SWEEPS; sweep++) {
    let rotated = false;
    for (let p = 0; p < D; p++) for (let q = p + 1; q < D; q++) rotated = floats.rotate(columns[p], columns[q]) || rotated;
    if (!rotated) break;
  }
  return Float64Array.from(columns, (column) => floats.logNorm(column)).sort((a, b) => b - a);
}

/** Numbers of a given precision in the memory of MPFR. */
class Floats {
  readonly #mpfr: Binding;
  readonly #bits: number;
  readonly #all: Pointer[] = [];
  readonly #small: number;
  // Named as in Golub & Van Loan, Matrix Computations, 8.6.3 (one-sided Jacobi).
  readonly #alpha: Pointer;
  readonly #beta: Pointer;
  readonly #gamma: Pointer;
  readonly #tangent: Pointer;
  readonly #cosine: Pointer;
  readonly #sine: Pointer;
  readonly #x: Pointer;
  readonly #y: Pointer;

  constructor(mpfr: Binding, bits: number) {
    this.#mpfr = mpfr;
    this.#bits = bits;
    this.#small = 2 * (8 - bits);
    const make = () => this.#make();
    [this.#alpha, this.#beta, this.#gamma, this.#tangent] = [make(), make(), make(), make()];
    [this.#cosine, this.#sine, this.#x, this.#y] = [make(), make(), make(), make()];
  }

  #make(): Pointer {
    const pointer = this.#mpfr.mpfr_t();
    this.#mpfr.mpfr_init2(pointer, this.#bits);
    this.#mpfr.mpfr_set_d(pointer, 0, NEAREST);
    this.#all.push(pointer);
    return pointer;
  }

  /** [D] columns of [D] zeros. */
  matrix(D: number): Pointer[][] {
    return Array.from({ length: D }, () => Array.from({ length: D }, () => this.#make()));
  }

  set(to: Pointer, value: number): void {
    this.#mpfr.mpfr_set_d(to, value, NEAREST);
  }

  copy(to: Pointer, from: Pointer): void {
    this.#mpfr.mpfr_set(to, from, NEAREST);
  }

  /** result = factor · columns. @param factor [D, D] row-major */
  multiply(factor: Numbers, columns: Pointer[][], result: Pointer[][]): void {
    const D = columns.length;
    const mpfr = this.#mpfr;
    for (let i = 0; i < D; i++) {
      for (let k = 0; k < D; k++) this.set(result[k][i], 0);
      for (let j = 0; j < D; j++) {
        this.set(this.#x, factor[i * D + j]);
        for (let k = 0; k < D; k++) mpfr.mpfr_fma(result[k][i], this.#x, columns[k][j], result[k][i], NEAREST);
      }
    }
  }

  #dot(result: Pointer, a: Pointer[], b: Pointer[]): void {
    this.set(result, 0);
    for (let i = 0; i < a.length; i++) this.#mpfr.mpfr_fma(result, a[i], b[i], result, NEAREST);
  }

  /** Makes two columns orthogonal. @returns false where they were, up to rounding */
  rotate(p: Pointer[], q: Pointer[]): boolean {
    const mpfr = this.#mpfr;
    const [alpha, beta, gamma, tangent] = [this.#alpha, this.#beta, this.#gamma, this.#tangent];
    this.#dot(gamma, p, q);
    if (mpfr.mpfr_zero_p(gamma)) return false;
    this.#dot(alpha, p, p);
    this.#dot(beta, q, q);
    if (this.#negligible()) return false;
    // t = sign(ζ) / (|ζ| + √(1 + ζ²)), ζ = (β − α) / 2γ
    mpfr.mpfr_sub(this.#x, beta, alpha, NEAREST);
    mpfr.mpfr_div(this.#x, this.#x, gamma, NEAREST);
    mpfr.mpfr_div_2ui(this.#x, this.#x, 1, NEAREST);
    const negative = mpfr.mpfr_sgn(this.#x) < 0;
    mpfr.mpfr_sqr(this.#y, this.#x, NEAREST);
    mpfr.mpfr_add_ui(this.#y, this.#y, 1, NEAREST);
    mpfr.mpfr_sqrt(this.#y, this.#y, NEAREST);
    mpfr.mpfr_abs(this.#x, this.#x, NEAREST);
    mpfr.mpfr_add(this.#x, this.#x, this.#y, NEAREST);
    mpfr.mpfr_ui_div(tangent, 1, this.#x, NEAREST);
    if (negative) mpfr.mpfr_neg(tangent, tangent, NEAREST);
    mpfr.mpfr_sqr(this.#y, tangent, NEAREST);
    mpfr.mpfr_add_ui(this.#y, this.#y, 1, NEAREST);
    mpfr.mpfr_sqrt(this.#y, this.#y, NEAREST);
    mpfr.mpfr_ui_div(this.#cosine, 1, this.#y, NEAREST);
    mpfr.mpfr_mul(this.#sine, this.#cosine, tangent, NEAREST);
    this.#turn(p, q);
    return true;
  }

  /** γ² against α β at the last bits. */
  #negligible(): boolean {
    const mpfr = this.#mpfr;
    mpfr.mpfr_sqr(this.#x, this.#gamma, NEAREST);
    mpfr.mpfr_mul(this.#y, this.#alpha, this.#beta, NEAREST);
    mpfr.mpfr_div_2ui(this.#y, this.#y, -this.#small, NEAREST);
    return mpfr.mpfr_cmp(this.#x, this.#y) <= 0;
  }

  #turn(p: Pointer[], q: Pointer[]): void {
    const mpfr = this.#mpfr;
    const [c, s, x, y] = [this.#cosine, this.#sine, this.#x, this.#y];
    for (let i = 0; i < p.length; i++) {
      mpfr.mpfr_fmms(x, c, p[i], s, q[i], NEAREST);
      mpfr.mpfr_fmma(y, s, p[i], c, q[i], NEAREST);
      mpfr.mpfr_set(p[i], x, NEAREST);
      mpfr.mpfr_set(q[i], y, NEAREST);
    }
  }

  /** Natural logarithm of a column's length. */
  logNorm(column: Pointer[]): number {
    this.#dot(this.#x, column, column);
    this.#mpfr.mpfr_log(this.#x, this.#x, NEAREST);
    return this.#mpfr.mpfr_get_d(this.#x, NEAREST) / 2;
  }

  free(): void {
    for (const pointer of this.#all) {
      this.#mpfr.mpfr_clear(pointer);
      this.#mpfr.mpfr_t_free(pointer);
    }
  }
}
