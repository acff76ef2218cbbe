import * as Plot from "@observablehq/plot";
import { type BandPoint, bandKey, drawBands, palette } from "./bands";
import { colours, composePage, drawKey, KEY_HEIGHT, type PageKey, panel } from "./style";

interface Curve {
  /** Directions that κ is restricted to. */
  readonly m: number;
  /** log₁₀ κ at each horizon. */
  readonly points: readonly { readonly horizon: number; readonly median: number; readonly low: number; readonly high: number }[];
  readonly predicted: readonly { readonly horizon: number; readonly value: number }[];
}

/** Condition numbers of the long-term Jacobian, a panel for each state of the networks. */
export interface ConditionNumberPlotData {
  readonly kind: "condition_number";
  readonly title: string;
  readonly caption: string;
  readonly panels: readonly {
    readonly label: string;
    readonly curves: readonly Curve[];
    /** All directions of one network in arbitrary precision, and by sweeps. */
    readonly exact: readonly { readonly horizon: number; readonly value: number }[];
    readonly first: readonly { readonly horizon: number; readonly value: number }[];
  }[];
}

/** log₁₀ κ^{(m)} against the horizon. */
export function conditionNumberPlot({ title, caption, panels }: ConditionNumberPlotData, document: Document): SVGElement {
  const all = panels.flatMap(({ curves }) => curves.flatMap(({ points }) => points));
  const single = panels.flatMap(({ first, exact }) => [...first, ...exact].map(({ value }) => value));
  const [last, highest] = [Math.max(...all.map(({ horizon }) => horizon)), Math.max(...all.map(({ high }) => high), ...single)];
  const columns = panels.length === 4 ? 2 : 3;
  const drawn = panels.map(({ label, curves, exact, first }, i) =>
    drawBands(document, {
      label,
      x: { label: "horizon t − τ (steps)", domain: [0, last], ticks: 6, tickFormat: "d", inset: 4 },
      y: { label: i % columns === 0 ? "log₁₀ condition number σ₁ / σₘ" : null, domain: [0, highest], inset: 4 },
      series: curves.map(({ m, points }, style) => ({
        name: `m = ${m}`,
        style,
        points: points.map(({ horizon, ...rest }): BandPoint => ({ x: horizon, ...rest })),
      })),
      above: [
        ...curves.map(({ predicted }) =>
          Plot.line(predicted, { x: "horizon", y: "value", stroke: colours.ink, strokeWidth: 0.9, strokeDasharray: "4 3", clip: true }),
        ),
        ...curves.map(({ points }, style) => Plot.dot(points, { x: "horizon", y: "median", r: 2, fill: palette[style] })),
        Plot.line(first, { x: "horizon", y: "value", stroke: colours.ink, strokeWidth: 0.7, clip: true, className: "first" }),
        Plot.dot(exact, { x: "horizon", y: "value", symbol: "times", r: 4, stroke: colours.ink, strokeWidth: 1.2, className: "exact" }),
      ],
    }),
  );
  return composePage(document, drawn, title, caption, panel, columns, conditionKey(document, panels[0].curves));
}

/** Curves at the left, what is drawn beside them at the right. */
function conditionKey(document: Document, curves: readonly Curve[]): PageKey {
  const most = Math.max(...curves.map(({ m }) => m));
  const names = curves.map(({ m }, style) => ({ name: `m = ${m}${m === most ? " (all directions)" : ""}`, style }));
  const more = [
    { text: "from the Lyapunov exponents", mark: "dashes", colour: colours.ink },
    { text: "one network, all directions, by sweeps", mark: "line", colour: colours.ink },
    { text: "the same in arbitrary precision", mark: "cross", colour: colours.ink },
  ] as const;
  const own = bandKey(document, names);
  return {
    rows: Math.max(own.rows, more.length),
    draw(left, top) {
      const group = own.draw(left, top);
      more.forEach((entry, i) => {
        group.append(drawKey(document, [entry], left + 206, top + KEY_HEIGHT * i));
      });
      return group;
    },
  };
}
