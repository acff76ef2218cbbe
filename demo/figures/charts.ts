import type { Chart, Line } from "./chart";
import { indexColour, type Palette } from "./palette";
import { spectrumNow, type View } from "./view";

// What each figure shows of a run, as numbers and words.

export const exponentUnit = "λᵢ (nats per step)";

const subscript = (index: number) => [...String(index)].map((digit) => "₀₁₂₃₄₅₆₇₈₉"[Number(digit)]).join("");

/** Exponents below this are told in words: the very last ones would flatten all others. */
export const LEAST_SHOWN = -3;

/** More rows than this make no picture clearer. */
const MOST_ROWS = 400;

function thinned<Item>(rows: readonly Item[]): readonly Item[] {
  if (rows.length <= MOST_ROWS) return rows;
  return Array.from({ length: MOST_ROWS }, (_, i) => rows[Math.round((i * (rows.length - 1)) / (MOST_ROWS - 1))]);
}

function pad<Value>(values: readonly Value[], length: number): (Value | null)[] {
  return Array.from({ length }, (_, i) => values[i] ?? null);
}

/** The two networks' lines, the reference first where there is one. */
function pair(
  view: View,
  palette: Palette,
  of: (which: "reference" | "now") => readonly (number | null)[] | undefined,
  style: Line["style"],
): Line[] {
  return (["reference", "now"] as const).flatMap((which) => {
    const values = of(which);
    const dots = style === "dots" && which === "reference" ? "rings" : style;
    return values ? [{ label: view.names[which], values, colour: palette[which], ...(dots && { style: dots }) }] : [];
  });
}

export function spectrumChart(view: View, palette: Palette): Chart {
  const now = spectrumNow(view);
  const length = Math.max(now.length, view.reference?.spectrum.length ?? 0);
  const { k, target, mode } = view.data.settings;
  const goal: Line = {
    ...{ label: "target", colour: palette.ink, style: "dashes", width: 1 },
    values: Array.from({ length }, (_, i) => (i < k || k === 1 ? target : null)),
  };
  const lines = pair(view, palette, (which) => (which === "now" ? pad(now, length) : view.reference && pad(view.reference.spectrum, length)), "dots");
  const known = [...now, ...(view.reference?.spectrum ?? []), target];
  const least = Math.max(LEAST_SHOWN, Math.min(-0.5, ...known));
  return {
    ...{ x: Array.from({ length }, (_, i) => i + 1), xLabel: "index i", yLabel: exponentUnit, xRange: [0, length + 1] },
    yRange: [least - 0.15, Math.max(0.3, ...known) + 0.1],
    lines: mode === "sweep" ? lines : [goal, ...lines],
  };
}

/** Position of a row of flossing on its axis. */
function flossingAxis({ data, flossing }: View) {
  const twins = data.settings.mode === "twins";
  const total = twins ? data.settings.epochs + (data.settings.again > 1 ? data.settings.againEpochs : 0) : data.settings.epochs;
  const rows = thinned(flossing.map((row, i) => ({ ...row, x: twins ? i + 1 : row.at })));
  return { rows, x: rows.map(({ x }) => x), xLabel: twins ? "flossing step" : "epoch", xRange: [0, Math.max(1, total)] as const };
}

export function exponentsChart(view: View, palette: Palette): Chart {
  const { rows, ...axis } = flossingAxis(view);
  const K = rows[0]?.exponents.length ?? view.data.settings.k;
  const lines = Array.from({ length: K }, (_, i): Line => {
    return { label: `λ${subscript(i + 1)}`, values: rows.map(({ exponents }) => exponents[i]), colour: indexColour(i, K, palette), width: 1 };
  });
  const target = { label: "target", values: rows.map(() => view.data.settings.target), colour: palette.ink, style: "dashes", width: 1 } as const;
  return { ...axis, yLabel: exponentUnit, lines: [...lines, target] };
}

export function lossChart(view: View, palette: Palette): Chart {
  const { rows, ...axis } = flossingAxis(view);
  const values = rows.map(({ loss }) => (loss > 0 ? loss : null));
  return { ...axis, yLabel: "loss (nats² per step²)", log: true, lines: [{ label: "mean of (λᵢ − target)²", values, colour: palette.now }] };
}

/** Gradients that went below what float32 can hold are left out. */
const LEAST_POWER = -29;

export function decayChart(view: View, palette: Palette): Chart {
  const of = (which: "reference" | "now") => view[which]?.decay.map((value) => (value > LEAST_POWER ? value : null));
  const length = view.now?.decay.length ?? 96;
  return {
    ...{ x: Array.from({ length }, (_, i) => i), xLabel: "distance τ (steps back in time)", yLabel: "gradient norm, relative", powers: true },
    lines: pair(view, palette, of, "line"),
  };
}

export function conditionChart(view: View, palette: Palette): Chart {
  const every = view.now?.condition.every ?? 16;
  const length = view.now?.condition.log10.length ?? 7;
  const x = Array.from({ length }, (_, i) => i * every);
  const measured = pair(view, palette, (which) => view[which]?.condition.log10, "dotted line");
  const predicted = pair(view, palette, (which) => view[which] && x.map((t) => (view[which]?.condition.slope ?? 0) * t), "dashes");
  return {
    ...{ x, xLabel: "horizon t (steps)", yLabel: `condition number κ, first ${view.now?.condition.k ?? view.data.settings.k}`, powers: true },
    lines: [...measured, ...predicted.map((line) => ({ ...line, label: `predicted, ${line.label}`, width: 1 }))],
  };
}

/** Whether right answers can be counted. */
export function countsAnswers({ data }: Pick<View, "data">): boolean {
  return ["copy", "xor", "xor-spatial"].includes(data.settings.task);
}

export function accuracyChart(view: View, palette: Palette): Chart {
  const rows = thinned(view.training);
  const counted = countsAnswers(view);
  const of = (which: "reference" | "now") => {
    const i = which === "reference" ? 0 : 1;
    return rows.map(({ accuracy, loss }) => (counted ? 100 * accuracy[i] : loss[i] > 0 ? loss[i] : null));
  };
  return {
    ...{ x: rows.map(({ epoch }) => epoch), xLabel: "training epoch", xRange: [0, view.data.settings.trainEpochs] },
    ...(counted ? { yLabel: "right answers (%)", yRange: [40, 102] as const } : { yLabel: "loss (mean squared error)", log: true }),
    lines: pair(view, palette, of, "line"),
  };
}

export function eigenvaluesChart(view: View, palette: Palette): Chart {
  const points = (["reference", "now"] as const).flatMap((which) => {
    const { re = [], im = [] } = view[which]?.eigenvalues ?? {};
    return re.map((x, i) => ({ x, y: im[i], which }));
  });
  points.sort((a, b) => a.x - b.x);
  const largest = Math.max(1.15, ...points.map(({ x, y }) => 1.1 * Math.max(Math.abs(x), Math.abs(y))));
  const of = (which: "reference" | "now") => (view[which] ? points.map((point) => (point.which === which ? point.y : null)) : undefined);
  return {
    ...{ x: points.map(({ x }) => x), xLabel: "real part", yLabel: "imaginary part", equal: true, circle: true },
    ...{ xRange: [-largest, largest], yRange: [-largest, largest] },
    lines: pair(view, palette, of, "dots"),
  };
}
