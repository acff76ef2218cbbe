import type { BandPoint } from "../plots/bands";
import type { Work } from "./estimate";
import type { FigureResult, Part, Plan, Results } from "./experiment";
import { resultOf } from "./experiment";
import { summarise } from "./statistics";

/** Sizes of training runs. */
export interface TrainingSettings {
  readonly hidden: number;
  readonly batch: number;
  readonly steps: number;
  readonly networks: number;
  readonly epochs: number;
  /** Flossed exponents. */
  readonly k: number;
  /** Flossing steps before training, and each time again. */
  readonly preflossing: number;
  /** Epochs before which networks are flossed again, where they are. */
  readonly flossAt: readonly number[];
  readonly measureEvery: number;
}

/** Sizes that end in minutes on two cores without a GPU. */
export const quickTraining: TrainingSettings = {
  ...{ hidden: 32, batch: 16, steps: 80, networks: 6, epochs: 600, k: 28, preflossing: 200, flossAt: [60, 120], measureEvery: 50 },
};

/** The reference's parameters (paper.md section 1.2), and the paper's 10⁴ epochs. */
export const paperTraining: TrainingSettings = {
  ...{ hidden: 80, batch: 16, steps: 300, networks: 10, epochs: 10_000, k: 75, preflossing: 500, flossAt: [100, 200], measureEvery: 100 },
};

/** How networks are flossed. */
export type Condition = "none" | "pre" | "during" | "control";

/** In words, with the numbers of a setting. */
export function conditionLabel(condition: Condition, { preflossing, flossAt }: TrainingSettings): string {
  const again = `${preflossing} more at ${flossAt.length === 1 ? "epoch" : "epochs"} ${flossAt.join(", ")}`;
  const words: Record<Condition, string> = {
    none: "no flossing",
    pre: `flossing before training, ${preflossing} steps`,
    during: `flossing before and during training, ${preflossing} steps and ${again}`,
    control: `control: ${controlSteps({ preflossing, flossAt })} steps before training`,
  };
  return words[condition];
}

/** As many steps before training as with flossing during it. */
function controlSteps({ preflossing, flossAt }: Pick<TrainingSettings, "preflossing" | "flossAt">): number {
  return preflossing * (1 + flossAt.length);
}

/** Steps of flossing in all. */
function flossingSteps(condition: Condition, settings: TrainingSettings): number {
  if (condition === "none") return 0;
  return condition === "pre" ? settings.preflossing : controlSteps(settings);
}

/** A setting of `floss train`. */
export interface Run {
  readonly task: string;
  readonly delay: number;
  readonly condition: Condition;
  readonly init?: "gaussian" | "orthogonal";
  /** Flossed exponents, where it is not the setting's number. */
  readonly k?: number;
}

/** The key of a run's part, and the name of its folder. */
export function runKey({ task, delay, condition, init, k }: Run): string {
  return [task, `d${delay}`, ...(init === "orthogonal" ? [init] : []), ...(k === undefined ? [] : [`k${k}`]), condition].join("-");
}

/** Networks of a figure: other seeds for another `--seed`. */
export function seedsOf({ networks }: TrainingSettings, seed: number): number[] {
  return Array.from({ length: networks }, (_, i) => 100 * seed + i);
}

/** The part that trains so. */
function trainingPart(run: Run, settings: TrainingSettings, seed: number): Part {
  const { hidden, batch, steps, epochs, preflossing, flossAt, measureEvery } = settings;
  const { task, delay, condition, init } = run;
  const k = Math.min(run.k ?? settings.k, hidden);
  const flossing = {
    none: {},
    pre: { k, preflossing },
    during: { k, preflossing, floss_at: flossAt.filter((epoch) => epoch <= epochs), floss_epochs: preflossing },
    control: { k, preflossing: controlSteps(settings) },
  }[condition];
  const seeds = seedsOf(settings, seed);
  const sizes = { task, delay, hidden, batch, steps, epochs, seeds, measure_every: measureEvery };
  const label = `${task}, d = ${delay}, ${conditionLabel(condition, settings)}`;
  return { kind: "train", key: runKey(run), label, work: workOf(run, settings), settings: { ...sizes, ...(init && { init }), ...flossing } };
}

/** The plan of a figure that is made of training runs. @param settings what the figure's folder keeps */
export function trainingPlan(
  settings: Plan["settings"],
  runs: readonly Run[],
  training: TrainingSettings,
  seed: number,
  evaluate: (results: Results) => FigureResult,
): Plan {
  return { settings, parts: runs.map((run) => trainingPart(run, training, seed)), evaluate };
}

function workOf(run: Run, settings: TrainingSettings): Work[] {
  const { hidden, batch, steps, networks, epochs } = settings;
  const size = { cell: "rnn", networks, hidden } as const;
  const flossing = flossingSteps(run.condition, settings);
  const k = Math.min(run.k ?? settings.k, hidden);
  const floss: Work = { kind: "flossing", ...size, steps: Math.min(55, steps), batch: 1, k, epochs: flossing };
  return [{ kind: "training", ...size, steps, batch, k: 0, epochs }, ...(flossing > 0 ? [floss] : [])];
}

/** What a training part gives: the lines of each network's metrics. */
export interface TrainedRun {
  readonly seeds: readonly { readonly seed: number; readonly lines: readonly Readonly<Record<string, unknown>>[] }[];
}

/** Lines that tell how a network does on fresh sequences. */
export function measurements(results: Results, run: Run): readonly (readonly Readonly<Record<string, unknown>>[])[] {
  const { seeds } = resultOf<TrainedRun>(results, runKey(run));
  return seeds.map(({ lines }) => lines.filter(({ kind }) => kind === "measure"));
}

/** [networks] the last measured value. */
export function finals(results: Results, run: Run, name: "test_accuracy" | "test_loss"): number[] {
  return measurements(results, run).map((lines) => Number(lines[lines.length - 1][name]));
}

/** Median and quartiles over the networks of a number of each measurement. */
export function curveOf(results: Results, run: Run, value: (line: Readonly<Record<string, unknown>>) => number | undefined): BandPoint[] {
  const all = measurements(results, run);
  return all[0].flatMap((line, i) => {
    const values = all.map((lines) => value(lines[i])).filter((each) => each !== undefined);
    return values.length === all.length ? [{ x: Number(line.epoch), ...summarise(values) }] : [];
  });
}
