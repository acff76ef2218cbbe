import { type Experiment, type FigureResult, type Plan, RECALLED, type Results, settingsOf } from "./experiment";
import { median, pairedVerdict, slope } from "./statistics";
import { finals, paperTraining, quickTraining, type Run, type TrainingSettings, trainingPlan } from "./training_runs";

interface Settings extends Omit<TrainingSettings, "k"> {
  readonly delays: readonly number[];
  /** Numbers of flossed exponents. */
  readonly ks: readonly number[];
}

const scales = {
  quick: { ...quickTraining, networks: 5, epochs: 400, delays: [8, 14, 20], ks: [1, 10, 20, 30] },
  paper: { ...paperTraining, delays: [20, 30, 40, 50, 60, 70], ks: [1, 10, 20, 40, 60, 75, 80] },
} satisfies Record<string, Settings>;

const runOf = (delay: number, k: number): Run => ({ task: "xor", delay, condition: "during", k });

export const exponentsNeeded: Experiment = {
  name: "5",
  title: "Fig. 5: how many exponents must be flossed",
  claim: "Longer delays need more flossed exponents.",
  source: `${RECALLED} The task, flossing before and during training and the parameters of Fig. 4 are recalled; the values of k and d are ours.`,
  plan(options): Plan {
    const settings = settingsOf<Settings>("5", scales, options);
    const all = { ...settings, k: Math.max(...settings.ks) };
    const runs = settings.ks.flatMap((k) => settings.delays.map((delay) => runOf(delay, k)));
    return trainingPlan({ ...settings }, runs, all, options.seed, (results) => evaluate(settings, results));
  },
};

function evaluate(settings: Settings, results: Results): FigureResult {
  const { delays, ks, networks, hidden, steps, epochs } = settings;
  const accuracy = (delay: number, k: number) => finals(results, runOf(delay, k), "test_accuracy");
  const cells = ks.flatMap((k) => delays.map((delay) => ({ k, delay, median: median(accuracy(delay, k)) })));
  const longest = Math.max(...delays);
  const perNetwork = Array.from({ length: networks }, (_, m) => slope(ks.map((k) => [k, accuracy(longest, k)[m]])));
  const ends = [Math.min(...ks), Math.max(...ks)].map((k) => `${(100 * median(accuracy(longest, k))).toFixed(1)} % at k = ${k}`);
  return {
    verdicts: [
      pairedVerdict(`At d = ${longest} the final accuracy rises with the number of flossed exponents.`, perNetwork, `median ${ends.join(", ")}`),
    ],
    table: {
      head: ["median final accuracy", ...delays.map((delay) => `d = ${delay}`)],
      rows: ks.map((k) => [`k = ${k}`, ...delays.map((delay) => `${(100 * median(accuracy(delay, k))).toFixed(1)} %`)]),
    },
    plot: {
      kind: "heat_map",
      title: exponentsNeeded.title,
      caption: `Median accuracy of ${networks} networks on fresh sequences after ${epochs} epochs of XOR in time, N = ${hidden}, ${steps} steps; flossing before and during training. ${RECALLED}`,
      cells,
      lines: delays.map((delay) => ({ delay, points: ks.map((k) => ({ k, values: accuracy(delay, k) })) })),
    },
  };
}
