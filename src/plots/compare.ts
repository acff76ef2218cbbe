import * as Plot from "@observablehq/plot";
import type { ComparePlotData } from "./data";
import { composePage, drawKey, drawPanel, element, KEY_HEIGHT, keyAttributes, logAxis, type PageKey, panel, spread } from "./style";

/** Okabe and Ito (2008), apart for every kind of colour vision. */
const palette = ["#8a8a8a", "#0072b2", "#d55e00", "#009e73", "#cc79a7", "#e69f00", "#56b4e9"];
const MAX_POINTS = 300;

/** Runs of several settings over the epochs: a panel for each task, the median of the seeds as a line, quartiles as a band. */
export function comparePlot(data: ComparePlotData, document: Document): SVGElement {
  const panels = [...new Set(data.curves.map((curve) => curve.panel))];
  const conditions = [...new Set(data.curves.map(({ condition }) => condition))];
  const axis = logAxis(data.curves.flatMap(({ points }) => points.flatMap(({ low, high }) => [low, high])));
  const last = Math.max(1, ...data.curves.flatMap(({ points }) => points.map(({ epoch }) => epoch)));
  const y = data.log ? { type: "log" as const, domain: axis.domain, ticks: axis.ticks, tickFormat: axis.format } : { domain: [0.4, 1], ticks: 6 };
  const drawn = panels.map((name, i) => {
    const mine = data.curves.filter((curve) => curve.panel === name);
    const rows = mine.flatMap(({ condition, points }) => spread(points.length, MAX_POINTS).map((at) => ({ condition, ...points[at] })));
    const stroke = ({ condition }: { condition: string }) => palette[conditions.indexOf(condition) % palette.length];
    const one = drawPanel(document, {
      x: { label: "epoch", domain: [0, last], ticks: 5, tickFormat: "d", inset: 4 },
      y: { label: i === 0 ? data.label : null, ...y },
      marks: [
        Plot.areaY(rows, { x: "epoch", y1: "low", y2: "high", z: "condition", fill: stroke, fillOpacity: 0.18, clip: true }),
        Plot.line(rows, { x: "epoch", y: "median", z: "condition", stroke, strokeWidth: 1.5, className: "median", clip: true }),
      ],
    });
    one.append(element(document, "text", { ...keyAttributes, x: panel.marginLeft, y: panel.marginTop - 8 }, name));
    return one;
  });
  return composePage(document, drawn, data.title, data.caption, panel, drawn.length, conditionsKey(document, conditions));
}

/** A row for each condition. */
function conditionsKey(document: Document, conditions: readonly string[]): PageKey {
  return {
    rows: conditions.length,
    draw(left, top) {
      const group = element(document, "g", {});
      conditions.forEach((text, i) => {
        group.append(drawKey(document, [{ text, mark: "line", colour: palette[i % palette.length] }], left, top + KEY_HEIGHT * i));
      });
      return group;
    },
  };
}
