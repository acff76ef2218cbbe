import { cells } from "../cells/index";
import { createEngine, type Engine } from "../engine";
import { createFlosser } from "../flossing";
import { createTimer, type PassTime } from "../gpu/timing";
import { Waiter } from "../gpu/wait";
import { randomFrame, randomModel, randomState } from "../initialise";
import { type FlossInputs, trajectoriesOf } from "../inputs";
import type { IntervalOption } from "../interval";
import type { Shape } from "../kernels/shape";
import { loadInputs, loadNetwork, loadSchedule, loadTargets, loadTrajectories } from "../load";
import { lyapunovSpectra } from "../lyapunov";
import type { Model } from "../model";
import type { Progress } from "../warm_up";
import { paceOf } from "./pace";
import { type BenchRow, walkSizesOf } from "./rows";
import { type Work, workOf } from "./work";

export interface BenchOptions extends Shape {
  readonly onProgress?: ((progress: Progress) => void) | undefined;
  /** Default 'auto'. */
  readonly interval?: IntervalOption | undefined;
}

/** Milliseconds per epoch for all networks together, and what was used. */
export interface RoundTime {
  readonly ms: number;
  readonly compileMs: number;
  readonly interval: number;
}

/** The peers' networks: weights N(0, 1/N), all different, one input. */
function networksOf({ cell, hidden, networks }: BenchRow): Model[] {
  return Array.from({ length: networks }, (_, network) => randomModel({ cell, hidden, inputs: 1, gain: 1, seed: 1, network }));
}

function inputsOf({ cell, hidden, batch: B, steps: T, k }: BenchRow): FlossInputs {
  const D = cells[cell].states * hidden;
  const q0 = randomFrame(D, k, 1);
  return { B, T, x: { kind: "bernoulli", seed: 1 }, h0: (network) => randomState({ B, D, seed: 1, network }), q0 };
}

/** Epochs before the clock starts: intervals settle, and the sleeping learns how long to sleep. */
const SETTLE = { fixed: 2, auto: 40 };

/** Times `epochs` epochs of flossing, Adam included, after some to settle. */
export async function timeFlossing(device: GPUDevice, row: BenchRow, epochs: number, options: BenchOptions): Promise<RoundTime> {
  const { interval = "auto" } = options;
  const settle = interval === "auto" && row.k < row.hidden / 2 ? SETTLE.auto : SETTLE.fixed;
  const how = { ...options, interval, k: row.k, epochs: settle + epochs };
  const flosser = await createFlosser(device, networksOf(row), inputsOf(row), how);
  try {
    const start = performance.now();
    const times: { epoch: number; at: number }[] = [];
    let used = 0;
    for await (const item of flosser) {
      // The last epoch makes no step.
      if (item.epoch === settle + epochs) break;
      times.push({ epoch: item.epoch, at: performance.now() });
      used = Math.max(...item.interval);
    }
    return { ms: paceOf(start, times, settle), compileMs: flosser.compileMs, interval: used };
  } finally {
    flosser.destroy();
  }
}

/** Times `calls` whole calls of lyapunovSpectra, one after the other as a peer's walks, buffers and loading included; kernels are compiled before. */
export async function timeSpectrum(device: GPUDevice, row: BenchRow, calls: number, options: BenchOptions): Promise<RoundTime> {
  const [models, inputs] = [networksOf(row), inputsOf(row)];
  let interval = 1;
  const start = performance.now();
  for (let call = 0; call < calls; call++) {
    const results = await lyapunovSpectra(device, models, inputs, { ...options, k: row.k });
    interval = Math.max(...results.map((result) => result.interval));
  }
  return { ms: (performance.now() - start) / calls, compileMs: 0, interval };
}

/** GPU time of one kind of kernel in one epoch. */
export interface StageTime extends PassTime {
  readonly name: string;
  /** 10⁹ operations and bytes per second; undefined for kernels whose work is not counted. */
  readonly gflops: number | undefined;
  readonly gbytes: number | undefined;
}

const RUNS = 5;

/** GPU time by kernel, from timestamps: medians of five epochs; empty where the adapter has none. */
export async function timeStages(device: GPUDevice, row: BenchRow, interval: number, options: BenchOptions): Promise<StageTime[]> {
  const sizes = walkSizesOf(row);
  const gradient = row.kind === "flossing";
  const draw = gradient ? { draw: { kind: "bernoulli", seed: 1 } as const } : {};
  const engine = await createEngine(device, sizes, { ...options, gradient, ...draw });
  try {
    loadRow(engine, row, interval);
    const runs = await profile(engine, gradient);
    const work: Partial<Record<string, Work>> = workOf(sizes, interval);
    return Object.keys(runs[0] ?? {}).map((name) => {
      const times = runs.map((run) => run[name]).sort((a, b) => a.ms - b.ms);
      const { ms, longest, passes } = times[Math.floor(times.length / 2)];
      const done = work[name];
      return { name, ms, longest, passes, gflops: done && done.flops / ms / 1e6, gbytes: done && done.bytes / ms / 1e6 };
    });
  } finally {
    engine.destroy();
  }
}

/** Puts the networks, inputs and schedule of a row into an engine. */
export function loadRow(engine: Engine, row: BenchRow, interval: number): void {
  const models = networksOf(row);
  const walk = trajectoriesOf(models[0], inputsOf(row), row.k);
  models.forEach((model, m) => {
    loadNetwork(engine, m, model);
    loadTrajectories(engine, m, walk.h0(m), walk.q0(m));
    loadInputs(engine, m, walk.x(0, m));
    loadTargets(engine, m, 0);
  });
  loadSchedule(
    engine,
    models.map(() => ({ interval, correction: 1 })),
  );
}

async function profile(engine: Engine, gradient: boolean): Promise<Record<string, PassTime>[]> {
  const { device } = engine;
  const plans = engine.slices.flatMap(({ forward, backward, update }) => (gradient ? [forward, backward, update] : [forward]));
  const timer = createTimer(
    device,
    plans.reduce((sum, plan) => sum + plan.steps.length, 0),
  );
  if (!timer) return [];
  const waiter = new Waiter(device);
  const runs: Record<string, PassTime>[] = [];
  for (let run = 0; run <= RUNS; run++) {
    const encoder = device.createCommandEncoder({ label: "bench" });
    engine.encodeEpoch(encoder, { update: gradient, timer });
    device.queue.submit([encoder.finish()]);
    await waiter.done();
    const times = await timer.read();
    if (run > 0) runs.push(times);
  }
  timer.destroy();
  return runs;
}
