import { type BandSeries, bandKey, drawBands, logScale } from "./bands";
import { composePage, panel } from "./style";

/** Norms of gradients that have gone back in time. */
export interface GradientNormPlotData {
  readonly kind: "gradient_norm";
  readonly title: string;
  readonly caption: string;
  /** Steps of the task's dependency. */
  readonly delay: number;
  /** Against the distance in steps. */
  readonly byDistance: readonly BandSeries[];
  /** At the distance `delay`, over the epochs. */
  readonly byEpoch: readonly BandSeries[];
  readonly conditions: readonly { readonly name: string; readonly style: number }[];
}

export function gradientNormPlot({ title, caption, delay, byDistance, byEpoch, conditions }: GradientNormPlotData, document: Document): SVGElement {
  const end = (series: readonly BandSeries[]) => Math.max(1, ...series.flatMap(({ points }) => points.map(({ x }) => x)));
  const left = drawBands(document, {
    label: "early in training",
    x: { label: "distance in time (steps)", domain: [0, end(byDistance)], ticks: 6, tickFormat: "d", inset: 4 },
    y: logScale("norm of ∂loss/∂state", byDistance),
    series: byDistance,
  });
  const right = drawBands(document, {
    label: `${delay} steps back, the task's delay`,
    x: { label: "epoch", domain: [0, end(byEpoch)], ticks: 6, tickFormat: "d", inset: 4 },
    y: logScale(null, byEpoch),
    series: byEpoch,
  });
  return composePage(document, [left, right], title, caption, panel, 2, bandKey(document, conditions));
}
