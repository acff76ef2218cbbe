import { readFileSync } from "node:fs";
import { type Ceiling, measureCeiling } from "../bench/ceiling";
import { type CellName, cells } from "../cells/index";
import { InputError } from "../errors";
import { adapterName, type Profile, profileFor } from "../gpu/device";
import { benchKernel, type FormReport, type KernelReport } from "../workbench/kernel_report";
import { type StageName, specOf } from "../workbench/specs";
import type { StageSizes } from "../workbench/stage";
import { digits, plain } from "./bench_text";
import { openDevice } from "./device";
import type { IO } from "./io";
import type { CommonOptions } from "./options";
import { openOutputs } from "./outputs";
import { createTeller } from "./progress";

export interface BenchKernelOptions extends Pick<CommonOptions, "adapter" | "quiet" | "json" | "seed"> {
  readonly cell: CellName;
  readonly hidden: number;
  readonly k?: number;
  readonly steps: number;
  readonly batch?: number;
  readonly networks: number;
  readonly interval?: number;
  readonly profile?: Profile;
  readonly rounds: number;
  readonly checkSteps?: number;
  readonly wgsl?: string | true;
  readonly variant?: string;
}

/** `floss bench kernel NAME`: one kernel alone against its float64 twin, or its shader. @returns 1 where it is wrong */
export async function benchOneKernel(name: StageName, options: BenchKernelOptions, io: IO): Promise<number> {
  const sizes = sizesOf(name, options);
  checkCheckSteps(name, options.checkSteps, sizes);
  if (options.wgsl !== undefined && options.variant !== undefined)
    throw new InputError("--wgsl writes the shader in use and ends, --variant races: give one of them");
  const variant = options.variant === undefined ? undefined : { file: options.variant, code: readVariant(options.variant) };
  if (options.wgsl !== undefined) return dump(name, sizes, options, io);
  const device = await openDevice(options, io);
  const teller = createTeller(io, options);
  try {
    teller.say("measuring the adapter's ceilings");
    const ceiling = await measureCeiling(device, options.profile);
    const { rounds, checkSteps } = options;
    const report = await benchKernel(device, name, sizes, { rounds, checkSteps, ceiling, variant, onProgress: teller.say });
    teller.stop();
    const adapter = adapterName(device);
    io.stdout(options.json ? `${JSON.stringify(jsonOf(report, sizes, adapter, ceiling))}\n` : textOf(report, sizes, adapter, ceiling, options));
    return report.in_use.right && (report.variant?.right ?? true) ? 0 : 1;
  } finally {
    teller.stop();
    device.destroy();
  }
}

function sizesOf(name: StageName, options: BenchKernelOptions): StageSizes {
  const { cell, hidden, steps, networks, interval = 1, seed, profile } = options;
  const { states, title } = cells[cell];
  const training = trains(name);
  for (const idle of ["k", "interval"] as const)
    if (training && options[idle] !== undefined) throw new InputError(`--${idle} ${options[idle]}: ${name} has no exponents; leave --${idle} out`);
  const { k = Math.min(75, states * hidden), batch = training ? 16 : 1 } = options;
  if (k > states * hidden) throw new InputError(`--k ${k}: ${title} networks of ${hidden} units have exponents 1 to ${states * hidden}; lower --k`);
  if (training && steps < 3) throw new InputError(`--steps ${steps}: the task that training is timed with needs at least 3`);
  return { cell, hidden, k, steps, batch, networks, interval, seed, ...(profile && { profile }) };
}

function trains(name: StageName): boolean {
  return name.startsWith("train") || name === "draw_task";
}

function checkCheckSteps(name: StageName, wanted: number | undefined, { steps: all }: StageSizes): void {
  if (wanted === undefined) return;
  if (wanted > all) throw new InputError(`--check-steps ${wanted}: there are ${all} steps; lower it`);
  // The task copies a bit from the step before at least.
  const least = trains(name) ? 2 : 1;
  if (wanted < least) throw new InputError(`--check-steps ${wanted}: the task that ${name} is compared on needs at least ${least}`);
}

