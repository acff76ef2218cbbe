import { InputError } from "../errors";
import type { Profile } from "../gpu/device";
import type { FigurePlotData } from "../plots/figures";
import type { Work } from "./estimate";
import type { Verdict } from "./statistics";

export type Scale = "quick" | "paper";

/** What people choose of a figure. */
export interface FigureOptions {
  readonly scale: Scale;
  /** Decides every random number. */
  readonly seed: number;
  /** What differs from the scale's setting. */
  readonly changes: Readonly<Partial<Record<ChangeName, number | readonly number[]>>>;
}

/** Settings that can be changed by an option of that name. */
export const changeNames = ["hidden", "steps", "networks", "epochs", "delays"] as const;
export type ChangeName = (typeof changeNames)[number];

/** Where a part computes. */
export interface Workplace {
  readonly device: GPUDevice;
  readonly profile?: Profile | undefined;
  readonly signal: AbortSignal;
  /** Told as the work goes on. */
  readonly progress: (done: number, total: number) => void;
}

/** A piece of a figure's work. What it gives is plain data, and kept: an interrupted figure computes only what is missing. */
export type Part = {
  /** Names its file or folder. */
  readonly key: string;
  /** For people. */
  readonly label: string;
  /** What it takes, for the estimate of time. */
  readonly work: readonly Work[];
} & (
  | { readonly kind: "compute"; run(place: Workplace): Promise<unknown> }
  /** A run of `floss train` with these settings, by the keys of its config; it gives a `TrainedRun`. */
  | { readonly kind: "train"; readonly settings: Readonly<Record<string, unknown>> }
);

/** Results of the parts by their keys. */
export type Results = ReadonlyMap<string, unknown>;

/** A table of the results page. */
export interface Table {
  readonly head: readonly string[];
  readonly rows: readonly (readonly string[])[];
}

/** What a figure shows. */
export interface FigureResult {
  readonly plot: FigurePlotData;
  readonly verdicts: readonly Verdict[];
  /** Our numbers, beside known ones where there are any. */
  readonly table: Table;
}

/** A figure with nothing left open. */
export interface Plan {
  /** Decides all numbers of the figure, with the seed. */
  readonly settings: Readonly<Record<string, unknown>>;
  readonly parts: readonly Part[];
  evaluate(results: Results): FigureResult;
}

/** A figure of the paper, or of its appendix. */
export interface Experiment {
  readonly name: string;
  readonly title: string;
  /** What the paper claims. */
  readonly claim: string;
  /** Where the setting is from: what is recalled and not verified is said so. */
  readonly source: string;
  /** @throws InputError where a change does not apply */
  plan(options: FigureOptions): Plan;
}

/** The settings of a scale with the changes put in. @throws InputError where the figure has no such setting */
export function settingsOf<Settings extends object>(
  name: string,
  scales: Readonly<Record<Scale, Settings>>,
  { scale, changes }: FigureOptions,
): Settings {
  const settings = scales[scale];
  for (const key of Object.keys(changes)) {
    if (!(key in settings))
      throw new InputError(`figure ${name} has no ${key}: leave --${key} out (it has ${changeNames.filter((each) => each in settings).join(", ")})`);
  }
  return { ...settings, ...changes };
}

/** The result of a part. */
export function resultOf<Result>(results: Results, key: string): Result {
  const result = results.get(key);
  if (result === undefined) throw new Error(`the part ${key} has no result`);
  return result as Result;
}

/** Said in the caption of every figure whose setting is not read in the paper or its code. */
export const RECALLED = "Setting recalled, not verified.";
