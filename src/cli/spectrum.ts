import { cells } from "../cells/index";
import { parameterTensors, stateTensors } from "../files/model_file";
import type { Output } from "../files/output";
import { writeSafetensors } from "../files/safetensors";
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
import { tunedShape } from "./tuned";

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
    io.stdout(options.json ? `${JSON.stringify(report)}\n` : (await import("./spectrum_text")).spectrumText(report, io));
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
  const caption = `${cells[cell].title} with ${hidden} units, ${steps} steps, warm-up ${warmup}, ${adapter}`;
  const data = { title: "Lyapunov spectrum", caption, exponents, ...(known && { standardErrors: errors as number[][] }) };
  await drawPlot(place, io, (plots, path) => plots.writeSpectrumPlot(path, data));
}

async function compute(device: GPUDevice, setup: Setup, options: SpectrumCommandOptions, io: IO, signal: AbortSignal): Promise<SpectrumResult> {
  const { models, B, T, k, x, h0, q0 } = setup;
  const { warmup, interval, target, quiet, profile, schedule } = options;
  const [{ cell, hidden }] = models;
  const size = { kind: options.gradient === undefined ? "spectrum" : "flossing", cell, hidden, k, steps: T, batch: B, networks: 1 } as const;
  const progress = createProgress(io, { quiet });
  const gradient = options.gradient !== undefined;
  try {
    const how = {
      k,
      warmup,
      interval,
      target,
      gradient,
      signal,
      onProgress: progress.on,
      ...(profile && { profile }),
      ...tunedShape(device, size, options, io),
      ...(schedule && { steps: schedule }),
    };
    return await lyapunovSpectrum(device, models[0], { B, T, x, h0: h0(0), q0 }, how);
  } finally {
    progress.stop();
  }
}

/** The gradient under the model's own names, and that of the initial states as h0 [B, N], and c0 of an LSTM. */
function gradientFile({ source, models: [model], B }: Setup, { gradient }: SpectrumResult): Uint8Array {
  if (!gradient) throw new Error("the gradient is missing");
  const parameters = parameterTensors(model, gradient, source?.present, source?.prefix);
  return writeSafetensors(new Map([...parameters, ...stateTensors(model, gradient.h0, B)]));
}

export type Report = ReturnType<typeof reportOf>;

function reportOf({ models: [model], B, T, k }: Setup, { warmup }: SpectrumCommandOptions, result: SpectrumResult, adapter: string) {
  const { exponents, interval, dense, profile, schedule, loss, warnings, splitHalf } = result;
  return {
    cell: model.cell,
    hidden: model.hidden,
    batch: B,
    steps: T,
    k,
    warmup,
    interval,
    dense,
    exponents: exponents.map((row) => [...row]),
    standard_errors: result.standardErrors,
    loss,
    kaplan_yorke_dimension: result.kaplanYorkeDimension,
    entropy_sum: result.entropySum,
    split_half_difference: splitHalf.map((half) => half?.difference ?? null),
    adapter,
    profile,
    schedule,
    warnings,
  };
}
