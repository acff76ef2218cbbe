import { copyFileSync, existsSync } from "node:fs";
import { basename, dirname, join, relative } from "node:path";
import type { Table } from "../experiments/experiment";
import { experiments } from "../experiments/index";
import { makeFolder, writeWhole } from "../files/run_folder";
import { type FigureData, passes } from "./figure_files";

/** A figure's folder and data. */
export interface PageFigure {
  readonly folder: string;
  readonly data: FigureData;
}

/**
 * Writes a page of Markdown with every figure: its picture, claim, verdicts, numbers, setting, adapter and time.
 * @param copy whether pictures are copied beside the page, so that it can be kept without the folders
 */
export function writeResultsPage(path: string, figures: readonly PageFigure[], { copy }: { readonly copy: boolean }): void {
  makeFolder(dirname(path));
  const order = experiments.map(({ name }) => name);
  const sorted = [...figures].sort((a, b) => order.indexOf(a.data.figure) - order.indexOf(b.data.figure) || b.data.scale.localeCompare(a.data.scale));
  const sections = sorted.map((figure) => section(figure, picture(path, figure, copy)));
  writeWhole(path, [head(sorted), ...sections].join("\n"));
}

function picture(page: string, { folder, data }: PageFigure, copy: boolean): string | undefined {
  const source = ["svg", "png"].map((kind) => join(folder, `figure.${kind}`)).find(existsSync);
  if (!source) return undefined;
  if (!copy) return relative(dirname(page), source);
  const name = basename(page).replace(/\.\w+$/, "");
  makeFolder(join(dirname(page), name));
  const target = join(name, `${data.figure}-${data.scale}.${source.slice(-3)}`);
  copyFileSync(source, join(dirname(page), target));
  return target;
}

const total = (figures: readonly PageFigure[]) => figures.reduce((sum, { data }) => sum + data.seconds, 0);

function head(figures: readonly PageFigure[]): string {
  const rows = figures.map(({ data }) => {
    const passed = data.verdicts.filter(({ pass }) => pass).length;
    return [
      `[${data.title}](#${anchor(data)})`,
      data.scale,
      `${passes(data) ? "PASS" : "**FAIL**"} (${passed} of ${data.verdicts.length})`,
      `${data.seconds} s`,
    ];
  });
  const adapters = [...new Set(figures.map(({ data }) => data.adapter))].join("; ");
  return [
    "# Results: the paper's figures",
    "",
    "Made by `floss figure` and `floss plot --page`; do not edit. Claims are those of Engelken, *Gradient Flossing* (NeurIPS 2023). Each is stated as a",
    "one-sided test over networks, p < 0.05 (exact signed-rank test on pairs: the same network before and after, or trained in two ways from the same",
    "weights), and passes or fails; a figure fails where one of its claims does. Where a setting is recalled and not verified, the source says so.",
    "",
    `Adapters: ${adapters}. Time of all figures here: ${Math.round(total(figures))} s.`,
    "",
    tableText({ head: ["figure", "scale", "claims", "time"], rows }),
  ].join("\n");
}

function anchor({ figure, scale }: FigureData): string {
  return `figure-${figure}-${scale}`;
}

function section({ data }: PageFigure, image: string | undefined): string {
  const { title, scale, claim, source, verdicts, table, settings, seed, adapter, seconds, command, version } = data;
  const numbers = Object.entries(settings).map(([key, value]) => `${key} ${[value].flat().join(", ")}`);
  return [
    `<a id="${anchor(data)}"></a>`,
    `## ${title} (${scale} scale)`,
    "",
    `**Claim.** ${claim}`,
    "",
    ...(image ? [`![${title}](${image})`, ""] : []),
    ...verdicts.map(({ pass, claim: text, numbers: seen }) => `- ${pass ? "PASS" : "**FAIL**"}: ${text} ${capital(seen)}.`),
    "",
    tableText(table),
    `**Setting.** ${numbers.join("; ")}; seed ${seed}. ${source}`,
    "",
    `\`${command}\`, version ${version}, ${adapter}, ${seconds} s.`,
    "",
  ].join("\n");
}

function capital(text: string): string {
  return text.charAt(0).toUpperCase() + text.slice(1);
}

function tableText({ head, rows }: Table): string {
  const line = (cells: readonly string[]) => `| ${cells.map((cell) => cell.replaceAll("|", "\\|")).join(" | ")} |`;
  return [line(head), line(head.map(() => "---")), ...rows.map(line), ""].join("\n");
}
