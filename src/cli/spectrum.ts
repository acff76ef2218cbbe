import { resolve } from "node:path";
import pc from "picocolors";
import { cells } from "../cells/index";
import { InputError } from "../errors";
import { parameterTensors } from "../files/model_file";
import { type Output, openOutput } from "../files/output";
import { floatTensor, writeSafetensors } from "../files/safetensors";
import { adapterName } from "../gpu/device";
import { lyapunovSpectrum, type SpectrumResult } from "../lyapunov";
import { openDevice } from "./device";
import { type Setup, setUp } from "./inputs";
import { listen } from "./interrupt";
import type { IO } from "./io";
import type { CommonOptions, WalkOptions } from "./options";
import { createProgress } from "./progress";
import { standardErrors } from "./standard_errors";

export interface SpectrumCommandOptions extends CommonOptions, WalkOptions {
  readonly gradient?: string;
  readonly plot?: string;
}

/** `floss spectrum [MODEL]`. @returns the exit code */
export async function spectrum(path: string | undefined, options: SpectrumCommandOptions, io: IO): Promise<number> {
  const setup = setUp(path, options);
  const outputs = await openOutputs(options);
  const interruption = listen();
  let device: GPUDevice | undefined;
  try {
    tell(setup.notes, "note", options, io);
    device = await openDevice(options, io);
    const result = await compute(device, setup, options, io, interruption.signal);
    const report = reportOf(setup, options, result, adapterName(device));
    outputs.gradient?.commit(gradientFile(setup, result));
    if (outputs.plot) await writePlot(outputs.plot, report);
    tell(result.warnings, "warning", options, io);
    io.stdout(options.json ? `${JSON.stringify(report)}\n` : table(report, io));
    return 0;
  } finally {
    interruption.stop();
    for (const output of Object.values(outputs)) output?.discard();
    device?.destroy();
  }
}

interface Outputs {
  readonly gradient: Output | undefined;
  readonly plot: Output | undefined;
}

async function openOutputs({ gradient, plot }: SpectrumCommandOptions): Promise<Outputs> {
  if (gradient !== undefined && plot !== undefined && resolve(gradient) === resolve(plot))
    throw new InputError("--gradient and --plot name the same file: give each its own");
  // Plots bring large packages: only where they are asked for.
  if (plot !== undefined) (await import("../plots/write")).checkPlotPath(plot);
  const opened = plot === undefined ? undefined : openOutput(plot, "--plot");
  try {
    return { plot: opened, gradient: gradient === undefined ? undefined : openOutput(gradient, "--gradient") };
  } catch (error) {
    opened?.discard();
    throw error;
  }
}

async function writePlot(output: Output, { cell, hidden, steps, warmup, exponents, standard_errors: errors, adapter }: Report): Promise<void> {
  const { writeSpectrumPlot } = await import("../plots/write");
  const known = errors.every((row) => row.every((value) => value !== null));
  const caption = `${cell} with ${hidden} units, ${steps} steps, warm-up ${warmup}, ${adapter}`;
  // It is written by the same way of temporary file and rename; ours only held the place.
  output.discard();
  await writeSpectrumPlot(output.path, { title: "Lyapunov spectrum", caption, exponents, ...(known && { standardErrors: errors as number[][] }) });
}

/** Notes and warnings on stderr. */
export function tell(lines: readonly string[], kind: "note" | "warning", { quiet }: Pick<CommonOptions, "quiet">, io: IO): void {
  if (!quiet) for (const line of lines) io.stderr(`${kind}: ${line}\n`);
}

async function compute(device: GPUDevice, setup: Setup, options: SpectrumCommandOptions, io: IO, signal: AbortSignal): Promise<SpectrumResult> {
  const { models, B, T, k, inputs, h0, q0 } = setup;
  const { warmup, interval, target } = options;
  const progress = createProgress(io, { quiet: options.quiet });
  try {
    const walk = { B, T, x: inputs(0, 0), h0: h0(0), q0 };
    const gradient = options.gradient !== undefined;
    return await lyapunovSpectrum(device, models[0], walk, { k, warmup, interval, target, gradient, signal, onCompile: progress.compile });
  } finally {
    progress.stop();
  }
}

/** The gradient under the model's own names, and that of the initial states as h0 [B, D]. */
function gradientFile({ source, models: [model], B }: Setup, { gradient }: SpectrumResult): Uint8Array {
  if (!gradient) throw new Error("the gradient is missing");
  const D = cells[model.cell].states * model.hidden;
  const parameters = parameterTensors(model, gradient, source?.present, source?.prefix);
  return writeSafetensors(new Map([...parameters, ["h0", floatTensor(gradient.h0, [B, D])]]));
}

type Report = ReturnType<typeof reportOf>;

function reportOf({ models: [model], B, T, k }: Setup, { warmup }: SpectrumCommandOptions, result: SpectrumResult, adapter: string) {
  const { exponents, blocks, interval, loss, warnings } = result;
  return {
    cell: model.cell,
    hidden: model.hidden,
    batch: B,
    steps: T,
    k,
    warmup,
    interval,
    exponents: exponents.map((row) => [...row]),
    standard_errors: blocks.map((series) => standardErrors(series, { T, warmup, interval })),
    loss,
    adapter,
    warnings,
  };
}

/** For people: one line an exponent; several trajectories as mean, lowest and highest. */
function table(report: Report, io: IO): string {
  const { bold, dim } = pc.createColors(io.isTTY && process.stdout.isTTY === true && pc.isColorSupported);
  const { cell, hidden, batch, steps, k, warmup, interval, exponents, standard_errors: errors, loss } = report;
  const plural = (count: number, word: string) => `${count} ${word}${count === 1 ? "" : "s"}`;
  const title = `${cell} with ${plural(hidden, "unit")}, ${batch === 1 ? "1 trajectory" : `${batch} trajectories`} of ${plural(steps, "step")}`;
  const details = `warm-up ${warmup}, orthonormalised every ${plural(interval, "step")}; exponents in nats per step`;
  const column = (text: string) => text.padStart(12);
  const number = (value: number | null) => column(value === null ? "-" : value.toFixed(6));
  const head = batch === 1 ? ["exponent", "std. error"] : ["mean", "lowest", "highest"];
  const rows = Array.from({ length: k }, (_, i) => {
    const values = exponents.map((row) => row[i]);
    const mean = values.reduce((sum, value) => sum + value, 0) / batch;
    const numbers = batch === 1 ? [values[0], errors[0][i]] : [mean, Math.min(...values), Math.max(...values)];
    return `${String(i + 1).padStart(5)}${numbers.map(number).join("")}`;
  });
  return `${[bold(title), dim(details), dim(`    i${head.map(column).join("")}`), ...rows, `loss ${loss.toPrecision(6)}`].join("\n")}\n`;
}
