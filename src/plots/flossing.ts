import * as Plot from "@observablehq/plot";
import type { FlossingPlotData } from "./data";
import { colours, composePage, drawKey, drawPanel, element, isZero, keyAttributes, logAxis, panel, spread } from "./style";

/** More points or lines than this would make the file large and the picture no clearer. */
const MAX_POINTS = 300;
const MAX_LINES = 100;

/** Label of an axis of Lyapunov exponents. */
export const exponentLabel = "exponent λᵢ (nats per step)";

/** A flossing run in three panels: the spectrum before and after, the exponents over the epochs, the loss over the epochs. */
export function flossingPlot(data: FlossingPlotData, document: Document): SVGElement {
  const panels = [spectrumPanel(data, document), exponentsPanel(data, document), lossPanel(data, document)];
  return composePage(document, panels, data.title, data.caption);
}

function targetOf({ target }: FlossingPlotData, i: number): number {
  return typeof target === "number" ? target : target[i];
}

/** Lines of a dashed target, one for each value that occurs, or a curve over the index. */
function spectrumPanel(data: FlossingPlotData, document: Document): SVGElement {
  const points = (values: ArrayLike<number>) => Array.from(values, (value, i) => ({ index: i + 1, value }));
  const target = Array.from(data.before, (_, i) => ({ index: i + 1, value: targetOf(data, i) }));
  // One exponent has no line: its target is drawn across the frame.
  const targetLine =
    target.length > 1
      ? Plot.line(target, { x: "index", y: "value", stroke: colours.ink, strokeDasharray: "5 3" })
      : Plot.ruleY(target, { y: "value", strokeDasharray: "5 3" });
  const dots = { x: "index", y: "value", r: data.before.length > 40 ? 2 : 2.6 } as const;
  const drawn = drawPanel(document, {
    x: { label: "index i", ticks: indexTicks(data.before.length), tickFormat: "d", inset: 6 },
    y: { label: exponentLabel, nice: true, inset: 4 },
    marks: [
      targetLine,
      Plot.dot(points(data.before), { ...dots, stroke: colours.before, fill: "white", strokeWidth: 1.2, className: "before" }),
      Plot.dot(points(data.after), { ...dots, fill: colours.after, className: "after" }),
    ],
  });
  const key = [
    { text: "before", mark: "ring", colour: colours.before },
    { text: "after", mark: "dot", colour: colours.after },
    { text: "target", mark: "dashes", colour: colours.ink },
  ] as const;
  drawn.append(drawKey(document, key));
  return drawn;
}

/** Ticks at whole indices, the first among them. */
export function indexTicks(count: number): number[] {
  const step = [1, 2, 5, 10, 20, 50, 100, 200, 500].find((each) => count / each <= 8) ?? Math.ceil(count / 8);
  const ticks = Array.from({ length: Math.floor(count / step) }, (_, i) => (i + 1) * step);
  return step === 1 ? ticks : [1, ...ticks];
}

function epochScale(data: FlossingPlotData): Plot.ScaleOptions {
  const first = data.epochs[0]?.epoch ?? 0;
  const last = data.epochs.at(-1)?.epoch ?? 1;
  return { label: "epoch", domain: [first, Math.max(last, first + 1)], ticks: 5, tickFormat: "d", inset: 4 };
}

function exponentsPanel(data: FlossingPlotData, document: Document): SVGElement {
  const K = data.before.length;
  const lines = spread(K, MAX_LINES);
  const rows = spread(data.epochs.length, MAX_POINTS).flatMap((at) => {
    const { epoch, exponents } = data.epochs[at];
    return lines.map((i) => ({ epoch, index: i + 1, value: exponents[i] }));
  });
  const targets = [...new Set(lines.map((i) => targetOf(data, i)))];
  const drawn = drawPanel(document, {
    x: epochScale(data),
    y: { label: exponentLabel, nice: true, inset: 4 },
    color: { type: "linear", scheme: "viridis", range: [0, 0.88], domain: [1, Math.max(2, K)] },
    marks: [
      Plot.line(rows, { x: "epoch", y: "value", z: "index", stroke: "index", strokeWidth: 0.7, strokeOpacity: 0.9, className: "exponents" }),
      // As many dashed lines as targets would hide the exponents.
      targets.length <= 3 ? Plot.ruleY(targets, { stroke: colours.ink, strokeDasharray: "5 3" }) : null,
    ],
  });
  drawn.append(indexKey(document, K, drawn));
  return drawn;
}

/** A bar of the lines' colours with the first and the last index. */
function indexKey(document: Document, K: number, drawn: SVGElement): SVGElement {
  const group = element(document, "g", keyAttributes);
  const lines = [...drawn.querySelectorAll(".exponents path")];
  const shown = spread(lines.length, 24).map((at) => lines[at].getAttribute("stroke") ?? colours.ink);
  const top = panel.marginTop - 20;
  const left = panel.marginLeft + 38;
  group.append(element(document, "text", { x: panel.marginLeft, y: top + 10 }, "i = 1"));
  shown.forEach((fill, i) => {
    group.append(element(document, "rect", { x: left + i * 4, y: top + 1, width: 4.2, height: 10, fill }));
  });
  group.append(element(document, "text", { x: left + shown.length * 4 + 6, y: top + 10 }, String(K)));
  return group;
}

function lossPanel(data: FlossingPlotData, document: Document): SVGElement {
  const axis = logAxis(data.epochs.map(({ loss }) => loss));
  const rows = spread(data.epochs.length, 2 * MAX_POINTS).map((at) => data.epochs[at]);
  const zeros = rows.filter(({ loss }) => isZero(loss));
  const drawn = drawPanel(document, {
    x: epochScale(data),
    y: { label: "loss (nats² per step²)", type: "log", domain: axis.domain, ticks: axis.ticks, tickFormat: axis.format },
    marks: [
      Plot.line(rows, {
        x: "epoch",
        y: ({ loss }: { loss: number }) => (isZero(loss) ? null : loss),
        stroke: colours.after,
        strokeWidth: 1,
        className: "loss",
      }),
      Plot.dot(zeros, {
        x: "epoch",
        y: () => axis.floor,
        symbol: "triangle",
        rotate: 180,
        r: 3,
        dy: -4,
        stroke: colours.after,
        fill: "white",
        className: "zeros",
      }),
    ],
  });
  const key = [
    { text: "mean of (λᵢ − target)²", mark: "line", colour: colours.after },
    ...(zeros.length > 0 ? ([{ text: "zero", mark: "triangle", colour: colours.after }] as const) : []),
  ] as const;
  drawn.append(drawKey(document, key));
  return drawn;
}
