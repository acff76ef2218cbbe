import { type Experiment, type FigureResult, type Plan, RECALLED, type Results, settingsOf } from "./experiment";
import { median, pairedVerdict } from "./statistics";
import { finalsTable, trainabilityPanels } from "./trainability";
import { type Condition, finals, paperTraining, quickTraining, type Run, type TrainingSettings, trainingPlan } from "./training_runs";

interface Settings extends TrainingSettings {
  readonly delays: readonly number[];
}

const scales = {
  quick: { ...quickTraining, delays: [16, 20] },
  paper: { ...paperTraining, delays: [20, 40, 60] },
} satisfies Record<string, Settings>;

const conditions = ["none", "pre"] as const;
const panels = [
  { task: "orthogonal", name: "orthogonal weights" },
  { task: "gaussian", name: "Gaussian weights" },
] as const;

/** The panels' name of a task is what weights begin as; the task is XOR in time. */
const runOf = (init: string, delay: number, condition: Condition): Run => ({
  task: "xor",
  delay,
  condition,
  init: init === "orthogonal" ? "orthogonal" : "gaussian",
});

export const orthogonal: Experiment = {
  name: "orthogonal",
  title: "Orthogonal initialisation with and without flossing",
  claim: "Flossing before training helps networks with orthogonal weights too.",
  source: `${RECALLED} That flossing is combined with orthogonal initialisation is known from the code (IC = 3, g times an orthogonal matrix); the sizes of this figure are ours.`,
  plan(options): Plan {
    const settings = settingsOf<Settings>("orthogonal", scales, options);
    const runs = panels.flatMap(({ task }) => settings.delays.flatMap((delay) => conditions.map((condition) => runOf(task, delay, condition))));
    return trainingPlan({ ...settings }, runs, settings, options.seed, (results) => evaluate(settings, results));
  },
};

function evaluate(settings: Settings, results: Results): FigureResult {
  const { delays, networks, hidden, steps, k, preflossing } = settings;
  const longest = Math.max(...delays);
  const all = panels.map((panel) => ({ ...panel, value: "test_accuracy" as const, delays, curveDelay: longest }));
  const mean = (condition: Condition) => {
    const values = delays.map((delay) => finals(results, runOf("orthogonal", delay, condition), "test_accuracy"));
    return values[0].map((_, m) => values.reduce((sum, each) => sum + each[m], 0) / values.length);
  };
  const [none, pre] = conditions.map(mean);
  const numbers = `medians ${(100 * median(pre)).toFixed(1)} % with, ${(100 * median(none)).toFixed(1)} % without flossing`;
  const claim = `Orthogonal weights: the final accuracy is higher with flossing before training, mean over d = ${delays.join(", ")}.`;
  return {
    verdicts: [
      pairedVerdict(
        claim,
        pre.map((value, m) => value - none[m]),
        numbers,
      ),
    ],
    table: finalsTable(all, conditions, settings, results, runOf),
    plot: {
      kind: "trainability",
      title: orthogonal.title,
      caption: `XOR in time; medians and quartiles of ${networks} networks, N = ${hidden}, g = 1, batch ${settings.batch}, ${steps} steps, k = ${k}, ${preflossing} flossing steps. ${RECALLED}`,
      ...trainabilityPanels(all, conditions, settings, results, runOf),
    },
  };
}
