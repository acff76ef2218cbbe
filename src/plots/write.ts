import { rename, rm, writeFile } from "node:fs/promises";
import { extname } from "node:path";
import { InputError } from "../errors";
import { benchPlot } from "./bench";
import { comparePlot } from "./compare";
import { figurePlot } from "./figures";
import { flossingPlot } from "./flossing";
import { renderPng, renderSvg } from "./render";
import { rooflinePlot } from "./roofline";
import { spectrumPlot } from "./spectrum";
import { trainingPlot } from "./training";
import { tunePlot } from "./tune";

/** @throws InputError where a plot cannot be written under this name */
export function checkPlotPath(path: string): void {
  if (!/\.(svg|png)$/i.test(path)) throw new InputError(`'${path}' is no plot: its name must end in .svg or .png`);
}

/**
 * Writes a plot as SVG or PNG, by the extension; the file is there whole or not at all.
 * @throws InputError for another extension, or where PNGs cannot be made
 */
export type PlotWriter<Data> = (path: string, data: Data) => Promise<void>;

function writerOf<Data>(plot: (data: Data, document: Document) => SVGElement): PlotWriter<Data> {
  return async (path, data) => {
    checkPlotPath(path);
    await writePlot(path, renderSvg(plot, data));
  };
}

/** Writes the plot of a flossing run. */
export const writeFlossingPlot = writerOf(flossingPlot);
/** Writes the plot of Lyapunov spectra. */
export const writeSpectrumPlot = writerOf(spectrumPlot);
/** Writes the plot of kernel times. */
export const writeBenchPlot = writerOf(benchPlot);
/** Writes the roofline of the kernels. */
export const writeRooflinePlot = writerOf(rooflinePlot);
/** Writes the plot of tuned variants. */
export const writeTunePlot = writerOf(tunePlot);
/** Writes the plot of training runs. */
export const writeTrainingPlot = writerOf(trainingPlot);
/** Writes the plot of runs of several settings. */
export const writeComparePlot = writerOf(comparePlot);
/** Writes a figure of the paper. */
export const writeFigurePlot = writerOf(figurePlot);

async function writePlot(path: string, svg: string): Promise<void> {
  const content = extname(path).toLowerCase() === ".png" ? await renderPng(svg) : svg;
  const temporary = `${path}.${process.pid}.tmp`;
  try {
    await writeFile(temporary, content);
    await rename(temporary, path);
  } catch (error) {
    await rm(temporary, { force: true });
    throw new InputError(`cannot write the plot '${path}': ${(error as Error).message.split("\n")[0]}`);
  }
}
