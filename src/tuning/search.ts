import { median } from "../bench/median";
import type { Shape } from "../kernels/shape";

/** What one variant computed, for comparing it with the default. */
export interface Computed {
  /** [M·B·K] nats per step; empty in training. */
  readonly exponents: Float32Array;
  /** [M] */
  readonly loss: Float32Array;
  /** Of all parameters of all networks; empty where none is computed. */
  readonly gradient: Float32Array;
}

/** One variant, ready to run again and again on the same data. */
export interface Runner {
  /** Everything it runs with, defaults included. */
  readonly uses: Shape;
  /** Milliseconds an epoch takes, the mean of `epochs`. */
  time(epochs: number): Promise<number>;
  results(): Promise<Computed>;
  destroy(): void;
}

/** A knob and the values to try, given what the best variant so far uses. */
export interface Knob {
  readonly name: keyof Shape;
  values(uses: Shape): readonly (string | number)[];
}

/** How far results are from the default's. */
export interface Difference {
  readonly bitwise: boolean;
  /** Largest difference of an exponent, nats per step. */
  readonly exponents: number;
  /** Relative differences of the loss (the largest) and of the gradient (of norms). */
  readonly loss: number;
  readonly gradient: number;
}

/** One line of the table. */
export interface Variant {
  readonly shape: Shape;
  /** What it changes against the best before it; undefined for the default. */
  readonly knob: keyof Shape | undefined;
  /** Milliseconds per epoch, median and least of the rounds; undefined where it was not timed. */
  readonly ms?: number;
  readonly leastMs?: number;
  /** Time of the default over its time. */
  readonly ratio?: number;
  readonly difference?: Difference;
  readonly accepted: boolean;
  /** Why it was rejected, or what was accepted. */
  readonly reason: string;
}

export interface SearchOptions {
  /** Interleaved rounds of a race; default 5. */
  readonly rounds?: number;
  /** Seconds, counted from when the default is known, after which no further variant is begun; default 120. */
  readonly budget?: number;
  readonly signal?: AbortSignal | undefined;
  /** Called before and after each variant; `doing` in words, empty at the end. */
  readonly onVariant?: (doing: string, variants: readonly Variant[]) => void;
  /** Milliseconds now; for tests. */
  readonly now?: () => number;
}

export interface SearchResult {
  readonly variants: readonly Variant[];
  /** What wins against the default, confirmed by a second race; empty where the default stays. */
  readonly winner: Shape;
  /** Time of the default over the winner's in that race, the median of its rounds; 1 where the default stays. */
  readonly gain: number;
}

/** A variant must be better than this by median and by least time, else it is noise. */
export const NOISE = 0.03;
/** A round takes about so many milliseconds, where an epoch is shorter. */
const ROUND_MS = 150;
/** After two rounds, one so much slower is not raced on. */
const HOPELESS = 1.25;

/** Times an epoch of the best just after it, a first epoch with its results read needs no race. */
const FAR_OFF = 8;
const READ_MS = 200;

/** Largest differences that rounding explains: order of sums only. Gradients vary most, up to 4e-3 (design 3.2, N = 80, K = 75). */
const LIMITS = { exponents: 1e-4, loss: 1e-3, gradient: 1e-2 };

/**
 * Knob by knob from the best so far, most promising first: each variant's results are compared with the default's, then it races
 * the best, interleaved. The winner is confirmed by a second race against the default.
 * @param prepare compiles a shape; what it throws rejects the variant
 */
