import { comparePlot } from "../../src/plots/compare";
import { flossingPlot } from "../../src/plots/flossing";
import { spectrumPlot } from "../../src/plots/spectrum";
import { countsAnswers } from "../figures/charts";
import { momentOf, spectrumNow, subjectOf, type View } from "../figures/view";

/** The run as it is shown, drawn like the command line's plots: dark on white, for print. @returns the text of an SVG file */
export function printedPicture(view: View): string {
  const { settings } = view.data;
  const words = { title: `${subjectOf(settings)}; ${momentOf(view)}`, caption: `Gradient flossing on ${view.data.adapter}.` };
  const drawn = { floss: printedFlossing, twins: printedTwins, sweep: printedSpectrum }[settings.mode](view, words);
  return `<?xml version="1.0" encoding="UTF-8"?>\n${drawn.outerHTML}\n`;
}

type Words = { readonly title: string; readonly caption: string };

function printedFlossing(view: View, words: Words): SVGElement {
  const { flossing, data } = view;
  const [first, last] = [flossing[0], flossing[flossing.length - 1]];
  const epochs = flossing.map(({ at, loss, exponents }) => ({ epoch: at, loss, exponents }));
  return flossingPlot({ ...words, target: data.settings.target, before: first.exponents, after: last.exponents, epochs }, document);
}

function printedTwins(view: View, words: Words): SVGElement {
  const { training, names } = view;
  const counted = countsAnswers(view);
  const curves = [names.reference, names.now].map((condition, twin) => ({
    panel: "",
    condition,
    points: training.map(({ epoch, accuracy, loss }) => {
      const value = (counted ? accuracy : loss)[twin];
      return { epoch, median: value, low: value, high: value };
    }),
  }));
  return comparePlot({ ...words, label: counted ? "accuracy" : "loss (mean squared error)", log: !counted, curves }, document);
}

function printedSpectrum(view: View, words: Words): SVGElement {
  return spectrumPlot({ ...words, exponents: [spectrumNow(view)] }, document);
}
