import type { BandSeries } from "../plots/bands";
import type { TrainabilityPlotData } from "../plots/trainability";
import type { Results, Table } from "./experiment";
import { median, summarise } from "./statistics";
import { type Condition, conditionLabel, curveOf, finals, type Run, type TrainingSettings } from "./training_runs";

/** What a task's runs are compared by. */
export interface TaskPanels {
  readonly task: string;
  /** In words. */
  readonly name: string;
  readonly value: "test_accuracy" | "test_loss";
  readonly delays: readonly number[];
  /** Of the curves over the epochs. */
  readonly curveDelay: number;
}

const order: readonly Condition[] = ["none", "pre", "during", "control"];

/** Curves over the epochs at one delay, and final values against the delay with every run as a dot, for each task. */
export function trainabilityPanels(
  tasks: readonly TaskPanels[],
  conditions: readonly Condition[],
  settings: TrainingSettings,
  results: Results,
  run: (task: string, delay: number, condition: Condition) => Run,
): Pick<TrainabilityPlotData, "panels" | "conditions"> {
  const panels = tasks.map(({ task, name, value, delays, curveDelay }) => {
    const series = (condition: Condition, more: Pick<BandSeries, "points" | "dots">): BandSeries => ({
      name: conditionLabel(condition, settings),
      style: order.indexOf(condition),
      ...more,
    });
    const ends = (condition: Condition) => delays.map((x) => ({ x, values: finals(results, run(task, x, condition), value) }));
    return {
      label: name,
      accuracy: value === "test_accuracy",
      curveDelay,
      epochs: settings.epochs,
      curves: conditions.map((condition) =>
        series(condition, { points: curveOf(results, run(task, curveDelay, condition), (line) => Number(line[value])) }),
      ),
      finals: conditions.map((condition) => {
        const all = ends(condition);
        return series(condition, {
          points: all.map(({ x, values }) => ({ x, ...summarise(values) })),
          dots: all.flatMap(({ x, values }) => values.map((y) => ({ x, y }))),
        });
      }),
    };
  });
  return { panels, conditions: conditions.map((condition) => ({ name: conditionLabel(condition, settings), style: order.indexOf(condition) })) };
}

/** Final values of every run: median and range. */
export function finalsTable(
  tasks: readonly TaskPanels[],
  conditions: readonly Condition[],
  settings: TrainingSettings,
  results: Results,
  run: (task: string, delay: number, condition: Condition) => Run,
): Table {
  const text = (task: TaskPanels, delay: number, condition: Condition) => {
    const values = finals(results, run(task.task, delay, condition), task.value);
    const write = (value: number) => (task.value === "test_accuracy" ? `${(100 * value).toFixed(1)} %` : value.toPrecision(2));
    return `${write(median(values))} (${write(Math.min(...values))} to ${write(Math.max(...values))})`;
  };
  return {
    head: ["final value on fresh sequences: median (range)", ...conditions.map((condition) => conditionLabel(condition, settings))],
    rows: tasks.flatMap((task) =>
      task.delays.map((delay) => [`${task.name}, d = ${delay}`, ...conditions.map((condition) => text(task, delay, condition))]),
    ),
  };
}
