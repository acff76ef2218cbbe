import * as Plot from "@observablehq/plot";
import type { SpectrumPlotData } from "./data";
import { exponentLabel, indexTicks } from "./flossing";
import { colours, composePage, drawKey, drawPanel, type KeyEntry } from "./style";

const width = 640;

/** Lyapunov exponents against their index: each trajectory as a thin line, their mean as dots, with standard errors where known. */
export function spectrumPlot(data: SpectrumPlotData, document: Document): SVGElement {
  const { exponents } = data;
  const mean = meanSpectrum(data);
  const bars = mean.filter(({ low }) => low !== null);
  const each = exponents.length > 1 ? exponents.flatMap((row, b) => Array.from(row, (value, i) => ({ index: i + 1, value, b }))) : [];
  const drawn = drawPanel(document, {
    width,
    height: 380,
    x: { label: "index i", ticks: indexTicks(mean.length), tickFormat: "d", inset: 8 },
    y: { label: exponentLabel, nice: true, inset: 4 },
    marks: [
      Plot.ruleY([0], { stroke: colours.faint }),
      Plot.line(each, { x: "index", y: "value", z: "b", stroke: colours.before, strokeWidth: 0.8, strokeOpacity: 0.45, className: "trajectories" }),
      Plot.ruleX(bars, { x: "index", y1: "low", y2: "high", stroke: colours.ink, strokeWidth: 1, className: "standard-errors" }),
      Plot.dot(mean, { x: "index", y: "value", r: mean.length > 60 ? 1.8 : 2.8, fill: colours.before, className: "exponents" }),
    ],
  });
  drawn.append(drawKey(document, keyOf(exponents.length, bars.length > 0)));
  return composePage(document, [drawn], data.title, data.caption, { width, height: 380 });
}

function keyOf(B: number, bars: boolean): KeyEntry[] {
  const text = `${B > 1 ? `mean of ${B} trajectories` : "exponent"}${bars ? " ± standard error" : ""}`;
  const dots: KeyEntry = { text, mark: "dot", colour: colours.before };
  return B > 1 ? [dots, { text: "each trajectory", mark: "line", colour: "#8cbbd9" }] : [dots];
}

interface MeanExponent {
  readonly index: number;
  readonly value: number;
  /** Ends of its bar; null: none. */
  readonly low: number | null;
  readonly high: number | null;
}

/** Mean over the trajectories and its standard error, from those of the trajectories, which are independent. */
function meanSpectrum({ exponents, standardErrors }: SpectrumPlotData): MeanExponent[] {
  const B = exponents.length;
  return Array.from({ length: exponents[0]?.length ?? 0 }, (_, i) => {
    const value = exponents.reduce((sum, row) => sum + row[i], 0) / B;
    const errors = (standardErrors ?? []).map((row) => row[i]).filter((error) => error !== null);
    if (errors.length < B) return { index: i + 1, value, low: null, high: null };
    const error = Math.hypot(...errors) / B;
    return { index: i + 1, value, low: value - error, high: value + error };
  });
}
