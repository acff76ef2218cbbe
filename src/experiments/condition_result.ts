import type { ConditionSettings, Conditions } from "./condition_number";
import { conditionNumber, decades } from "./condition_number";
import { type FigureResult, RECALLED, type Results, resultOf } from "./experiment";
import { median, pairedVerdict, slope, summarise, type Verdict } from "./statistics";

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

export function evaluateCondition(settings: ConditionSettings, results: Results): FigureResult {
  const { ks, ms, horizons } = settings;
  const before = resultOf<Conditions>(results, "before");
  const after = ks.map((k) => ({ k, conditions: resultOf<Conditions>(results, `k-${k}`) }));
  const states = [{ k: 0, conditions: before }, ...after];
  const slopes = ({ logs }: Conditions, m: number) => logs.map((rows) => slopeOf(horizons, decades(rows, m)));
  return {
    verdicts: [
      predictionVerdict(settings, before, slopes),
      ...after.flatMap(({ k, conditions }) => flossedVerdicts(k, ms, before, conditions, slopes)),
      ...exactVerdicts(
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
    plot: plotOf(settings, states),
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

/** Sweeps against arbitrary precision, where κ has fewer digits than it; one network a state. */
function exactVerdicts({ ms, bits, hidden }: ConditionSettings, states: readonly Conditions[]): Verdict[] {
  const missing = states.find(({ exact }) => exact === null)?.missing;
  const claim = `The float64 sweeps agree with ${bits} bits to 0.01 decades while κ has less than ${SAFE_SHARE} of their digits.`;
  if (missing) return [{ claim, pass: false, numbers: `not checked: ${missing}`, p: 1, alpha: 0, n: 0 }];
  const limit = (SAFE_SHARE * bits) / BITS_A_DIGIT;
  const errors = states.flatMap(({ exact, logs }) =>
    ms.flatMap((m) => decades(exact ?? [], m).flatMap((value, i) => (value < limit ? [Math.abs(value - decades(logs[0], m)[i])] : []))),
  );
  const worst = Math.max(...errors);
  const top = Math.max(...states.flatMap(({ exact }) => decades(exact ?? [], hidden).filter(Number.isFinite)));
  const full = Math.max(...states.flatMap(({ logs }) => decades(logs[0], hidden)));
  const numbers = `largest difference ${worst.toExponential(1)} decades over ${errors.length} numbers; ${bits} bits end at 10^${top.toFixed(1)}, the sweeps at 10^${full.toFixed(1)}`;
  return [{ claim, pass: worst < 0.01, numbers, p: worst < 0.01 ? 0 : 1, alpha: 0.05, n: states.length }];
}

function plotOf(settings: ConditionSettings, states: readonly { readonly k: number; readonly conditions: Conditions }[]): FigureResult["plot"] {
  const { ms, horizons, bits, hidden, networks, epochs, lr } = settings;
  return {
    kind: "condition_number",
    title: conditionNumber.title,
    caption: `Medians and quartiles of ${networks} networks, N = ${hidden}, g = 1, Bernoulli(1/2) input, flossed for ${epochs} steps of Adam ${lr}; dashed: exp((λ₁ − λₘ)(t − τ)) from exponents on a long walk, shifted to the first horizon of at least ${ASYMPTOTIC}; crosses: one network for m = N in ${bits}-bit numbers, which saturate near 10^${Math.floor(bits / BITS_A_DIGIT)}. ${RECALLED}`,
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
      exact: (conditions.exact ? decades(conditions.exact, hidden) : []).flatMap((value, i) =>
        Number.isFinite(value) ? [{ horizon: horizons[i], value }] : [],
      ),
    })),
  };
}
