import { existsSync, readdirSync, statSync } from "node:fs";
import { join } from "node:path";
import { parse as parseYaml } from "yaml";
import { InputError } from "../errors";
import { readText, seedFolder, seedsIn } from "../files/run_folder";
import { drawFigure, readFigureData } from "./figure_files";
import type { IO } from "./io";
import { type PageFigure, writeResultsPage } from "./results_page";
import type { TrainConfig } from "./train_config";
import { linesIn } from "./train_files";
import { drawCurves } from "./train_report";
import { drawnTask } from "./train_setup";

export interface PlotOptions {
  readonly page?: string;
  readonly json?: boolean;
}

/** `floss plot FOLDERS`. @returns the exit code */
export async function plot(folders: readonly string[], { page, json }: PlotOptions, io: IO): Promise<number> {
  const figures: PageFigure[] = [];
  const files: string[] = [];
  for (const folder of folders.flatMap(foldersIn)) {
    const data = readFigureData(folder);
    if (data) {
      files.push(...(await drawFigure(folder, data, io)));
      figures.push({ folder, data });
    } else {
      await drawRun(folder, io);
      files.push(...["svg", "png"].map((kind) => join(folder, `curves.${kind}`)).filter(existsSync));
    }
  }
  if (page !== undefined) {
    if (!/\.md$/i.test(page)) throw new InputError(`--page ${page}: its name must end in .md`);
    if (figures.length === 0) throw new InputError(`--page ${page}: there is no finished figure in ${folders.join(", ")}`);
    writeResultsPage(page, figures, { copy: true });
    files.push(page);
  }
  io.stdout(json ? `${JSON.stringify({ files })}\n` : `${files.join("\n")}\n`);
  return 0;
}

/** The folder itself where it holds a figure or a run, else those in it that do. @throws InputError where there is nothing to draw */
function foldersIn(folder: string): string[] {
  if (!existsSync(folder)) throw new InputError(`there is no folder ${folder}`);
  if (!statSync(folder).isDirectory()) throw new InputError(`${folder} is a file: give the folder that 'floss figure' or 'floss train' made`);
  const holds = (path: string) => existsSync(join(path, "data.json")) || existsSync(join(path, "config.yaml"));
  if (holds(folder)) return [folder];
  const inside = readdirSync(folder, { withFileTypes: true }).filter((entry) => entry.isDirectory());
  const found = inside.map(({ name }) => join(folder, name)).filter(holds);
  if (found.length === 0) throw new InputError(`${folder} holds no finished figure and no training run: run 'floss figure' or 'floss train' first`);
  return found.sort();
}

/** curves.svg and curves.png of a training run. */
async function drawRun(folder: string, io: IO): Promise<void> {
  const config = parseYaml(readText(join(folder, "config.yaml")) ?? "") as TrainConfig;
  if (config.task === "file") throw new InputError(`${folder} is a run on data of its own: its curves were drawn when it ended`);
  const runs = seedsIn(folder).map((seed) => ({ seed, lines: linesIn(seedFolder(folder, seed)) }));
  await drawCurves(folder, runs, config, drawnTask(config), io);
}
