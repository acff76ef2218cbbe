import { existsSync, readdirSync } from "node:fs";
import { arch, platform } from "node:os";
import pc from "picocolors";
import { version } from "../../package.json";
import { measureCeiling } from "../bench/ceiling";
import { DeviceError, InputError } from "../errors";
import { adapterName, isSoftware, limitNames, profileFor } from "../gpu/device";
import { requestNodeDevice } from "../node";
import type { VerifyRow } from "../verify/index";
import { digits } from "./bench_text";
import { listen } from "./interrupt";
import type { IO } from "./io";
import { withoutNativeWarnings } from "./native_warnings";
import type { CommonOptions } from "./options";
import { createProgress, createTeller } from "./progress";

export interface DoctorOptions extends Pick<CommonOptions, "adapter" | "quiet" | "json"> {
  readonly verify?: boolean;
}

/** What the doctor knows of an adapter. */
interface AdapterReport {
  readonly name: string;
  readonly software: boolean;
  readonly backend: string;
  /** Which form of the kernels runs on it. */
  readonly kernels: string;
  readonly features: readonly string[];
  readonly limits: Readonly<Record<string, number>>;
}

/** What an adapter does at best, as `floss bench` reports it; null where it could not be measured. */
interface CeilingReport {
  readonly ceiling_gflops: number | null;
  readonly ceiling_gbytes_per_second: number | null;
}

type MeasuredReport = AdapterReport & CeilingReport;

/** What is missing, and what mends it. */
interface Finding {
  readonly problem: string;
  readonly remedy: string;
}

/** `floss doctor`: what this machine can do, what is missing, and with `--verify` whether its adapter computes right. */
export async function doctor(options: DoctorOptions, io: IO): Promise<number> {
  const { adapter, json, verify } = options;
  const { adapters: found, devices } = await findAdapters(adapter);
  const findings = findProblems(found, adapter);
  const adapters: MeasuredReport[] = [];
  for (const [i, report] of found.entries()) adapters.push({ ...report, ...(await measure(devices[i], findings, options, io)) });
  const rows = verify && devices.length > 0 ? await runVerification(devices[0], options, io) : undefined;
  for (const device of devices) device.destroy();
  const machine = { version, node: process.version, platform: `${platform()} ${arch()}` };
  const verified = rows && { adapter: adapters[0].name, passed: rows.every(({ passed }) => passed), cases: rows };
  if (json) io.stdout(`${JSON.stringify({ ...machine, adapters, findings, ...(verified && { verify: verified }) })}\n`);
  else io.stdout(text(machine, adapters, findings, rows, io));
  if (adapters.length === 0) return 2;
  return rows?.some(({ passed }) => !passed) ? 1 : 0;
}

/** Dawn's first choice, then the software adapters; Dawn lists none in Node, so they are asked for by name. */
async function findAdapters(wanted: string | undefined): Promise<{ adapters: AdapterReport[]; devices: GPUDevice[] }> {
  const devices: GPUDevice[] = [];
  const adapters: AdapterReport[] = [];
  for (const adapter of wanted ? [wanted] : [undefined, "llvmpipe", "swiftshader"]) {
    try {
      const device = await withoutNativeWarnings(() => requestNodeDevice(adapter === undefined ? {} : { adapter }));
      const report = reportOf(device);
      if (adapters.some(({ name }) => name === report.name)) device.destroy();
      else {
        adapters.push(report);
        devices.push(device);
      }
    } catch (error) {
      if (!(error instanceof InputError) && !(error instanceof DeviceError)) throw error;
    }
  }
  return { adapters, devices };
}

function reportOf(device: GPUDevice): AdapterReport {
  const { vendor, architecture } = device.adapterInfo;
  return {
    name: adapterName(device),
    software: isSoftware(device),
    backend: [vendor, architecture].filter(Boolean).join(" ") || "unknown",
    kernels: profileFor(device) === "cpu" ? "for CPUs" : "for GPUs",
    features: ["subgroups", "timestamp-query"].filter((name) => device.features.has(name)),
    limits: Object.fromEntries(limitNames.map((name) => [name, device.limits[name]])),
  };
}

const icdFolders = ["/usr/share/vulkan/icd.d", "/etc/vulkan/icd.d"];
const loaders = ["/usr/lib/x86_64-linux-gnu", "/usr/lib/aarch64-linux-gnu", "/usr/lib64", "/usr/lib"].map((folder) => `${folder}/libvulkan.so.1`);

function findProblems(adapters: readonly AdapterReport[], wanted: string | undefined): Finding[] {
  const findings: Finding[] = [];
  const add = (problem: string, remedy: string) => findings.push({ problem, remedy });
  if (adapters.length === 0 && wanted !== undefined)
    add(`no adapter has '${wanted}' in its name`, "run 'floss doctor' without --adapter for the list");
  else if (adapters.length === 0) add("no WebGPU adapter: nothing can be computed", "npm run setup");
  if (platform() === "linux") {
    if (!loaders.some(existsSync)) add("the Vulkan loader is missing", "apt-get install libvulkan1");
    if (!icdFolders.some((folder) => existsSync(folder) && readdirSync(folder).length > 0))
      add("no Vulkan driver is installed", "npm run setup for the software adapter; for a GPU, its vendor's driver");
    if (existsSync("/dev/nvidiactl") && adapters.every(({ software }) => software))
      add(
        "an NVIDIA GPU is there, but its Vulkan driver is not",
        "in containers set NVIDIA_DRIVER_CAPABILITIES=compute,graphics,utility; elsewhere install NVIDIA's driver with Vulkan",
      );
  }
  if (adapters.length > 0 && adapters.every(({ software }) => software))
    add("only a software adapter: it computes on the CPU", "none needed; with a GPU and its driver everything is much faster");
  if (adapters.length > 0 && !adapters[0].features.includes("timestamp-query"))
    add("the adapter has no timestamps: kernels cannot be timed", "none; results do not depend on it");
  return findings;
}

