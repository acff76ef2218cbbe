import { type BandSeries, bandKey, chanceMarks, drawBands, logScale } from "./bands";
import { composePage, panel } from "./style";

interface TaskPanelsData {
  readonly label: string;
  /** Accuracy; else loss on a logarithmic axis. */
  readonly accuracy: boolean;
  readonly curveDelay: number;
  readonly epochs: number;
  /** Over the epochs, at `curveDelay`. */
  readonly curves: readonly BandSeries[];
  /** Against the delay, with every run. */
  readonly finals: readonly BandSeries[];
}

/** Training runs of several conditions: a row of two panels for each task. */
export interface TrainabilityPlotData {
  readonly kind: "trainability";
  readonly title: string;
  readonly caption: string;
  readonly panels: readonly TaskPanelsData[];
  readonly conditions: readonly { readonly name: string; readonly style: number }[];
}

/** Curves over the epochs beside final values against the delay. */
export function trainabilityPlot({ title, caption, panels, conditions }: TrainabilityPlotData, document: Document): SVGElement {
  const drawn = panels.flatMap((task) => [curvesPanel(task, document), finalsPanel(task, document)]);
  return composePage(document, drawn, title, caption, panel, 2, bandKey(document, conditions));
}

function valueScale(accuracy: boolean, label: string, series: readonly BandSeries[]) {
  return accuracy ? { label, domain: [0.4, 1], ticks: 6, inset: 4 } : logScale(label, series);
}

function curvesPanel({ label, accuracy, curveDelay, epochs, curves }: TaskPanelsData, document: Document): SVGElement {
  return drawBands(document, {
    label: `${label}, d = ${curveDelay}`,
    x: { label: "epoch", domain: [0, Math.max(1, epochs)], ticks: 5, tickFormat: "d", inset: 4 },
    y: valueScale(accuracy, accuracy ? "accuracy on fresh sequences" : "loss on fresh sequences", curves),
    series: curves,
    below: accuracy ? chanceMarks(epochs, "end") : [],
  });
}

function finalsPanel({ label, accuracy, finals }: TaskPanelsData, document: Document): SVGElement {
  const delays = finals[0].points.map(({ x }) => x);
  const margin = delays.length > 1 ? 0.08 * (Math.max(...delays) - Math.min(...delays)) : 1;
  const [first, last] = [Math.min(...delays) - margin, Math.max(...delays) + margin];
  // Runs of different conditions stand side by side.
  const beside = finals.map((series, i) => {
    const by = ((i - (finals.length - 1) / 2) * margin) / 4;
    const move = ({ x }: { x: number }) => x + by;
    return {
      ...series,
      points: series.points.map((point) => ({ ...point, x: move(point) })),
      dots: (series.dots ?? []).map((dot) => ({ ...dot, x: move(dot) })),
    };
  });
  return drawBands(document, {
    label: `${label}, at the end`,
    x: { label: "delay d (steps)", domain: [first, last], ticks: delays, tickFormat: "d", inset: 4 },
    y: valueScale(accuracy, accuracy ? "final accuracy" : "final loss", finals),
    series: beside,
    below: accuracy ? chanceMarks((first + last) / 2, "middle") : [],
  });
}
