import { version } from "../../package.json";
import type { BenchRow } from "../bench/rows";
import { InputError } from "../errors";
import { adapterName } from "../gpu/device";
import type { Progress } from "../index";
import { tunedKey, withEntry } from "../tuning/entry";
import { differenceText, type Variant } from "../tuning/search";
import { type TuneResult, tune } from "../tuning/tune";
import { type BenchCommandOptions, labelOf, oneRow, type SizeOption, wholeTable } from "./bench";
import { openDevice } from "./device";
import { Interrupted, listen } from "./interrupt";
import { type IO, tell } from "./io";
import { drawPlot, openOutputs } from "./outputs";
import { createTeller } from "./progress";
import { summaryText, tuneJson, tuneText, variantName } from "./tune_text";
import { checkTunedPlace, readTuned, tunedPath, writeTuned } from "./tuned";

export interface TuneCommandOptions extends Pick<BenchCommandOptions, SizeOption | "adapter" | "quiet" | "json" | "profile" | "plot"> {
  readonly rounds: number;
  readonly budget: number;
  readonly dryRun?: boolean;
}

/** `floss tune`: one size, or without a kind the table of `floss bench`. @returns the exit code */
export async function tuneSizes(kind: BenchRow["kind"] | undefined, options: TuneCommandOptions, io: IO): Promise<number> {
  const rows = kind === undefined ? wholeTable(options) : [oneRow(kind, options)];
  const path = options.dryRun ? undefined : tunedPath();
  if (path === undefined && !options.dryRun)
    throw new InputError("FLOSS_TUNED=off: there is nowhere to keep what is found; unset it, or add --dry-run");
  if (path !== undefined) {
    // A broken file, or one that cannot be written, costs no measuring.
    readTuned(path, "tune");
    checkTunedPlace(path);
  }
  const { files, discard } = await openOutputs({ plot: options.plot });
  const interruption = listen();
  let device: GPUDevice | undefined;
  try {
    device = await openDevice(options, io);
    const results: TuneResult[] = [];
    for (const row of rows) {
      const result = await tuneOne(device, row, options, interruption.signal, io);
      results.push(result);
      if (path !== undefined) keep(path, device, result);
      if (!options.json) io.stdout(tuneText(result));
    }
    const about = { adapter: adapterName(device), kept_in: path ?? null };
    if (options.json)
      io.stdout(`${JSON.stringify({ ...about, ...(kind === undefined ? { sizes: results.map(tuneJson) } : tuneJson(results[0])) })}\n`);
    else if (results.length > 1) io.stdout(summaryText(results, about.adapter));
    if (path !== undefined) {
      const count = results.filter(won).length;
      tell(
        [count > 0 ? `${count} of ${results.length} sizes now have a tuned shape in ${path}` : "the default is best: nothing kept"],
        "note",
        options,
        io,
      );
    }
    await drawPlot(files.plot, io, (plots, to) => plots.writeTunePlot(to, plotOf(results, about.adapter)));
    return 0;
  } catch (error) {
    if (interruption.signal.aborted && interruption.signal.reason instanceof Interrupted) throw interruption.signal.reason;
    throw error;
  } finally {
    interruption.stop();
    discard();
    device?.destroy();
  }
}

function won({ winner }: TuneResult): boolean {
  return Object.keys(winner).length > 0;
}

/** Another process may have written meanwhile: the file is read again. */
function keep(path: string, device: GPUDevice, result: TuneResult): void {
  const { row, winner: shape, gain } = result;
  writeTuned(path, withEntry(readTuned(path, "tune"), tunedKey(device, row, version), won(result) ? { gain, shape } : undefined));
}

async function tuneOne(device: GPUDevice, row: BenchRow, options: TuneCommandOptions, signal: AbortSignal, io: IO): Promise<TuneResult> {
  const label = labelOf(row);
  const teller = createTeller(io, options);
  let doing = "the default";
  let told = 0;
  const { rounds, budget, profile } = options;
  try {
    return await tune(device, row, {
      ...{ rounds, budget, signal, ...(profile && { profile }) },
      onProgress: ({ stage, done, total }: Progress) =>
        stage === "compile" ? teller.say(`${label}: ${doing}, compiling kernels ${done} of ${total}`) : undefined,
      onVariant(what, variants) {
        for (const variant of variants.slice(told)) teller.keep(`${label}: ${variantText(variant)}`);
        told = variants.length;
        if (what === "") return;
        doing = what;
        teller.say(`${label}: trying ${what}`);
      },
    });
  } finally {
    teller.stop();
  }
}

/** One variant in words. */
function variantText(variant: Variant): string {
  const { ms, ratio, difference, reason } = variant;
  if (reason === "default") return `the default takes ${ms?.toPrecision(3)} ms`;
  const facts = [ratio === undefined ? "" : `${ratio.toFixed(2)} of the default's speed`, difference ? differenceText(difference) : "", reason];
  return `${variantName(variant)}: ${facts.filter(Boolean).join(", ")}`;
}

function plotOf(results: readonly TuneResult[], adapter: string) {
  const sizes = results.map((result) => {
    const { row, variants, winner } = result;
    const kindOf = ({ shape, knob, accepted }: Variant) => {
      if (knob === undefined && accepted) return "default";
      if (!accepted) return "rejected";
      return won(result) && JSON.stringify(shape) === JSON.stringify(winner) ? "winner" : "accepted";
    };
    const timed = variants.flatMap((variant) => {
      const { ratio } = variant;
      return ratio === undefined ? [] : [{ name: variantName(variant), ratio, kind: kindOf(variant) } as const];
    });
    return { size: labelOf(row), variants: timed };
  });
  return { title: "Shapes of the kernels against the default", caption: `${adapter}; ratios of interleaved races, above 1 is faster`, sizes };
}
