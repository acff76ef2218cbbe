import { existsSync, readFileSync } from "node:fs";
import { basename, join, resolve } from "node:path";
import { type Command, Option } from "commander";
import { parquetWriteBuffer } from "hyparquet-writer";
import { InputError } from "../errors";
import { openOutput } from "../files/output";
import { seedFolder, seedsIn } from "../files/run_folder";
import type { IO } from "./io";

export interface ExportOptions {
  readonly output: string;
  readonly format?: "csv" | "parquet";
  readonly kind?: readonly string[];
}

type Cell = number | string | undefined;

/** Adds `floss export`. */
export function addExport(program: Command, io: IO, done: (code: number) => void): void {
  program
    .command("export")
    .description("metrics of training runs as one table, for other tools")
    .argument("<FOLDERS...>", "folders of runs")
    .requiredOption("-o, --output <file>", "the table, .csv or .parquet")
    .addOption(new Option("--format <name>", "what the table is (default: by the file's ending)").choices(["csv", "parquet"]))
    .addOption(new Option("--kind <list>", "which lines: epoch, floss, measure (default: all)").argParser((text) => text.split(",")))
    .addHelpText("after", "\nExample:\n  floss export runs/* --kind measure -o measured.parquet")
    .action((folders: string[], options: ExportOptions) => done(exportRuns(folders, options, io)));
}

/** `floss export FOLDERS`: a row for every line of every network's metrics. Lists are JSON text. @returns the exit code */
function exportRuns(folders: readonly string[], options: ExportOptions, io: IO): number {
  const format = options.format ?? /\.(csv|parquet)$/i.exec(options.output)?.[1].toLowerCase();
  if (!format) throw new InputError(`-o ${options.output}: its name must end in .csv or .parquet, or give --format`);
  const bad = options.kind?.find((kind) => !["epoch", "floss", "measure"].includes(kind));
  if (bad !== undefined) throw new InputError(`--kind ${bad}: there are epoch, floss and measure`);
  const output = openOutput(options.output, "-o");
  try {
    const rows = folders.flatMap((folder) => rowsOf(folder, options.kind));
    if (rows.length === 0) throw new InputError("the runs have no such lines yet: nothing to export");
    const columns = [...new Set(rows.flatMap((row) => Object.keys(row)))];
    output.commit(format === "csv" ? csv(rows, columns) : parquet(rows, columns));
    io.stdout(`${rows.length} rows, ${columns.length} columns, written to ${options.output}\n`);
    return 0;
  } finally {
    output.discard();
  }
}

function rowsOf(folder: string, kinds: readonly string[] | undefined): Record<string, Cell>[] {
  if (!existsSync(join(folder, "config.yaml"))) throw new InputError(`${folder} is no run folder: it has no config.yaml`);
  return seedsIn(folder).flatMap((seed) => {
    const path = join(seedFolder(folder, seed), "metrics.jsonl");
    const lines = existsSync(path) ? readFileSync(path, "utf8").split("\n").slice(0, -1) : [];
    return lines
      .map((line) => JSON.parse(line) as Record<string, unknown>)
      .filter(({ kind }) => !kinds || kinds.includes(String(kind)))
      .map((line) => ({ run: basename(resolve(folder)), seed, ...flat(line) }));
  });
}

/** Objects become columns `name.key`, lists JSON text. */
function flat(line: Readonly<Record<string, unknown>>, prefix = ""): Record<string, Cell> {
  return Object.fromEntries(
    Object.entries(line).flatMap(([key, value]): [string, Cell][] => {
      if (Array.isArray(value)) return [[prefix + key, JSON.stringify(value)]];
      if (typeof value === "object" && value !== null) return Object.entries(flat(value as Record<string, unknown>, `${prefix}${key}.`));
      return [[prefix + key, value as Cell]];
    }),
  );
}

/** RFC 4180. */
function csv(rows: readonly Record<string, Cell>[], columns: readonly string[]): Uint8Array {
  const quoted = (value: Cell) => {
    const text = value === undefined ? "" : String(value);
    return /[",\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
  };
  const lines = [columns.join(","), ...rows.map((row) => columns.map((column) => quoted(row[column])).join(","))];
  return new TextEncoder().encode(`${lines.join("\r\n")}\r\n`);
}

const integers: readonly string[] = ["seed", "epoch", "step", "interval"];

function parquet(rows: readonly Record<string, Cell>[], columns: readonly string[]): Uint8Array {
  const columnData = columns.map((name) => {
    const data = rows.map((row) => row[name] ?? null);
    const text = data.some((value) => typeof value === "string");
    const type = text ? "STRING" : integers.includes(name) ? "INT32" : "DOUBLE";
    return { name, data, type, nullable: data.includes(null) } as const;
  });
  return new Uint8Array(parquetWriteBuffer({ columnData }));
}
