import { existsSync } from "node:fs";
import { join } from "node:path";
import Table from "cli-table3";
import type { Command } from "commander";
import { parse as parseYaml } from "yaml";
import { type CellName, cells } from "../cells/index";
import { InputError } from "../errors";
import { readText, seedFolder, seedsIn } from "../files/run_folder";
import type { ComparePlotData } from "../plots/data";
import type { IO } from "./io";
import { drawPlot, openOutputs } from "./outputs";
import type { TrainConfig } from "./train_config";
import { linesIn, type MetricsLine } from "./train_files";
import { flossingText } from "./train_report";
import { drawnTask } from "./train_setup";

/** Adds `floss compare`. */
export function addCompare(program: Command, io: IO, done: (code: number) => void): void {
  program
    .command("compare")
    .description("medians and quartiles over the seeds of several training runs, side by side")
    .argument("<FOLDERS...>", "folders of runs")
    .option("--plot <file>", "the curves, .svg or .png")
    .option("--json", "print the results as one JSON object on one line")
    .addHelpText("after", "\nExample:\n  floss compare runs/xor-* --plot compare.png")
    .action(async (folders: string[], options: { plot?: string; json?: boolean }) => done(await compare(folders, options, io)));
}

/** One run. */
interface Run {
  readonly folder: string;
  readonly task: string;
  readonly cell: CellName;
  readonly horizon: string;
  readonly flossing: string;
  readonly epochs: number;
  readonly bits: boolean;
  /** [seeds] lines of metrics.jsonl. */
  readonly seeds: readonly {
    readonly seed: number;
    readonly finished: boolean;
    readonly measured: readonly MetricsLine[];
    readonly above95: number | null;
  }[];
}

/** `floss compare FOLDERS`. @returns the exit code */
async function compare(folders: readonly string[], options: { plot?: string; json?: boolean }, io: IO): Promise<number> {
  const runs = folders.map(readRun);
  const { files, discard } = await openOutputs({ plot: options.plot });
  try {
    const rows = runs.map(rowOf);
    io.stdout(options.json ? `${JSON.stringify({ runs: rows })}\n` : tableText(rows));
    await drawPlot(files.plot, io, (plots, path) => plots.writeComparePlot(path, plotOf(runs)));
    return 0;
  } finally {
    discard();
  }
}

function readRun(folder: string): Run {
  const text = readText(join(folder, "config.yaml"));
  if (text === undefined) throw new InputError(`${folder} is no run folder: it has no config.yaml`);
  const config = parseYaml(text) as TrainConfig;
  const {
    name: task,
    horizon,
    loss,
  } = config.task === "file" ? { name: "file", horizon: String(config.data), loss: config.loss } : drawnTask(config);
  const seeds = seedsIn(folder).map((seed) => {
    const lines = linesIn(seedFolder(folder, seed));
    const above = lines.find(({ kind, accuracy }) => kind === "epoch" && Number(accuracy) > 0.95);
    const finished = existsSync(join(seedFolder(folder, seed), "summary.json"));
    return { seed, finished, measured: lines.filter(({ kind }) => kind === "measure"), above95: above ? Number(above.epoch) : null };
  });
  return { folder, task, cell: config.cell, horizon, flossing: flossingText(config), epochs: config.epochs, bits: loss === "bce", seeds };
}

/** Linear interpolation between order statistics, as numpy's default. */
export function quantile(values: readonly number[], share: number): number {
  const sorted = [...values].sort((a, b) => a - b);
  const at = share * (sorted.length - 1);
  const [low, high] = [sorted[Math.floor(at)], sorted[Math.ceil(at)]];
  // A network that never got there has an infinite epoch.
  return low === high ? low : low + (at - Math.floor(at)) * (high - low);
}

const quartiles = (values: readonly number[]) => [0.5, 0.25, 0.75].map((share) => quantile(values, share));

/** What runs must share to be compared in one panel: vanilla networks go without saying. */
function workOf({ task, horizon, cell }: Pick<Run, "task" | "horizon" | "cell">): string {
  return [task, horizon, ...(cell === "rnn" ? [] : [cells[cell].title])].join(", ");
}

function rowOf({ folder, task, cell, horizon, flossing, bits, seeds }: Run) {
  const last = seeds.flatMap(({ measured }) => measured.slice(-1));
  const value = (name: string) => quartiles(last.map((line) => Number(line[name])));
  const above = quartiles(seeds.map(({ above95 }) => above95 ?? Number.POSITIVE_INFINITY)).map((epoch) => (Number.isFinite(epoch) ? epoch : null));
  return {
    ...{ folder, task, cell, horizon, flossing, seeds: seeds.filter(({ finished }) => finished).length, of: seeds.length },
    // Median, lower and upper quartile.
    ...(bits && { test_accuracy: value("test_accuracy"), first_epoch_above_95: above }),
    test_loss: value("test_loss"),
    above_95: seeds.filter(({ above95 }) => above95 !== null).length,
  };
}

function tableText(rows: readonly ReturnType<typeof rowOf>[]): string {
  const head = ["task", "flossing", "seeds", "fresh accuracy, %", "> 95 %", "at epoch", "fresh loss"];
  const table = new Table({ head, style: { head: [], border: [] } });
  const three = (values: readonly (number | null)[] | undefined, digits: (value: number) => string) => {
    if (!values) return "";
    const [median, low, high] = values.map((value) => (value === null ? "never" : digits(value)));
    return `${median} (${low}-${high})`;
  };
  for (const row of rows) {
    const { flossing, seeds, of, test_accuracy, first_epoch_above_95, test_loss, above_95 } = row;
    const accuracy = three(test_accuracy, (value) => (100 * value).toFixed(2));
    const many = test_accuracy ? `${above_95} of ${of}` : "";
    table.push([
      workOf(row),
      flossing,
      seeds === of ? of : `${seeds} of ${of}`,
      accuracy,
      many,
      three(first_epoch_above_95, (value) => value.toFixed(0)),
      three(test_loss, (value) => value.toPrecision(3)),
    ]);
  }
  return `medians over the seeds, quartiles in parentheses\n${table.toString()}\n`;
}

function plotOf(runs: readonly Run[]): ComparePlotData {
  const bits = runs.every((run) => run.bits);
  const name = bits ? "test_accuracy" : "test_loss";
  const curves = runs.map(({ flossing, seeds, ...run }) => {
    const epochs = [...new Set(seeds.flatMap(({ measured }) => measured.map(({ epoch }) => Number(epoch))))].sort((a, b) => a - b);
    const points = epochs.map((epoch) => {
      const values = seeds.flatMap(({ measured }) => measured.filter((line) => line.epoch === epoch).map((line) => Number(line[name])));
      const [median, low, high] = quartiles(values);
      return { epoch, median, low, high };
    });
    return { panel: workOf(run), condition: flossing, points };
  });
  const counts = [...new Set(runs.map(({ seeds }) => seeds.length))].join(", ");
  return {
    title: "Training",
    caption: `Medians of ${counts} seeds on fresh sequences; bands: quartiles.`,
    label: bits ? "accuracy on fresh sequences" : "loss on fresh sequences",
    log: !bits,
    curves,
  };
}
