import * as Plot from "@observablehq/plot";
import { colours, drawKey, drawPanel, element, KEY_HEIGHT, keyAttributes, logAxis, type PageKey, panel, spread } from "./style";

/** Okabe and Ito (2008), apart for every kind of colour vision, in the order in which curves take them. */
export const palette = ["#0072b2", "#d55e00", "#009e73", "#cc79a7", "#e69f00", "#56b4e9", "#222222"] as const;

/** Patterns of lines, so that curves stay apart in grey. */
const dashes = ["none", "none", "none", "7 3", "2 2", "7 2 2 2", "none"] as const;

const MAX_POINTS = 300;

/** A median with its quartiles at a position. */
export interface BandPoint {
  readonly x: number;
  readonly median: number;
  readonly low: number;
  readonly high: number;
}

/** A curve, its band, and the single runs where they are shown as dots. */
export interface BandSeries {
  readonly name: string;
  /** Index of its colour and pattern. */
  readonly style: number;
  readonly points: readonly BandPoint[];
  readonly dots?: readonly { readonly x: number; readonly y: number }[];
}

export interface BandPanel {
  /** Above the frame. */
  readonly label: string;
  readonly x: Plot.ScaleOptions;
  readonly y: Plot.ScaleOptions;
  readonly series: readonly BandSeries[];
  /** Marks below the curves. */
  readonly below?: Plot.Markish[];
  readonly above?: Plot.Markish[];
}

/** A panel of medians with bands. */
export function drawBands(document: Document, { label, x, y, series, below = [], above = [] }: BandPanel): SVGElement {
  const rows = series.flatMap(({ points, style }) => spread(points.length, MAX_POINTS).map((at) => ({ style, ...points[at] })));
  const dots = series.flatMap(({ dots = [], style }) => dots.map((dot) => ({ style, ...dot })));
  const stroke = ({ style }: { style: number }) => palette[style];
  const drawn = drawPanel(document, {
    x,
    y,
    marks: [
      ...below,
      Plot.areaY(rows, { x: "x", y1: "low", y2: "high", z: "style", fill: stroke, fillOpacity: 0.16, clip: true }),
      ...series.map(({ style }) =>
        Plot.line(
          rows.filter((row) => row.style === style),
          { x: "x", y: "median", stroke: palette[style], strokeWidth: 1.6, strokeDasharray: dashes[style], className: "median", clip: true },
        ),
      ),
      Plot.dot(dots, { x: "x", y: "y", r: 2.4, stroke, strokeWidth: 1, fill: "white", fillOpacity: 0.7, className: "runs", clip: true }),
      ...above,
    ],
  });
  drawn.append(element(document, "text", { ...keyAttributes, x: panel.marginLeft, y: panel.marginTop - 10 }, label));
  return drawn;
}

/** What curves of these names look like, a row for each. */
export function bandKey(document: Document, entries: readonly { readonly name: string; readonly style: number }[]): PageKey {
  return {
    rows: entries.length,
    draw(left, top) {
      const group = element(document, "g", {});
      entries.forEach(({ name, style }, i) => {
        const row = drawKey(document, [{ text: name, mark: "line", colour: palette[style] }], left, top + KEY_HEIGHT * i);
        row.querySelector("path")?.setAttribute("stroke-dasharray", dashes[style]);
        group.append(row);
      });
      return group;
    },
  };
}

/** A logarithmic scale around the values of the series. */
export function logScale(label: string | null, series: readonly BandSeries[]): Plot.ScaleOptions {
  const values = series.flatMap(({ points, dots = [] }) => [...points.flatMap(({ low, high }) => [low, high]), ...dots.map(({ y }) => y)]);
  const { domain, ticks, format } = logAxis(values.filter((value) => value > 0));
  return { label, type: "log", domain, ticks, tickFormat: format };
}

/** Chance, as a dashed line with its name. */
export function chanceMarks(x: number, textAnchor: "middle" | "end"): Plot.Markish[] {
  return [
    Plot.ruleY([0.5], { stroke: colours.faint, strokeDasharray: "4 3" }),
    Plot.text(["chance"], { x, y: 0.5, dy: 8, textAnchor, fill: colours.faint }),
  ];
}
