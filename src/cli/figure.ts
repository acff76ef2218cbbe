import { join } from "node:path";
import pc from "picocolors";
import { version } from "../../package.json";
import { InputError, NumericalError } from "../errors";
import { estimateSeconds } from "../experiments/estimate";
import { changeNames, type Experiment, type FigureOptions, type Part, type Scale } from "../experiments/experiment";
import { experiments } from "../experiments/index";
import { lockFolder, makeFolder } from "../files/run_folder";
import { adapterName } from "../gpu/device";
import { openDevice } from "./device";
import { drawFigure, type FigureData, figureData, openFigureFolder, type PartFile, passes, writeFigureData } from "./figure_files";
import { computePart, donePart, type PartPlace, partProgress } from "./figure_parts";
import { Interrupted, type Interruption, listen } from "./interrupt";
import { type IO, tell } from "./io";
import type { CommonOptions } from "./options";
import { writeResultsPage } from "./results_page";

export interface FigureCommandOptions extends Pick<CommonOptions, "adapter" | "quiet" | "json" | "profile" | "seed"> {
  readonly scale: Scale;
  readonly output?: string;
  readonly hidden?: number;
  readonly steps?: number;
  readonly networks?: number;
  readonly epochs?: number;
  readonly delays?: readonly number[];
}

/** A figure and where it goes. */
interface Job {
  readonly experiment: Experiment;
  readonly folder: string;
  readonly figure: FigureOptions;
}

/** `floss figure NAME`. @returns the exit code: 1 where a claim fails */
export async function figure(name: string, options: FigureCommandOptions, io: IO): Promise<number> {
  const { scale, output = join("figures", `${name}-${scale}`) } = options;
  const jobs = jobsOf(name, output, options);
  makeFolder(output);
  const free = lockFolder(output);
  const interruption = listen();
  let device: GPUDevice | undefined;
  try {
    // Before any time is spent: settings that make no sense, folders that hold something else.
    for (const { experiment, folder, figure } of jobs) openFigureFolder(folder, experiment, figure, experiment.plan(figure));
    device = await openDevice(options, io);
    return await makeAll(jobs, output, device, options, io, interruption);
  } finally {
    interruption.stop();
    free();
    device?.destroy();
  }
}

function jobsOf(name: string, output: string, options: FigureCommandOptions): Job[] {
  const { scale, seed } = options;
  const changes = Object.fromEntries(changeNames.flatMap((key) => (options[key] === undefined ? [] : [[key, options[key]]])));
  const figure: FigureOptions = { scale, seed, changes };
  if (name !== "all") return experiments.filter((each) => each.name === name).map((experiment) => ({ experiment, folder: output, figure }));
  if (Object.keys(changes).length > 0) throw new InputError(`--${Object.keys(changes)[0]} is for one figure: name it instead of all`);
  return experiments.map((experiment) => ({ experiment, folder: join(output, experiment.name), figure }));
}

async function makeAll(
  jobs: readonly Job[],
  output: string,
  device: GPUDevice,
  options: FigureCommandOptions,
  io: IO,
  { signal }: Interruption,
): Promise<number> {
  const done: { folder: string; data: FigureData; files: string[] }[] = [];
  let failed = false;
  try {
    if (options.scale === "paper") await tellTime(jobs, { device, options, io, signal });
    for (const job of jobs) {
      try {
        done.push({ folder: job.folder, ...(await makeFigure(job, device, options, io, signal)) });
      } catch (error) {
        // One network that diverged does not cost the other figures.
        if (!(error instanceof NumericalError) || jobs.length === 1) throw error;
        failed = true;
        io.stderr(`error: figure ${job.experiment.name}: ${error.message.split("\n")[0]}\n`);
      }
    }
  } catch (error) {
    if (!signal.aborted || !(signal.reason instanceof Interrupted)) throw error;
    tell(["interrupted, what is done is kept: the same command goes on"], "note", options, io);
    return signal.reason.exitCode;
  }
  if (jobs.length > 1) {
    const page = join(output, "results.md");
    writeResultsPage(page, done, { copy: false });
    if (!options.json) io.stdout(`\n${page}\n`);
  }
  if (options.json) io.stdout(`${JSON.stringify({ figures: done.map(jsonOf) })}\n`);
  return failed || done.some(({ data }) => !passes(data)) ? 1 : 0;
}