export async function search(prepare: (shape: Shape) => Promise<Runner>, knobs: readonly Knob[], options: SearchOptions = {}): Promise<SearchResult> {
  const { rounds = 5, budget = 120, signal, onVariant, now = () => performance.now() } = options;
  const variants: Variant[] = [];
  onVariant?.("the default", variants);
  const base = await prepare({});
  let best: Best = { shape: {}, runner: base, ratio: 1, ms: 0 };
  try {
    const expected = await base.results();
    await base.time(1);
    const epochs = epochsFor(await base.time(1));
    await settle(base, epochs);
    const [alone] = await race([base], { rounds: 3, epochs, signal });
    best = { ...best, ms: median(alone) };
    variants.push({ shape: {}, knob: undefined, ...timesOf(alone), ratio: 1, accepted: true, reason: "default" });
    const end = now() + 1000 * budget;
    for (const knob of knobs) {
      for (const value of knob.values(best.runner.uses)) {
        signal?.throwIfAborted();
        const shape: Shape = { ...best.shape, [knob.name]: value };
        const line = { shape, knob: knob.name };
        if (now() > end) {
          variants.push({ ...line, accepted: false, reason: `not tried: the ${budget} s were over` });
          continue;
        }
        onVariant?.(`${knob.name} ${value}`, variants);
        const tried = await attempt(prepare, shape, expected, best, { rounds, epochs, signal, now });
        variants.push({ ...line, ...tried.line });
        if (!tried.runner) continue;
        if (best.runner !== base) best.runner.destroy();
        best = { shape, runner: tried.runner, ratio: tried.line.ratio ?? 1, ms: tried.line.ms ?? best.ms };
      }
    }
    if (best.runner === base) return { variants, winner: {}, gain: 1 };
    onVariant?.("the winner against the default, again", variants);
    const times = await race([base, best.runner], { rounds: 2 * rounds, epochs, signal });
    const gain = factorOf(times);
    if (wins(times)) return { variants, winner: best.shape, gain };
    const reason = "not confirmed: within noise in a second race against the default";
    variants.push({ shape: best.shape, knob: undefined, ...timesOf(times[1]), ratio: gain, accepted: false, reason });
    return { variants, winner: {}, gain: 1 };
  } finally {
    onVariant?.("", variants);
    if (best.runner !== base) best.runner.destroy();
    base.destroy();
  }
}

interface Best {
  readonly shape: Shape;
  readonly runner: Runner;
  /** Time of the default over its time. */
  readonly ratio: number;
  readonly ms: number;
}

/** Compiles, compares and races one variant. @returns its line, and its runner where it is the new best */
async function attempt(
  prepare: (shape: Shape) => Promise<Runner>,
  shape: Shape,
  expected: Computed,
  best: Best,
  { now, ...how }: RaceOptions & { readonly now: () => number },
): Promise<{ line: Pick<Variant, "ms" | "leastMs" | "ratio" | "difference" | "accepted" | "reason">; runner?: Runner }> {
  let runner: Runner;
  try {
    runner = await prepare(shape);
  } catch (error) {
    const { name, message } = error as Error;
    const reason = `${name === "LimitError" || name === "InputError" ? "limit" : "does not compile"}: ${message.split("\n")[0]}`;
    return { line: { accepted: false, reason } };
  }
  let accepted = false;
  try {
    const start = now();
    const difference = differenceOf(await runner.results(), expected);
    const ms = now() - start;
    if (!withinLimits(difference)) return { line: { difference, accepted, reason: `wrong result: ${differenceText(difference)}` } };
    if (ms > FAR_OFF * best.ms + READ_MS) {
      const beside = await best.runner.time(1);
      const line = { ms, leastMs: ms, ratio: (best.ratio * beside) / ms, difference, accepted, reason: "much slower: one epoch told" };
      if (ms > FAR_OFF * beside + READ_MS) return { line };
    }
    await settle(runner, how.epochs);
    const times = await race([best.runner, runner], how);
    accepted = wins(times);
    const factor = factorOf(times);
    const line = { ...timesOf(times[1]), ratio: best.ratio * factor, difference, accepted, reason: accepted ? "faster" : reasonOf(factor) };
    return { line, ...(accepted && { runner }) };
  } catch (error) {
    how.signal?.throwIfAborted();
    return { line: { accepted: false, reason: `fails: ${(error as Error).message.split("\n")[0]}` } };
  } finally {
    if (!accepted) runner.destroy();
  }
}

