import pc from "picocolors";
import { cells } from "../cells/index";
import { parameterTensors } from "../files/model_file";
import type { Output } from "../files/output";
import { floatTensor, writeSafetensors } from "../files/safetensors";
import { adapterName } from "../gpu/device";
import { lyapunovSpectrum, type SpectrumResult } from "../lyapunov";
import { openDevice } from "./device";
import { type Setup, setUp } from "./inputs";
import { listen } from "./interrupt";
import { type IO, tell } from "./io";
import type { CommonOptions, WalkOptions } from "./options";
import { drawPlot, openOutputs } from "./outputs";
import { createProgress } from "./progress";
import { seriesLines } from "./series";
import { standardErrors } from "./standard_errors";

export interface SpectrumCommandOptions extends CommonOptions, WalkOptions {
  readonly gradient?: string;
  readonly series?: string;
  readonly plot?: string;
}

/** `floss spectrum [MODEL]`. @returns the exit code */
export async function spectrum(path: string | undefined, options: SpectrumCommandOptions, io: IO): Promise<number> {
  const setup = setUp(path, options);
  const { gradient, series, plot } = options;
  const { files, discard } = await openOutputs({ gradient, series, plot });
  const interruption = listen();
  let device: GPUDevice | undefined;
  try {
    tell(setup.notes, "note", options, io);
    device = await openDevice(options, io);
    const result = await compute(device, setup, options, io, interruption.signal);
    const report = reportOf(setup, options, result, adapterName(device));
    files.gradient?.commit(gradientFile(setup, result));
    files.series?.commit(new TextEncoder().encode(seriesLines(result.blocks, { T: setup.T, warmup: options.warmup, interval: result.interval })));
    tell(result.warnings, "warning", options, io);
    io.stdout(options.json ? `${JSON.stringify(report)}\n` : table(report, io));
    await writePlot(files.plot, report, io);
    return 0;
  } finally {
    interruption.stop();
    discard();
    device?.destroy();
  }
}

async function writePlot(place: Output | undefined, report: Report, io: IO): Promise<void> {
  const { cell, hidden, steps, warmup, exponents, standard_errors: errors, adapter } = report;
  const known = errors.every((row) => row.every((value) => value !== null));
  const caption = `${cell} with ${hidden} units, ${steps} steps, warm-up ${warmup}, ${adapter}`;
  const data = { title: "Lyapunov spectrum", caption, exponents, ...(known && { standardErrors: errors as number[][] }) };
  await drawPlot(place, io, (plots, path) => plots.writeSpectrumPlot(path, data));
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
