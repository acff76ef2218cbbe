import * as Plot from "@observablehq/plot";
import type { TunePlotData } from "./data";
import { colours, composePage, drawKey, drawPanel, type KeyEntry } from "./style";

const width = 760;
/** Okabe and Ito (2008), apart for every kind of colour vision. */
const palette = { default: "#8a8a8a", rejected: "#d55e00", accepted: "#56b4e9", winner: "#0072b2" };
const kinds = ["default", "rejected", "accepted", "winner"] as const;

/** Ratios of variants to the default, one line each, a block for each size: right of the line at 1 is faster. */
export function tunePlot({ title, caption, sizes }: TunePlotData, document: Document): SVGElement {
  // Variants of several sizes may have one name: places on the axis are their own.
  const lines = sizes.flatMap(({ size, variants }, s) => [
    { at: `${s}`, name: size, ratio: undefined, kind: "default" as const },
    ...variants.map(({ name, ratio, kind }, v) => ({ at: `${s}.${v}`, name, ratio, kind })),
  ]);
  const names = new Map(lines.map(({ at, name }) => [at, name]));
  const points = lines.flatMap(({ ratio, ...line }) => (ratio === undefined ? [] : [{ ...line, ratio }]));
  const ratios = points.map(({ ratio }) => ratio);
  const [low, high] = [Math.min(0.95, ...ratios), Math.max(1.05, ...ratios)];
  const height = 90 + 17 * lines.length;
  const drawn = drawPanel(document, {
    ...{ width, height, marginLeft: 250, marginRight: 60, marginTop: 34 },
    x: { label: "time of the default / time of the variant", domain: [Math.max(0, low - 0.05), high + 0.05] },
    y: { label: null, domain: lines.map(({ at }) => at), tickFormat: (at: string) => names.get(at) ?? at },
    color: { domain: [...kinds], range: kinds.map((kind) => palette[kind]) },
    marks: [
      Plot.ruleX([1], { stroke: colours.ink, strokeDasharray: "4 3" }),
      Plot.ruleY(points, { x1: 1, x2: "ratio", y: "at", stroke: "kind", strokeWidth: 2 }),
      Plot.dot(points, { x: "ratio", y: "at", fill: "kind", r: 4 }),
      Plot.text(points, { x: high + 0.05, y: "at", text: ({ ratio }: { ratio: number }) => ratio.toFixed(2), dx: 6, textAnchor: "start" }),
    ],
  });
  drawn.append(
    drawKey(
      document,
      kinds.map((kind): KeyEntry => ({ text: kind, mark: "dot", colour: palette[kind] })),
      20,
    ),
  );
  return composePage(document, [drawn], title, caption, { width, height });
}