function readVariant(path: string): string {
  try {
    return readFileSync(path, "utf8");
  } catch (error) {
    throw new InputError(
      `--variant ${path} cannot be read (${(error as NodeJS.ErrnoException).code}): dump the kernel in use with --wgsl ${path}, and edit it`,
    );
  }
}

/** The joined shader, each file behind a marker line. */
async function dump(name: StageName, sizes: StageSizes, options: BenchKernelOptions, io: IO): Promise<number> {
  const { files, discard } = await openOutputs({ wgsl: options.wgsl === true ? undefined : options.wgsl });
  try {
    let { profile } = options;
    if (!profile) {
      const device = await openDevice(options, io);
      profile = profileFor(device);
      device.destroy();
    }
    const { code } = specOf(name, sizes, profile);
    if (files.wgsl) files.wgsl.commit(Buffer.from(code));
    else io.stdout(code);
    return 0;
  } finally {
    discard();
  }
}

function jsonOf(report: KernelReport, { profile: _, ...sizes }: StageSizes, adapter: string, ceiling: Ceiling) {
  return { ...report, ...sizes, adapter, ceiling_gflops: ceiling.gflops, ceiling_gbytes_per_second: ceiling.gbytes };
}

function textOf(report: KernelReport, sizes: StageSizes, adapter: string, ceiling: Ceiling, { variant: file }: BenchKernelOptions): string {
  const { kernel, profile, in_use, variant, dispatches, timestamps, rounds, check_steps, twin_ms } = report;
  const { cell, hidden, k, steps: T, batch, networks, interval } = sizes;
  const lines = [
    `${kernel}, ${profile} profile, on ${adapter}`,
    `${cell} N=${hidden} K=${k} T=${T} B=${batch} M=${networks} interval ${interval}; ${dispatches} dispatches, ${rounds} rounds, times ${timestamps ? "by timestamps" : "of the wall clock (the adapter has no timestamps)"}`,
    `ceiling: product ${digits(ceiling.gflops)} GFLOP/s, copy ${digits(ceiling.gbytes)} GB/s`,
    "",
    formsTable([["in use", in_use], ...(variant ? ([[file ?? "variant", variant]] as [string, FormReport][]) : [])]),
    "",
    `against float64 over ${check_steps} steps (the twin took ${digits(twin_ms / 1000)} s):`,
    deviationsTable(in_use),
  ];
  if (variant) lines.push("", `${file}:`, deviationsTable(variant), "", verdictOf(report, file ?? "the variant"));
  else if (!in_use.right) lines.push("", "WRONG: the kernel in use is further from its twin than its test allows");
  return `${lines.join("\n")}\n`;
}

function formsTable(forms: readonly [string, FormReport][]): string {
  const rows = forms.map(([label, { ms, ms_min, gflops, gbytes_per_second, share_of_ceiling, compile_ms }]) => {
    return [
      label,
      digits(ms),
      digits(ms_min),
      digits(gflops),
      digits(gbytes_per_second),
      `${(100 * share_of_ceiling).toFixed(0)} %`,
      digits(compile_ms),
    ];
  });
  return plain(["", "ms", "least", "GFLOP/s", "GB/s", "of ceiling", "compile ms"], rows);
}

function deviationsTable({ deviations }: FormReport): string {
  const small = (value: number) => value.toExponential(1);
  const rows = deviations.map(({ what, error, median, largest, where }) => [`  ${what}`, small(error), small(median), small(largest), where]);
  return plain(["  output", "error", "median", "largest", "where the largest is"], rows);
}

function verdictOf({ variant, rounds }: KernelReport, file: string): string {
  if (!variant) return "";
  const bits = variant.bitwise_equal ? "bit by bit the same results" : `${variant.differing_numbers} numbers differ in their bits`;
  const pace = `ratio ${variant.ratio.toFixed(2)} (above 1: the variant is faster), won ${variant.won} of ${rounds} rounds; ${bits}`;
  const words = {
    wrong: `WRONG: ${file} is further from the float64 twin than the kernel's test allows`,
    "less accurate": `less accurate: ${file} is right, but more than 3 times further from the twin than the kernel in use`,
    faster: `${file} is faster`,
    slower: `${file} is slower`,
    "no difference": `no difference that these rounds show`,
  };
  return `${words[variant.verdict]}\n${pace}`;
}
