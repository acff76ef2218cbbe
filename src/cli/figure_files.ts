import { existsSync } from "node:fs";
import { join } from "node:path";
import { parse as parseYaml, stringify } from "yaml";
import { InputError } from "../errors";
import type { Experiment, FigureOptions, FigureResult, Plan, Table } from "../experiments/experiment";
import type { Verdict } from "../experiments/statistics";
import { makeFolder, readText, writeWhole } from "../files/run_folder";
import type { FigurePlotData } from "../plots/figures";
import type { IO } from "./io";
import { differences } from "./train_config";

/** What is kept of a finished figure, as data.json. */
export interface FigureData {
  readonly figure: string;
  readonly title: string;
  readonly claim: string;
  readonly source: string;
  readonly scale: string;
  readonly seed: number;
  readonly settings: Readonly<Record<string, unknown>>;
  readonly verdicts: readonly Verdict[];
  readonly table: Table;
  readonly adapter: string;
  readonly version: string;
  /** That all parts took together. */
  readonly seconds: number;
  /** The command's options that lead to it. */
  readonly command: string;
  readonly plot: FigurePlotData;
}

/** A part's file. */
export interface PartFile {
  readonly seconds: number;
  readonly adapter: string;
  readonly result: unknown;
}

const DATA = "data.json";
const CONFIG = "figure.yaml";

/** Compares a folder with the figure that is to go into it, and writes what it is. @throws InputError where it holds another */
export function openFigureFolder(folder: string, experiment: Experiment, { scale, seed }: FigureOptions, plan: Plan): void {
  makeFolder(folder);
  const config = stringify({ figure: experiment.name, scale, seed, ...plan.settings });
  const text = readText(join(folder, CONFIG));
  if (text !== undefined) {
    const [there, wanted] = [text, config].map((each) => parseYaml(each) as Record<string, unknown>);
    const keys = there.figure === wanted.figure ? differences(there, wanted) : ["figure"];
    if (keys.length > 0) {
      const list = keys.map((key) => `${key} (${JSON.stringify(there[key])} there, ${JSON.stringify(wanted[key])} here)`).join(", ");
      throw new InputError(`${folder} holds another figure, which differs in ${list}: choose another folder with -o`);
    }
  } else if (existsSync(join(folder, "config.yaml"))) {
    throw new InputError(`${folder} holds a training run: choose another folder with -o`);
  }
  writeWhole(join(folder, CONFIG), config);
}

function partPath(folder: string, key: string): string {
  return join(folder, "parts", `${key}.json`);
}

/** A part that is done; undefined where it is not. */
export function readPart(folder: string, key: string): PartFile | undefined {
  const text = readText(partPath(folder, key));
  return text === undefined ? undefined : (JSON.parse(text) as PartFile);
}

export function writePart(folder: string, key: string, part: PartFile): void {
  makeFolder(join(folder, "parts"));
  writeWhole(partPath(folder, key), `${JSON.stringify(part)}\n`);
}

/** The finished figure of a folder; undefined where there is none. */
export function readFigureData(folder: string): FigureData | undefined {
  const text = readText(join(folder, DATA));
  return text === undefined ? undefined : (JSON.parse(text) as FigureData);
}

export function figureData(
  experiment: Experiment,
  { scale, seed, changes }: FigureOptions,
  plan: Plan,
  result: FigureResult,
  about: Pick<FigureData, "adapter" | "version" | "seconds">,
): FigureData {
  const { name: figure, title, claim, source } = experiment;
  const options = Object.entries(changes).map(([key, value]) => ` --${key} ${[value].flat().join(",")}`);
  const command = `floss figure ${figure} --scale ${scale}${seed === 0 ? "" : ` --seed ${seed}`}${options.join("")}`;
  return { ...{ figure, title, claim, source, scale, seed, settings: plan.settings }, ...result, ...about, command };
}

export function writeFigureData(folder: string, data: FigureData): void {
  writeWhole(join(folder, DATA), `${JSON.stringify(data)}\n`);
}

/** figure.svg and figure.png of a folder. @returns the files that were written */
export async function drawFigure(folder: string, data: FigureData, io: IO): Promise<string[]> {
  const { writeFigurePlot } = await import("../plots/write");
  const written: string[] = [];
  for (const kind of ["svg", "png"]) {
    const path = join(folder, `figure.${kind}`);
    try {
      await writeFigurePlot(path, data.plot);
      written.push(path);
    } catch (error) {
      if (!(error instanceof InputError)) throw error;
      io.stderr(`warning: ${error.message}\n`);
    }
  }
  return written;
}

/** Whether all claims pass. */
export function passes({ verdicts }: Pick<FigureData, "verdicts">): boolean {
  return verdicts.every(({ pass }) => pass);
}
