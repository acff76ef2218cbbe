import { resolve } from "node:path";
import { InputError } from "../errors";
import { type Output, openOutput } from "../files/output";
import type { IO } from "./io";

type PlotFiles = typeof import("../plots/write");

/** The files of a run by their option's name; those that were not asked for are missing. */
export interface Outputs<Name extends string> {
  readonly files: Readonly<Partial<Record<Name, Output>>>;
  /** Leaves nothing behind of the files that are not committed. */
  discard(): void;
}

/**
 * Opens the files of a run before it begins: all of them or none.
 * @param paths by the option's name, such as `gradient` for `--gradient`
 * @throws InputError
 */
export async function openOutputs<Name extends string>(paths: Readonly<Partial<Record<Name, string | undefined>>>): Promise<Outputs<Name>> {
  const wanted = Object.entries<string | undefined>(paths).filter((entry): entry is [Name, string] => entry[1] !== undefined);
  for (const [i, [name, path]] of wanted.entries()) {
    const same = wanted.slice(0, i).find(([, other]) => resolve(other) === resolve(path));
    if (same) throw new InputError(`--${same[0]} and --${name} name the same file: give each its own`);
  }
  const plot = wanted.find(([name]) => name === "plot");
  if (plot) (await plotFiles()).checkPlotPath(plot[1]);
  const files: Partial<Record<Name, Output>> = {};
  const discard = () => {
    for (const file of Object.values<Output | undefined>(files)) file?.discard();
  };
  try {
    for (const [name, path] of wanted) files[name] = openOutput(path, `--${name}`);
  } catch (error) {
    discard();
    throw error;
  }
  return { files, discard };
}

/** Plots bring large packages: they are loaded only where one is asked for. */
function plotFiles(): Promise<PlotFiles> {
  return import("../plots/write");
}

/** Draws the plot that a place is held for. One that cannot be drawn is told, even with --quiet, and costs no other result. */
export async function drawPlot(place: Output | undefined, io: IO, draw: (plots: PlotFiles, path: string) => Promise<void>): Promise<void> {
  if (!place) return;
  // The plot is written by the same way of temporary file and rename; ours only held the place.
  place.discard();
  try {
    await draw(await plotFiles(), place.path);
  } catch (error) {
    if (!(error instanceof InputError)) throw error;
    io.stderr(`warning: ${error.message}\n`);
  }
}
