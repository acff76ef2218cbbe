import { type BandSeries, bandKey, drawBands, logScale } from "./bands";
import { composePage, panel } from "./style";

/** Singular values of the weight gradient, and how many directions it uses. */
export interface EffectiveDimensionPlotData {
  readonly kind: "effective_dimension";
  readonly title: string;
  readonly caption: string;
  /** σᵢ / σ₁ against i. */
  readonly values: readonly BandSeries[];
  /** Participation ratio over the epochs. */
  readonly dimensions: readonly BandSeries[];
  readonly conditions: readonly { readonly name: string; readonly style: number }[];
}

export function effectiveDimensionPlot(
  { title, caption, values, dimensions, conditions }: EffectiveDimensionPlotData,
  document: Document,
): SVGElement {
  const end = (series: readonly BandSeries[]) => Math.max(1, ...series.flatMap(({ points }) => points.map(({ x }) => x)));
  const most = Math.max(2, ...dimensions.flatMap(({ points }) => points.map(({ high }) => high)));
  const left = drawBands(document, {
    label: "early in training",
    x: { label: "index i", domain: [1, end(values)], ticks: 6, tickFormat: "d", inset: 4 },
    y: logScale("singular value σᵢ / σ₁ of ∂loss/∂W", values),
    series: values,
  });
  const right = drawBands(document, {
    label: "over the epochs",
    x: { label: "epoch", domain: [0, end(dimensions)], ticks: 6, tickFormat: "d", inset: 4 },
    y: { label: "effective dimension (directions)", domain: [1, most], nice: true, inset: 4 },
    series: dimensions,
  });
  return composePage(document, [left, right], title, caption, panel, 2, bandKey(document, conditions));
}
