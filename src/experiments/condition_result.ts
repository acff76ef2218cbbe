import { logCondition } from "../conditioning";
import { powerOfTen } from "../plots/numbers";
import { type FigureResult, RECALLED, type Results, resultOf } from "./experiment";
import type { SpectraSettings } from "./flossed_spectra";
import { median, pairedVerdict, slope, summarise, type Verdict } from "./statistics";

export interface ConditionSettings extends SpectraSettings {
  /** Numbers of flossed exponents. */
  readonly ks: readonly number[];
  /** Directions that κ is restricted to. */
  readonly ms: readonly number[];
  /** Steps t − τ of the long-term Jacobian. */
  readonly horizons: readonly number[];
  readonly sweeps: number;
  /** Whether sweeps run on the GPU in float32, for all networks together; else in float64 on the host. */
  readonly gpu: boolean;
  /** Of the arbitrary precision that the sweeps are checked with, on the first network. */
  readonly bits: number;
}

/** One state of the networks: before flossing, or after flossing k exponents. */
export interface Conditions {
  /** [networks][D] exponents on a long walk. */
  readonly exponents: readonly (readonly number[])[];
  /** [networks][horizons][D] logarithms of the singular values. */
  readonly logs: readonly (readonly (readonly number[])[])[];
  /** Largest change of a logarithm in the last sweep. */
  readonly change: number;
  /** The first network in other ways; left out where nothing is checked. */
  readonly check?: Check;
}

export interface Check {
  /** [horizons][D] by sweeps in float64. */
  readonly host: readonly (readonly number[])[];
  /** [horizons][D] in arbitrary precision; null where its package is missing. */
  readonly exact: readonly (readonly number[])[] | null;
  /** Why it is. */
  readonly missing?: string;
}

/** Slopes of κ after flossing pass below this share of those before. */
const SLOWER = 0.1;
/** And beyond the flossed directions above this one. */
const NOT_HELPED = 0.5;
/** Relative difference up to which the exponents predict a slope. */
const PREDICTED = 0.1;
/** Shorter horizons are not yet asymptotic. */
const ASYMPTOTIC = 10;
/** Bits of which a decimal digit takes so many; κ of more digits than the precision is lost. */
const BITS_A_DIGIT = Math.LN10 / Math.LN2;
const SAFE_SHARE = 0.8;

export function evaluateCondition(title: string, settings: ConditionSettings, results: Results): FigureResult {
  const { ks, ms, horizons } = settings;
  const before = resultOf<Conditions>(results, "before");
  const after = ks.map((k) => ({ k, conditions: resultOf<Conditions>(results, `k-${k}`) }));
  const states = [{ k: 0, conditions: before }, ...after];
  const slopes = ({ logs }: Conditions, m: number) => logs.map((rows) => slopeOf(horizons, decades(rows, m)));
  return {
    verdicts: [
      predictionVerdict(settings, before, slopes),
      ...after.flatMap(({ k, conditions }) => flossedVerdicts(k, ms, before, conditions, slopes)),
      ...checkVerdicts(
        settings,
        states.map(({ conditions }) => conditions),
      ),
    ],
    table: {
      head: ["decades a step, median", ...ms.map((m) => `m = ${m}: measured / from the exponents`)],
      rows: states.map(({ k, conditions }) => [
        k === 0 ? "before" : `k = ${k}`,
        ...ms.map((m) => `${median(slopes(conditions, m)).toFixed(4)} / ${median(predicted(conditions, m)).toFixed(4)}`),
      ]),
    },
    plot: plotOf(title, settings, states),
  };
}

function slopeOf(horizons: readonly number[], values: readonly number[]): number {
  return slope(horizons.flatMap((t, i) => (t >= ASYMPTOTIC || horizons.length < 4 ? [[t, values[i]] as const] : [])));
}

/** Decades a step that the exponents promise: (λ_1 − λ_m) / ln 10. */
function predicted({ exponents }: Conditions, m: number): number[] {
  return exponents.map((row) => (row[0] - row[m - 1]) / Math.LN10);
}

type Slopes = (conditions: Conditions, m: number) => number[];

function predictionVerdict({ hidden }: ConditionSettings, before: Conditions, slopes: Slopes): Verdict {
  const [seen, promised] = [slopes(before, hidden), predicted(before, hidden)];
  return pairedVerdict(
    `Before flossing the slope of log κ is (λ₁ − λ_N) within ${100 * PREDICTED} %.`,
    seen.map((value, i) => PREDICTED - Math.abs(value / promised[i] - 1)),
    `median ${median(seen).toFixed(3)} decades a step, from the exponents ${median(promised).toFixed(3)}`,
  );
}