/** Silence of a measurement, in milliseconds, after which a line says what is measured. */
const SILENT_MS = 1000;
/** After so long a measurement has failed: a driver that hangs must not keep the report. */
const LIMIT_MS = 60_000;

/** The ceilings of an adapter, or a finding that says why there are none: it costs nothing else of the report. */
async function measure(device: GPUDevice, findings: Finding[], { quiet }: DoctorOptions, io: IO): Promise<CeilingReport> {
  const name = adapterName(device);
  const teller = createTeller(io, { quiet });
  const timer = setTimeout(() => teller.say(`measuring the ceilings of ${name}`), SILENT_MS);
  try {
    const { gflops, gbytes } = await inTime(measureCeiling(device));
    return { ceiling_gflops: gflops, ceiling_gbytes_per_second: gbytes };
  } catch (error) {
    findings.push({
      problem: `the ceilings of ${name} could not be measured: ${(error as Error).message.split("\n")[0]}`,
      remedy: `floss doctor --verify --adapter '${name.split(":")[0]}' tells whether it computes at all`,
    });
    return { ceiling_gflops: null, ceiling_gbytes_per_second: null };
  } finally {
    clearTimeout(timer);
    teller.stop();
  }
}

/** @throws Error where it takes longer than the limit */
async function inTime<Result>(work: Promise<Result>): Promise<Result> {
  let timer: ReturnType<typeof setTimeout> | undefined;
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new Error(`no answer within ${LIMIT_MS / 1000} s`)), LIMIT_MS);
  });
  try {
    return await Promise.race([work, late]);
  } finally {
    clearTimeout(timer);
  }
}

async function runVerification(device: GPUDevice, { quiet }: DoctorOptions, io: IO): Promise<VerifyRow[]> {
  const { verifyAccuracy } = await import("../verify/index");
  const progress = createProgress(io, { quiet });
  const { signal, stop } = listen();
  try {
    return await verifyAccuracy(device, { signal, onProgress: progress.on });
  } finally {
    progress.stop();
    stop();
  }
}

function text(
  machine: Readonly<Record<string, string>>,
  adapters: readonly MeasuredReport[],
  findings: readonly Finding[],
  rows: readonly VerifyRow[] | undefined,
  io: IO,
): string {
  const { bold, dim, green, red, yellow } = pc.createColors(io.isTTY && process.stdout.isTTY === true && pc.isColorSupported);
  const lines = [`gradient-flossing ${machine.version}, Node ${machine.node}, ${machine.platform}`];
  for (const [i, report] of adapters.entries()) {
    const { name, software, backend, kernels, features, limits } = report;
    lines.push("", `${bold(name)}${i === 0 ? dim(" (used unless --adapter says otherwise)") : ""}`);
    lines.push(`  ${software ? "software adapter" : "GPU"} (${backend}), kernels ${kernels}; features: ${features.join(", ") || "none"}`);
    lines.push(`  ${ceilingText(report)}`);
    for (const [limit, value] of Object.entries(limits)) lines.push(dim(`  ${limit.padEnd(36)}${readable(limit, value)}`));
  }
  lines.push("");
  for (const { problem, remedy } of findings) lines.push(`${yellow("note:")} ${problem}`, `      remedy: ${remedy}`);
  if (adapters.length > 0 && findings.length === 0) lines.push("nothing is missing");
  if (rows) {
    lines.push("", bold("Errors against float64, over eight orders of the units: median, largest; PyTorch's float32 beside them"));
    for (const row of rows) lines.push(verifyLine(row, row.passed ? green("passed") : red("FAILED")));
  } else if (adapters.length > 0) lines.push("To check that the adapter computes right: floss doctor --verify");
  return `${lines.join("\n")}\n`;
}

function ceilingText({ ceiling_gflops: gflops, ceiling_gbytes_per_second: gbytes }: CeilingReport): string {
  if (gflops === null || gbytes === null) return "at best: not measured, see below";
  return `at best, measured now: product ${digits(gflops)} GFLOP/s, copy ${digits(gbytes)} GB/s`;
}

function verifyLine({ case: name, kind, median, largest, pytorch }: VerifyRow, verdict: string): string {
  const number = (value: number) => value.toExponential(1).padStart(9);
  const what = kind === "value" ? "exponents, loss" : "gradient";
  return `  ${name.padEnd(12)}${what.padEnd(17)}${number(median)}${number(largest)}   PyTorch${number(pytorch)}   ${verdict}`;
}

function readable(limit: string, value: number): string {
  return /Size$|StorageSize$/.test(limit) && value >= 2 ** 20 ? `${(value / 2 ** 20).toFixed(0)} MiB` : String(value);
}
