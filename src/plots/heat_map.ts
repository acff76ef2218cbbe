import * as Plot from "@observablehq/plot";
import { palette } from "./bands";
import { colours, composePage, drawPanel, element, keyAttributes, panel } from "./style";

/** Accuracy against the number of flossed exponents and the delay. */
export interface HeatMapPlotData {
  readonly kind: "heat_map";
  readonly title: string;
  readonly caption: string;
  readonly cells: readonly { readonly k: number; readonly delay: number; readonly median: number }[];
  readonly lines: readonly { readonly delay: number; readonly points: readonly { readonly k: number; readonly values: readonly number[] }[] }[];
}

/** The map of medians, its values written in, beside every run against k. */
export function heatMapPlot(data: HeatMapPlotData, document: Document): SVGElement {
  return composePage(document, [mapPanel(data, document), linesPanel(data, document)], data.title, data.caption);
}

function mapPanel({ cells }: HeatMapPlotData, document: Document): SVGElement {
  const ks = [...new Set(cells.map(({ k }) => k))].sort((a, b) => b - a);
  const drawn = drawPanel(document, {
    x: { type: "band", label: "delay d (steps)", padding: 0.02 },
    y: { type: "band", label: "flossed exponents k", domain: ks, padding: 0.02, grid: false },
    color: { type: "linear", scheme: "viridis", domain: [0.5, 1], clamp: true },
    marks: [
      Plot.cell(cells, { x: "delay", y: "k", fill: "median", className: "cells" }),
      Plot.text(cells, {
        ...{ x: "delay", y: "k", text: ({ median }) => (100 * median).toFixed(0) },
        fill: ({ median }) => (median > 0.75 ? colours.ink : "white"),
      }),
    ],
  });
  const label = element(document, "text", { ...keyAttributes, x: panel.marginLeft, y: panel.marginTop - 10 }, "median accuracy, %  (50 is chance)");
  drawn.append(label);
  return drawn;
}

function linesPanel({ lines }: HeatMapPlotData, document: Document): SVGElement {
  const dots = lines.flatMap(({ points }, style) => points.flatMap(({ k, values }) => values.map((value) => ({ style, k, value }))));
  const medians = lines.flatMap(({ points }, style) => points.map(({ k, values }) => ({ style, k, value: middle(values) })));
  const stroke = ({ style }: { style: number }) => palette[style % palette.length];
  const drawn = drawPanel(document, {
    x: { label: "flossed exponents k", inset: 8, ticks: [...new Set(medians.map(({ k }) => k))], tickFormat: "d" },
    y: { label: "accuracy on fresh sequences", domain: [0.4, 1], ticks: 6, inset: 4 },
    marks: [
      Plot.ruleY([0.5], { stroke: colours.faint, strokeDasharray: "4 3" }),
      Plot.line(medians, { x: "k", y: "value", z: "style", stroke, strokeWidth: 1.6, className: "median" }),
      Plot.dot(dots, { x: "k", y: "value", r: 2.4, stroke, fill: "white", fillOpacity: 0.7, className: "runs" }),
    ],
  });
  let x = panel.marginLeft;
  lines.forEach(({ delay }, style) => {
    const text = `d = ${delay}`;
    drawn.append(element(document, "text", { ...keyAttributes, x, y: panel.marginTop - 10, fill: palette[style % palette.length] }, text));
    x += 7 * text.length + 6;
  });
  return drawn;
}

function middle(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  return (sorted[Math.floor((sorted.length - 1) / 2)] + sorted[Math.ceil((sorted.length - 1) / 2)]) / 2;
}