/** Slower growth for m = k, and none of it for all directions where k is below half of them. */
function flossedVerdicts(k: number, ms: readonly number[], before: Conditions, after: Conditions, slopes: Slopes): Verdict[] {
  const compare = (m: number) => ({ old: slopes(before, m), now: slopes(after, m) });
  const text = ({ old, now }: ReturnType<typeof compare>) =>
    `median slope ${median(old).toFixed(4)} decades a step before, ${median(now).toFixed(4)} after`;
  const N = Math.max(...ms);
  const verdicts: Verdict[] = [];
  if (k > 1 && ms.includes(k)) {
    const both = compare(k);
    const differences = both.now.map((value, i) => SLOWER * both.old[i] - value);
    verdicts.push(
      pairedVerdict(`After flossing k = ${k}, log κ for m = ${k} grows at less than ${SLOWER} of its slope before.`, differences, text(both)),
    );
  }
  if (k <= N / 2) {
    const both = compare(N);
    const differences = both.now.map((value, i) => value - NOT_HELPED * both.old[i]);
    verdicts.push(
      pairedVerdict(
        `After flossing k = ${k}, log κ for m = ${N} still grows at more than ${NOT_HELPED} of its slope before.`,
        differences,
        text(both),
      ),
    );
  }
  return verdicts;
}

/** Decades that two ways of computing a condition number may differ by. */
const SAME = 0.05;

/** Sweeps against arbitrary precision where κ has fewer digits than it, and those of the GPU against those in float64. */
function checkVerdicts({ ms, bits, hidden, gpu }: ConditionSettings, states: readonly Conditions[]): Verdict[] {
  const checked = states.flatMap(({ check, logs }) => (check ? [{ ...check, logs: logs[0] }] : []));
  const differences = (a: readonly (readonly number[])[], b: readonly (readonly number[])[], limit: number) =>
    ms.flatMap((m) => {
      const [x, y] = [decades(a, m), decades(b, m)];
      return x.flatMap((value, i) => (value < limit ? [Math.abs(value - y[i])] : []));
    });
  const largest = (claim: string, values: readonly number[], more: string): Verdict => {
    const worst = Math.max(...values);
    const pass = worst < SAME;
    return { claim, pass, numbers: `largest difference ${worst.toExponential(1)} decades over ${values.length} numbers${more}`, n: checked.length };
  };
  const claim = `The float64 sweeps agree with ${bits}-bit numbers to ${SAME} decades while κ has less than ${SAFE_SHARE} of their digits.`;
  const missing = checked.find(({ exact }) => exact === null)?.missing;
  const top = Math.max(...checked.flatMap(({ exact }) => decades(exact ?? [], hidden).filter(Number.isFinite)));
  const full = Math.max(...checked.flatMap(({ host }) => decades(host, hidden)));
  const limit = (SAFE_SHARE * bits) / BITS_A_DIGIT;
  const exact = checked.flatMap(({ exact, host }) => differences(exact ?? [], host, limit));
  return [
    missing
      ? { claim, pass: false, numbers: `not checked: ${missing}`, n: 0 }
      : largest(claim, exact, `; ${bits} bits end at 10^${top.toFixed(1)}, the sweeps at 10^${full.toFixed(1)}`),
    ...(gpu
      ? [
          largest(
            `The GPU's float32 sweeps agree with those in float64 to ${SAME} decades.`,
            checked.flatMap(({ host, logs }) => differences(host, logs, Number.POSITIVE_INFINITY)),
            "",
          ),
        ]
      : []),
  ];
}

function plotOf(
  title: string,
  settings: ConditionSettings,
  states: readonly { readonly k: number; readonly conditions: Conditions }[],
): FigureResult["plot"] {
  const { ms, horizons, bits, hidden, networks, epochs, lr } = settings;
  return {
    kind: "condition_number",
    title,
    caption: `Medians and quartiles of ${networks} networks, N = ${hidden}, g = 1, Bernoulli(1/2) input, flossed for ${epochs} steps of Adam ${lr}; dashed: exp((λ₁ − λₘ)(t − τ)) from exponents on a long walk, shifted to the first horizon of at least ${ASYMPTOTIC}; crosses: one network for m = N in ${bits}-bit numbers, which saturate near ${powerOfTen(Math.floor(bits / BITS_A_DIGIT))}. ${RECALLED}`,
    panels: states.map(({ k, conditions }) => ({
      label: k === 0 ? "before flossing" : `after flossing k = ${k}`,
      curves: ms.map((m) => {
        const all = conditions.logs.map((rows) => decades(rows, m));
        const points = horizons.map((horizon, i) => ({ horizon, ...summarise(all.map((values) => values[i])) }));
        const from = points.find(({ horizon }) => horizon >= ASYMPTOTIC) ?? points[0];
        const rate = median(predicted(conditions, m));
        const line = [from, points[points.length - 1]].map(({ horizon }) => ({ horizon, value: from.median + rate * (horizon - from.horizon) }));
        return { m, points, predicted: line };
      }),
      ...firstNetwork(conditions, horizons, hidden),
    })),
  };
}

/** κ of all directions of the first network, by sweeps and in arbitrary precision. */
function firstNetwork({ check, logs }: Conditions, horizons: readonly number[], N: number) {
  const points = (rows: readonly (readonly number[])[]) =>
    decades(rows, N).flatMap((value, i) => (Number.isFinite(value) ? [{ horizon: horizons[i], value }] : []));
  return { exact: points(check?.exact ?? []), first: check?.exact ? points(logs[0]) : [] };
}

/** log₁₀ κ^{(m)} of every horizon. */
export function decades(logs: readonly (readonly number[])[], m: number): number[] {
  return logs.map((row) => logCondition(row, m) / Math.LN10);
}
