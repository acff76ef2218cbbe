import { createTimer, type PassTime } from "../gpu/timing";
import { Waiter } from "../gpu/wait";
import type { TrainSizes, TrainTensor } from "../kernels/train_sizes";
import { randomTrainModel } from "../random_train";
import { createTask, type Task } from "../tasks/index";
import { loadPlaces, loadRates, loadTrainModel } from "../train_load";
import { createTrainer } from "../training";
import { createTrainEngine, type TrainEngine } from "../training_engine";
import type { BenchOptions, RoundTime, StageTime } from "./measure";
import { paceOf } from "./pace";
import type { BenchRow } from "./rows";
import { trainingWork } from "./work";

/** The peers' work: copying bits, the state read out, all weights trained and the start not. */
export function problemOf({ cell, hidden: N, batch: B, steps: T, networks: M, delay }: Omit<BenchRow, "kind" | "k" | "goal">): {
  task: Task;
  sizes: TrainSizes;
} {
  const task = createTask("copy", { steps: T, delay, depth: 1, referenceLabels: false });
  const { S, R, loss, scored } = task;
  return { task, sizes: { cell, M, B, T, N, S, R, loss, readout: "activation", scored } };
}

const trained: TrainTensor[] = ["weight_hh_l0", "weight_ih_l0", "bias_ih_l0", "bias_hh_l0", "readout.weight", "readout.bias"];

const seedOf = (seed: number) => ({ network: seed, state: seed, input: seed, frame: seed });

/** Epochs before the clock starts: the sleeping learns how long to sleep. */
const SETTLE = 12;

/** Times `epochs` epochs of training, drawing of the sequences included. */
export async function timeTraining(
  device: GPUDevice,
  row: BenchRow,
  epochs: number,
  { interval: _interval, groups: _groups, panel: _panel, ...options }: BenchOptions,
): Promise<RoundTime> {
  const { task, sizes } = problemOf(row);
  const seeds = Array.from({ length: sizes.M }, (_, m) => seedOf(m + 1));
  const models = seeds.map((each) => randomTrainModel({ sizes, gain: 1, seeds: each }));
  const how = {
    task,
    seeds,
    epochs: SETTLE + epochs,
    clipKind: "global",
    train: trained,
    ...options,
  } as const;
  const trainer = await createTrainer(device, models, sizes, how);
  try {
    const start = performance.now();
    const times: { epoch: number; at: number }[] = [];
    for await (const event of trainer.run()) if (event.kind === "epoch") times.push({ epoch: event.epoch, at: performance.now() });
    return { ms: paceOf(start, times, SETTLE), compileMs: trainer.compileMs, interval: 1 };
  } finally {
    trainer.destroy();
  }
}

/** The peers' networks and the sequences of the first epoch into an engine. */
export function loadTraining(engine: TrainEngine, lr: number): void {
  const { sizes } = engine;
  const seeds = Array.from({ length: sizes.M }, (_, m) => seedOf(m + 1));
  seeds.forEach((each, m) => {
    loadTrainModel(engine, m, randomTrainModel({ sizes, gain: 1, seeds: each }));
  });
  loadPlaces(
    engine,
    seeds.map(({ input }) => input),
  );
  loadRates(engine, () => ({ lr: [lr, lr, lr, lr, lr, lr, 0], mix: 0, weightDecay: 0, step: 1, clip: 0.03 }));
  engine.setDraw(1, "input");
}

const RUNS = 5;

/** GPU time by kernel, from timestamps: medians of five epochs; empty where the adapter has none. */
export async function timeTrainingStages(
  device: GPUDevice,
  row: BenchRow,
  { interval: _interval, groups: _groups, panel: _panel, ...options }: BenchOptions,
): Promise<StageTime[]> {
  const { task, sizes } = problemOf(row);
  const engine = await createTrainEngine(device, sizes, { ...options, task, clipKind: "global" });
  const plans = [...(engine.draw ? [engine.draw] : []), ...engine.slices.flatMap(({ forward, backward, update }) => [forward, backward, update])];
  const timer = createTimer(
    device,
    plans.reduce((sum, { steps }) => sum + steps.length, 0),
  );
  try {
    if (!timer) return [];
    loadTraining(engine, 1e-3);
    const waiter = new Waiter(device);
    const runs: Record<string, PassTime>[] = [];
    for (let run = 0; run <= RUNS; run++) {
      const encoder = device.createCommandEncoder({ label: "bench" });
      for (const plan of plans) plan.encode(encoder, { timer });
      device.queue.submit([encoder.finish()]);
      await waiter.done();
      const times = await timer.read();
      if (run > 0) runs.push(times);
    }
    const work = trainingWork(sizes);
    return Object.keys(runs[0]).map((name) => {
      const times = runs.map((run) => run[name]).sort((a, b) => a.ms - b.ms);
      const { ms, longest, passes } = times[Math.floor(times.length / 2)];
      const done = work[name];
      return { name, ms, longest, passes, gflops: done && done.flops / ms / 1e6, gbytes: done && done.bytes / ms / 1e6 };
    });
  } finally {
    timer?.destroy();
    engine.destroy();
  }
}
