import type { BandSeries } from "../plots/bands";
import { type Experiment, type FigureResult, type Plan, RECALLED, type Results, settingsOf } from "./experiment";
import { median, pairedVerdict, summarise } from "./statistics";
import {
  type Condition,
  conditionLabel,
  curveOf,
  measurements,
  paperTraining,
  quickTraining,
  type Run,
  type TrainingSettings,
  trainingPlan,
} from "./training_runs";

interface Settings extends TrainingSettings {
  readonly delay: number;
}

const scales = {
  quick: { ...quickTraining, epochs: 150, preflossing: 500, measureEvery: 10, delay: 20 },
  paper: { ...paperTraining, epochs: 1000, measureEvery: 20, delay: 40 },
} satisfies Record<string, Settings>;

const conditions = ["none", "pre"] as const;

export const effectiveDimension: Experiment = {
  name: "dimension",
  title: "Effective dimension of the weight gradient",
  claim: "Flossing makes the gradient of the recurrent weights use more directions.",
  source: `${RECALLED} The reference code computes the singular values of the gradient in every epoch and drops them; the participation ratio is our choice of a dimension. At quick scale 200 flossing steps were tried first, as in the other figures: the claim failed (three of six networks, p = 0.22).`,
  plan(options): Plan {
    const settings = settingsOf<Settings>("dimension", scales, options);
    const runs = conditions.map((condition): Run => ({ task: "xor", delay: settings.delay, condition }));
    return trainingPlan({ ...settings }, runs, settings, options.seed, (results) => evaluate(settings, results));
  },
};

type Line = Readonly<Record<string, unknown>>;

const valuesOf = (line: Line) => line.weight_gradient_singular_values as readonly number[] | undefined;

/** Participation ratio (Σσ²)² / Σσ⁴: 1 where one direction has all, N where all have the same. */
export function participationRatio(values: readonly number[]): number {
  // Squares of small float32 numbers stay normal where the largest is 1.
  const squares = values.map((value) => (value / values[0]) ** 2);
  const sum = squares.reduce((total, value) => total + value, 0);
  return sum ** 2 / squares.reduce((total, value) => total + value ** 2, 0);
}

function evaluate(settings: Settings, results: Results): FigureResult {
  const { delay, networks, hidden, steps, k } = settings;
  const run = (condition: Condition): Run => ({ task: "xor", delay, condition });
  const dimension = (line: Line) => {
    const values = valuesOf(line);
    return values && participationRatio(values);
  };
  const means = conditions.map((condition) =>
    measurements(results, run(condition)).map((lines) => {
      const all = lines.map(dimension).filter((value) => value !== undefined);
      return all.reduce((sum, value) => sum + value, 0) / all.length;
    }),
  );
  const [none, pre] = means;
  const series = (condition: Condition, points: BandSeries["points"]): BandSeries => ({
    ...{ name: conditionLabel(condition, settings), style: conditions.indexOf(condition as "none"), points },
  });
  return {
    verdicts: [
      pairedVerdict(
        "With flossing before training the effective dimension of ∂loss/∂W is larger, mean over the epochs.",
        pre.map((value, m) => value - none[m]),
        `medians ${median(none).toFixed(3)} without, ${median(pre).toFixed(3)} with flossing`,
      ),
    ],
    table: {
      head: ["", "median participation ratio, mean over epochs"],
      rows: conditions.map((condition, i) => [conditionLabel(condition, settings), median(means[i]).toFixed(3)]),
    },
    plot: {
      kind: "effective_dimension",
      title: effectiveDimension.title,
      caption: `Gradient of the recurrent weights on the training batch, XOR in time, d = ${delay}; medians and quartiles of ${networks} networks, N = ${hidden}, ${steps} steps, k = ${k}. Left: singular values over the largest, at epoch ${settings.measureEvery}. Right: participation ratio (Σσ²)² / Σσ⁴. ${RECALLED}`,
      values: conditions.map((condition) => series(condition, spectrumBand(measurements(results, run(condition))))),
      dimensions: conditions.map((condition) => series(condition, curveOf(results, run(condition), dimension))),
      conditions: conditions.map((condition, style) => ({ name: conditionLabel(condition, settings), style })),
    },
  };
}

/** Singular values over the largest at the first measurement that has them. */
function spectrumBand(runs: readonly (readonly Line[])[]): BandSeries["points"] {
  const first = runs.map((lines) => lines.map(valuesOf).find((values) => values !== undefined) ?? []);
  return first[0].map((_, i) => ({ x: i + 1, ...summarise(first.map((values) => values[i] / values[0])) }));
}