function reasonOf(factor: number): string {
  return factor < 1 - NOISE ? "slower" : "within noise";
}

/** Rounds that are not counted: they teach the waiting how long to sleep, which takes more of them where epochs are short. */
async function settle(runner: Runner, epochs: number): Promise<void> {
  for (let round = 0; round < (epochs > 1 ? 4 : 1); round++) await runner.time(epochs);
}

function epochsFor(ms: number): number {
  return Math.max(1, Math.min(200, Math.round(ROUND_MS / Math.max(ms, 1e-3))));
}

interface RaceOptions {
  readonly rounds: number;
  readonly epochs: number;
  readonly signal: AbortSignal | undefined;
}

/** Rounds of all, one after the other, so that what else the machine does meets all alike; ends early where the last is hopeless. */
async function race(runners: readonly Runner[], { rounds, epochs, signal }: RaceOptions): Promise<number[][]> {
  const times = runners.map((): number[] => []);
  for (let round = 0; round < rounds; round++) {
    signal?.throwIfAborted();
    for (const [i, runner] of runners.entries()) times[i].push(await runner.time(epochs));
    if (round === 1 && times.length > 1 && Math.min(...times[1]) > HOPELESS * Math.max(...times[0])) break;
  }
  return times;
}

function wins([before, after]: readonly number[][]): boolean {
  const better = (a: number, b: number) => b <= a * (1 - NOISE);
  return better(median(before), median(after)) && better(Math.min(...before), Math.min(...after)) && better(factorOf([before, after]), 1);
}

/** Time before over time after: the median of the rounds' ratios, which a load that comes and goes moves least. */
function factorOf([before, after]: readonly number[][]): number {
  return median(after.map((ms, round) => before[round] / ms));
}

function timesOf(times: readonly number[]) {
  return { ms: median(times), leastMs: Math.min(...times) };
}

export function differenceOf(seen: Computed, expected: Computed): Difference {
  const largest = (a: Float32Array, b: Float32Array, of: (difference: number, value: number) => number) =>
    // Not a number where one holds one, so that no limit is kept.
    a.reduce((most, value, i) => maxOrNaN(most, of(Math.abs(value - b[i]), Math.abs(b[i]))), a.length === b.length ? 0 : Number.NaN);
  const norm = (values: Float32Array) => Math.sqrt(values.reduce((sum, value) => sum + value * value, 0));
  const gap = norm(seen.gradient.map((value, i) => value - expected.gradient[i]));
  return {
    bitwise: same(seen.exponents, expected.exponents) && same(seen.loss, expected.loss) && same(seen.gradient, expected.gradient),
    exponents: largest(seen.exponents, expected.exponents, (difference) => difference),
    loss: largest(seen.loss, expected.loss, (difference, value) => (difference === 0 ? 0 : difference / value)),
    gradient: gap === 0 ? 0 : gap / norm(expected.gradient),
  };
}

function maxOrNaN(a: number, b: number): number {
  return Number.isNaN(a) || Number.isNaN(b) ? Number.NaN : Math.max(a, b);
}

function same(a: Float32Array, b: Float32Array): boolean {
  return a.length === b.length && a.every((value, i) => Object.is(value, b[i]));
}

function withinLimits({ exponents, loss, gradient }: Difference): boolean {
  return exponents <= LIMITS.exponents && loss <= LIMITS.loss && gradient <= LIMITS.gradient;
}

/** What people read of a difference. */
export function differenceText({ bitwise, ...sizes }: Difference): string {
  if (bitwise) return "the same bits";
  const parts = Object.entries(sizes).flatMap(([name, value]) => (value === 0 ? [] : [`${name} ${value.toExponential(0)}`]));
  return parts.join(", ") || "the same numbers";
}