function jsonOf({ folder, data, files }: { folder: string; data: FigureData; files: readonly string[] }) {
  const { figure, scale, seed, verdicts, adapter, seconds } = data;
  return { figure, scale, seed, folder, pass: passes(data), verdicts, adapter, seconds, files };
}

/** Runs the parts that are missing, then judges and draws. */
async function makeFigure({ experiment, folder, figure }: Job, device: GPUDevice, options: FigureCommandOptions, io: IO, signal: AbortSignal) {
  const plan = experiment.plan(figure);
  const place: PartPlace = { folder, device, signal, options, io };
  const results = new Map<string, PartFile>();
  for (const [i, part] of plan.parts.entries()) {
    signal.throwIfAborted();
    const there = donePart(folder, part);
    if (!there) tell([`figure ${experiment.name}, part ${i + 1} of ${plan.parts.length}: ${part.label}`], "note", options, io);
    results.set(part.key, there ?? (await computePart(part, place)));
  }
  const result = plan.evaluate(new Map([...results].map(([key, part]) => [key, part.result])));
  const parts = [...results.values()];
  const about = {
    adapter: [...new Set(parts.map(({ adapter }) => adapter))].join(", "),
    version,
    seconds: Math.round(parts.reduce((sum, { seconds }) => sum + seconds, 0)),
  };
  const data = figureData(experiment, figure, plan, result, about);
  writeFigureData(folder, data);
  const files = await drawFigure(folder, data, io);
  if (!options.json) io.stdout(verdictText(data, files, io));
  return { data, files };
}

function verdictText(data: FigureData, files: readonly string[], io: IO): string {
  const colour = pc.createColors(io.isTTY && pc.isColorSupported);
  const lines = data.verdicts.map(
    ({ pass, claim, numbers }) => `  ${pass ? colour.green("PASS") : colour.red("FAIL")}  ${claim}\n        ${numbers}`,
  );
  return `\n${data.title} (${data.scale} scale, ${data.seconds} s)\n${lines.join("\n")}\n  ${files.join(", ")}\n`;
}

/** Says how long the missing parts will take on this adapter. */
async function tellTime(
  jobs: readonly Job[],
  { device, options, io, signal }: Omit<PartPlace, "folder"> & { options: FigureCommandOptions },
): Promise<void> {
  const missing: Part[] = jobs.flatMap(({ experiment, folder, figure }) => experiment.plan(figure).parts.filter((part) => !donePart(folder, part)));
  if (missing.length === 0) return;
  const { progress, stop } = partProgress("timing a few epochs of each size", { options, io });
  const { profile } = options;
  const seconds = await estimateSeconds(
    missing.flatMap(({ work }) => work),
    { device, profile, signal, progress },
  ).finally(stop);
  const which = jobs.length === 1 ? `figure ${jobs[0].experiment.name}` : `${jobs.length} figures`;
  const text = `${which} at paper scale: ${missing.length} ${missing.length === 1 ? "part" : "parts"} to compute, about ${durationText(seconds)} on ${adapterName(device)}`;
  tell([`${text} (from a few epochs of each size; Ctrl-C saves, and the same command goes on)`], "note", options, io);
}

export function durationText(seconds: number): string {
  if (seconds < 90) return `${Math.ceil(seconds)} s`;
  return seconds < 5400 ? `${Math.ceil(seconds / 60)} min` : `${(seconds / 3600).toFixed(1)} h`;
}
