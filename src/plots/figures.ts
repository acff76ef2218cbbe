import { type ConditionNumberPlotData, conditionNumberPlot } from "./condition_number";
import { type EffectiveDimensionPlotData, effectiveDimensionPlot } from "./effective_dimension";
import { type ExponentControlPlotData, exponentControlPlot } from "./exponent_control";
import { type FlossedSpectraPlotData, flossedSpectraPlot } from "./flossed_spectra";
import { type GradientNormPlotData, gradientNormPlot } from "./gradient_norm";
import { type HeatMapPlotData, heatMapPlot } from "./heat_map";
import { type TrainabilityPlotData, trainabilityPlot } from "./trainability";

/** What a figure shows, as plain data: it is kept as JSON, and drawn by `figurePlot` in Node and in browsers. */
export type FigurePlotData =
  | ConditionNumberPlotData
  | EffectiveDimensionPlotData
  | ExponentControlPlotData
  | FlossedSpectraPlotData
  | GradientNormPlotData
  | HeatMapPlotData
  | TrainabilityPlotData;

/** Draws a figure by its kind. */
export function figurePlot(data: FigurePlotData, document: Document): SVGElement {
  switch (data.kind) {
    case "condition_number":
      return conditionNumberPlot(data, document);
    case "effective_dimension":
      return effectiveDimensionPlot(data, document);
    case "exponent_control":
      return exponentControlPlot(data, document);
    case "flossed_spectra":
      return flossedSpectraPlot(data, document);
    case "gradient_norm":
      return gradientNormPlot(data, document);
    case "heat_map":
      return heatMapPlot(data, document);
    case "trainability":
      return trainabilityPlot(data, document);
  }
}
