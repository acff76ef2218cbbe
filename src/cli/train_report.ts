import { join } from "node:path";
import Table from "cli-table3";
import type { TrainingPlotData } from "../plots/data";
import type { Task } from "../tasks/index";
import type { IO } from "./io";
import type { TrainConfig } from "./train_config";
import type { MetricsLine } from "./train_files";

/** How one network ended. */
export interface TrainSummary {
  readonly seed: number;
  readonly epochs: number;
  readonly task: string;
  readonly horizon: string;
  /** On the last training batch. */
  readonly loss: number | undefined;
  readonly accuracy?: number;
  /** On fresh sequences. */
  readonly test_loss: number | undefined;
  readonly test_accuracy?: number;
  /** First epoch of which the training batch's accuracy is above 95 %. */
  readonly first_epoch_above_95?: number | null;
  readonly flossing_steps: number;
}

export function summaryOf(seed: number, lines: readonly MetricsLine[], { epochs }: TrainConfig, { name, horizon }: Task): TrainSummary {
  const trained = lines.filter(({ kind }) => kind === "epoch");
  const measured = lines.filter(({ kind }) => kind === "measure");
  const [last, test] = [trained.at(-1), measured.at(-1)];
  const above = trained.find(({ accuracy }) => Number(accuracy) > 0.95);
  return {
    ...{ seed, epochs, task: name, horizon, loss: last?.loss as number | undefined, test_loss: test?.test_loss as number | undefined },
    ...(last?.accuracy !== undefined && { accuracy: Number(last.accuracy), first_epoch_above_95: above ? Number(above.epoch) : null }),
    ...(test?.test_accuracy !== undefined && { test_accuracy: Number(test.test_accuracy) }),
    flossing_steps: lines.filter(({ kind }) => kind === "floss").length,
  };
}

/** For people. */
export function tableText({
  runs,
  task,
  horizon,
  output,
  seconds,
}: {
  runs: readonly TrainSummary[];
  task: string;
  horizon: string;
  output: string;
  seconds: number;
}) {
  const bits = runs.some(({ accuracy }) => accuracy !== undefined);
  const table = new Table({
    head: ["seed", "loss", "fresh loss", ...(bits ? ["accuracy", "fresh", "> 95 % at epoch"] : [])],
    style: { head: [], border: [] },
  });
  const percent = (value: number | undefined) => (value === undefined ? "" : `${(100 * value).toFixed(2)} %`);
  for (const run of runs) {
    const losses = [run.loss, run.test_loss].map((value) => value?.toPrecision(4) ?? "");
    table.push([run.seed, ...losses, ...(bits ? [percent(run.accuracy), percent(run.test_accuracy), run.first_epoch_above_95 ?? "never"] : [])]);
  }
  return `${task}, ${horizon}\n${table.toString()}\n${seconds} s, written to ${output}\n`;
}

/** curves.svg and curves.png of a run folder. */
export async function drawCurves(
  output: string,
  runs: readonly { readonly seed: number; readonly lines: readonly MetricsLine[] }[],
  config: TrainConfig,
  task: Task,
  io: IO,
): Promise<void> {
  const { writeTrainingPlot } = await import("../plots/write");
  const flossedAt = [...new Set(runs.flatMap(({ lines }) => lines.flatMap(({ kind, epoch }) => (kind === "floss" ? [Number(epoch)] : []))))];
  const data: TrainingPlotData = {
    title: `Training on ${task.name}, ${task.horizon}`,
    caption: `${config.cell} with ${config.hidden} units, batch ${config.batch}, ${config.steps} steps; ${flossingText(config)}`,
    flossedAt,
    runs: runs.map(({ seed, lines }) => ({ seed, points: lines.filter(({ kind }) => kind === "epoch").map(pointOf) })),
  };
  for (const kind of ["svg", "png"]) {
    try {
      await writeTrainingPlot(join(output, `curves.${kind}`), data);
    } catch (error) {
      io.stderr(`warning: curves.${kind}: ${(error as Error).message.split("\n")[0]}\n`);
    }
  }
}

function pointOf(line: MetricsLine): TrainingPlotData["runs"][number]["points"][number] {
  const norms = line.gradient_norms as Record<string, number>;
  return { epoch: Number(line.epoch), loss: Number(line.loss), accuracy: line.accuracy as number | undefined, gradientNorm: norms.h0 };
}

/** How networks are flossed, in words. */
export function flossingText({ k, preflossing, floss_at, floss_every, floss_epochs, floss_continuous, floss_when }: TrainConfig): string {
  const parts = [
    preflossing > 0 ? `${preflossing} steps before` : "",
    floss_at.length > 0 ? `${floss_epochs} at ${floss_at.join(", ")}` : "",
    floss_every !== undefined ? `${floss_epochs} every ${floss_every} epochs` : "",
    floss_continuous !== undefined ? `mixed in with weight ${floss_continuous}` : "",
    floss_when !== undefined ? `${floss_epochs} where the ${floss_when} leaves its band` : "",
  ].filter(Boolean);
  return parts.length > 0 ? `flossing, k = ${k}: ${parts.join(", ")}` : "no flossing";
}
