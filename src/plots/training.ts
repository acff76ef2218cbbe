import * as Plot from "@observablehq/plot";
import type { TrainingPlotData } from "./data";
import { colours, composePage, drawKey, drawPanel, logAxis, spread } from "./style";

const MAX_POINTS = 400;

type Value = "loss" | "accuracy" | "gradientNorm";

/** Training runs of one setting: loss, accuracy and the gradient at the start over the epochs, one thin line a seed and their median. */
export function trainingPlot(data: TrainingPlotData, document: Document): SVGElement {
  const hasAccuracy = data.runs.some(({ points }) => points.some(({ accuracy }) => accuracy !== undefined));
  const panels = [
    linePanel(data, "loss", "loss on the training batch", true, document),
    ...(hasAccuracy ? [linePanel(data, "accuracy", "accuracy on the training batch", false, document)] : []),
    linePanel(data, "gradientNorm", "norm of ∂loss/∂start", true, document),
  ];
  return composePage(document, panels, data.title, data.caption);
}

function linePanel({ runs, flossedAt }: TrainingPlotData, value: Value, label: string, log: boolean, document: Document): SVGElement {
  const rows = runs.flatMap(({ seed, points }) => {
    return spread(points.length, MAX_POINTS).flatMap((at) => {
      const y = points[at][value];
      return y === undefined ? [] : [{ seed, epoch: points[at].epoch, y }];
    });
  });
  const axis = logAxis(rows.map(({ y }) => y));
  const last = rows.reduce((most, { epoch }) => Math.max(most, epoch), 1);
  const y = log ? { type: "log" as const, domain: axis.domain, ticks: axis.ticks, tickFormat: axis.format } : { domain: [0, 1], ticks: 5 };
  const drawn = drawPanel(document, {
    x: { label: "epoch", domain: [0, last], ticks: 5, tickFormat: "d", inset: 4 },
    y: { label, ...y },
    marks: [
      Plot.ruleX(flossedAt, { stroke: colours.faint, strokeDasharray: "2 3" }),
      log ? null : Plot.ruleY([0.5], { stroke: colours.ink, strokeDasharray: "5 3" }),
      Plot.line(rows, { x: "epoch", y: "y", z: "seed", stroke: colours.before, strokeWidth: 0.6, strokeOpacity: 0.6, className: value }),
      runs.length > 2 ? Plot.line(medians(rows), { x: "epoch", y: "y", stroke: colours.after, strokeWidth: 1.6 }) : null,
    ],
  });
  drawn.append(
    drawKey(document, [
      { text: runs.length > 1 ? `${runs.length} seeds` : `seed ${runs[0]?.seed}`, mark: "line", colour: colours.before },
      ...(runs.length > 2 ? ([{ text: "median", mark: "line", colour: colours.after }] as const) : []),
      ...(log ? [] : ([{ text: "chance", mark: "dashes", colour: colours.ink }] as const)),
      ...(flossedAt.length > 0 && value === "loss" ? ([{ text: "flossing", mark: "dashes", colour: colours.faint }] as const) : []),
    ]),
  );
  return drawn;
}

function medians(rows: readonly { epoch: number; y: number }[]): { epoch: number; y: number }[] {
  const byEpoch = new Map<number, number[]>();
  for (const { epoch, y } of rows) byEpoch.set(epoch, [...(byEpoch.get(epoch) ?? []), y]);
  return [...byEpoch].map(([epoch, values]) => {
    const sorted = values.sort((a, b) => a - b);
    return { epoch, y: (sorted[Math.floor((sorted.length - 1) / 2)] + sorted[Math.ceil((sorted.length - 1) / 2)]) / 2 };
  });
}
