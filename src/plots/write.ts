import { rename, rm, writeFile } from "node:fs/promises";
import { extname } from "node:path";
import { InputError } from "../errors";
import { benchPlot } from "./bench";
import { comparePlot } from "./compare";
import type { BenchPlotData, ComparePlotData, FlossingPlotData, RooflinePlotData, SpectrumPlotData, TrainingPlotData, TunePlotData } from "./data";
import { type FigurePlotData, figurePlot } from "./figures";
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
 * Writes the plot of a flossing run as SVG or PNG, by the extension; the file is there whole or not at all.
 * @throws InputError for another extension, or where PNGs cannot be made
 */
export async function writeFlossingPlot(path: string, data: FlossingPlotData): Promise<void> {
  checkPlotPath(path);
  await writePlot(path, renderSvg(flossingPlot, data));
}

/**
 * Writes the plot of Lyapunov spectra as SVG or PNG, by the extension; the file is there whole or not at all.
 * @throws InputError for another extension, or where PNGs cannot be made
 */
export async function writeSpectrumPlot(path: string, data: SpectrumPlotData): Promise<void> {
  checkPlotPath(path);
  await writePlot(path, renderSvg(spectrumPlot, data));
}

/**
 * Writes the plot of kernel times as SVG or PNG, by the extension; the file is there whole or not at all.
 * @throws InputError for another extension, or where PNGs cannot be made
 */
export async function writeBenchPlot(path: string, data: BenchPlotData): Promise<void> {
  checkPlotPath(path);
  await writePlot(path, renderSvg(benchPlot, data));
}

/**
 * Writes the roofline of the kernels as SVG or PNG, by the extension; the file is there whole or not at all.
 * @throws InputError for another extension, or where PNGs cannot be made
 */
export async function writeRooflinePlot(path: string, data: RooflinePlotData): Promise<void> {
  checkPlotPath(path);
  await writePlot(path, renderSvg(rooflinePlot, data));
}

/**
 * Writes the plot of tuned variants as SVG or PNG, by the extension; the file is there whole or not at all.
 * @throws InputError for another extension, or where PNGs cannot be made
 */
export async function writeTunePlot(path: string, data: TunePlotData): Promise<void> {
  checkPlotPath(path);
  await writePlot(path, renderSvg(tunePlot, data));
}

/**
 * Writes the plot of training runs as SVG or PNG, by the extension; the file is there whole or not at all.
 * @throws InputError for another extension, or where PNGs cannot be made
 */
export async function writeTrainingPlot(path: string, data: TrainingPlotData): Promise<void> {
  checkPlotPath(path);
  await writePlot(path, renderSvg(trainingPlot, data));
}

/**
 * Writes the plot of runs of several settings as SVG or PNG, by the extension; the file is there whole or not at all.
 * @throws InputError for another extension, or where PNGs cannot be made
 */
export async function writeComparePlot(path: string, data: ComparePlotData): Promise<void> {
  checkPlotPath(path);
  await writePlot(path, renderSvg(comparePlot, data));
}

/**
 * Writes a figure of the paper as SVG or PNG, by the extension; the file is there whole or not at all.
 * @throws InputError for another extension, or where PNGs cannot be made
 */
export async function writeFigurePlot(path: string, data: FigurePlotData): Promise<void> {
  checkPlotPath(path);
  await writePlot(path, renderSvg(figurePlot, data));
}

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
