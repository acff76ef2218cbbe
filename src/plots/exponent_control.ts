import * as Plot from "@observablehq/plot";
import { palette } from "./bands";
import { minus } from "./numbers";
import { composePage, drawKey, drawPanel } from "./style";

/** First exponents of networks that are flossed to several targets. */
export interface ExponentControlPlotData {
  readonly kind: "exponent_control";
  readonly title: string;
  readonly caption: string;
  readonly targets: readonly {
    /** Nats per step. */
    readonly target: number;
    /** [networks][epochs + 1] */
    readonly networks: readonly (readonly number[])[];
  }[];
}

const size = { width: 640, height: 400 } as const;
/** Networks that start below are not drawn there, as in the paper's panel. */
const LOWEST = -2;

/** λ₁ of every network against the epoch, a colour for each target, dotted lines at the targets. */
export function exponentControlPlot({ title, caption, targets }: ExponentControlPlotData, document: Document): SVGElement {
  const rows = targets.flatMap(({ target, networks }, i) =>
    networks.flatMap((values, m) => values.map((value, epoch) => ({ id: `${target} ${m}`, colour: palette[i], epoch, value }))),
  );
  const last = Math.max(1, ...rows.map(({ epoch }) => epoch));
  const drawn = drawPanel(document, {
    ...size,
    x: { label: "flossing epoch", domain: [0, last], ticks: 6, tickFormat: "d", inset: 4 },
    y: { label: "first exponent λ₁ (nats per step)", domain: [LOWEST, Math.max(0.1, ...targets.map(({ target }) => target + 0.1))], inset: 4 },
    marks: [
      ...targets.map(({ target }, i) => Plot.ruleY([target], { stroke: palette[i], strokeDasharray: "2 3", strokeWidth: 1.4 })),
      Plot.line(rows, {
        x: "epoch",
        y: "value",
        z: "id",
        stroke: "colour",
        strokeWidth: 0.8,
        strokeOpacity: 0.85,
        clip: true,
        className: "networks",
      }),
    ],
    color: { type: "identity" },
  });
  drawn.append(
    drawKey(
      document,
      targets.map(({ target }, i) => ({ text: `target ${minus(target)}`, mark: "line", colour: palette[i] })),
    ),
  );
  const below = rows.some(({ value }) => value < LOWEST) ? ` Values below ${minus(LOWEST)} are not drawn.` : "";
  return composePage(document, [drawn], title, caption + below, size);
}
