import * as Plot from "@observablehq/plot";
import { exponentLabel, indexTicks } from "./flossing";
import { minus } from "./numbers";
import { colours, composePage, drawKey, drawPanel, element, keyAttributes, panel } from "./style";

interface Exponent {
  /** From 1. */
  readonly index: number;
  readonly median: number;
  readonly low: number;
  readonly high: number;
}

/** Spectra of networks before and after flossing k exponents. */
export interface FlossedSpectraPlotData {
  readonly kind: "flossed_spectra";
  readonly title: string;
  readonly caption: string;
  readonly panels: readonly {
    readonly label: string;
    readonly k: number;
    readonly before: readonly Exponent[];
    readonly after: readonly Exponent[];
  }[];
}

/** Exponents below are cut off, or the flossed ones could not be told apart. */
const LOWEST = -3;

/** A panel for each k: medians as dots, quartiles as bars, a line behind the k-th. */
export function flossedSpectraPlot({ title, caption, panels }: FlossedSpectraPlotData, document: Document): SVGElement {
  const all = panels.flatMap(({ before, after }) => [...before, ...after]);
  const domain = [Math.max(LOWEST, Math.min(...all.map(({ low }) => low))), Math.max(0.1, ...all.map(({ high }) => high))];
  const drawn = panels.map(({ label, k, before, after }) => {
    const bars = (rows: readonly Exponent[], stroke: string) => Plot.ruleX(rows, { x: "index", y1: "low", y2: "high", stroke, clip: true });
    const one = drawPanel(document, {
      x: { label: "index i", domain: [1, before.length], ticks: indexTicks(before.length), tickFormat: "d", inset: 6 },
      y: { label: exponentLabel, domain, inset: 4 },
      marks: [
        Plot.ruleY([0], { stroke: colours.faint }),
        k < before.length ? Plot.ruleX([k + 0.5], { stroke: colours.faint, strokeDasharray: "2 3" }) : null,
        bars(before, colours.before),
        bars(after, colours.after),
        Plot.dot(before, {
          x: "index",
          y: "median",
          r: 2.4,
          stroke: colours.before,
          fill: "white",
          strokeWidth: 1.2,
          className: "before",
          clip: true,
        }),
        Plot.dot(after, { x: "index", y: "median", r: 2.4, fill: colours.after, className: "after", clip: true }),
      ],
    });
    const key = [
      { text: "before", mark: "ring", colour: colours.before },
      { text: "after", mark: "dot", colour: colours.after },
    ] as const;
    one.append(drawKey(document, key, panel.marginLeft + 110));
    one.append(element(document, "text", { ...keyAttributes, x: panel.marginLeft, y: panel.marginTop - 10 }, label));
    return one;
  });
  const below = all.some(({ low }) => low < LOWEST) ? ` Exponents below ${minus(LOWEST)} are not drawn.` : "";
  return composePage(document, drawn, title, caption + below, panel, 3);
}
