import { type BenchOptions, loadRow } from "../bench/measure";
import { type BenchRow, walkSizesOf } from "../bench/rows";
import { loadTraining, problemOf } from "../bench/training";
import { createEngine, type Engine } from "../engine";
import { download, type Part } from "../gpu/buffer";
import { checkDevice } from "../gpu/device";
import { Waiter } from "../gpu/wait";
import { pickShape, type Shape } from "../kernels/shape";
import { columnsOf, tileColumnsOf } from "../kernels/train_sizes";
import { createTrainEngine, type TrainEngine } from "../training_engine";
import type { Computed, Runner } from "./search";

type RunnerOptions = Pick<BenchOptions, "onProgress"> & Shape;

/**
 * A size with a shape, prepared: an epoch repeats the same work on the same data, Adam included with rates of zero.
 * @param interval steps between orthonormalisations
 * @throws InputError, LimitError, Error where the shape does not fit or does not compile
 */
export async function createRunner(device: GPUDevice, row: BenchRow, interval: number, options: RunnerOptions): Promise<Runner> {
  return row.kind === "training" ? trainRunner(device, row, options) : walkRunner(device, row, interval, options);
}

async function walkRunner(device: GPUDevice, row: BenchRow, interval: number, options: RunnerOptions): Promise<Runner> {
  const gradient = row.kind === "flossing";
  const engine = await createEngine(device, walkSizesOf(row), { ...options, gradient });
  loadRow(engine, row, interval);
  engine.setEpoch(0);
  const { profile, shape, schedule } = engine;
  const { chunk, groups, steps, slices } = schedule;
  return {
    uses: pickShape({ ...shape, profile, chunk, groups: groups === 1 ? 1 : 2, steps, together: Math.max(...slices) }),
    time: timing(device, (encoder) => engine.encodeEpoch(encoder, { update: gradient })),
    results: () => walkResults(engine, gradient),
    destroy: () => engine.destroy(),
  };
}

async function trainRunner(
  device: GPUDevice,
  row: BenchRow,
  { groups: _groups, panel: _panel, steps: _steps, ...options }: RunnerOptions,
): Promise<Runner> {
  const { task, sizes } = problemOf(row);
  const engine = await createTrainEngine(device, sizes, { ...options, task, clipKind: "global" });
  loadTraining(engine, 0);
  const { profile, shape, schedule } = engine;
  const lanes = profile === "cpu" ? { columns: columnsOf(sizes, shape), tile: tileColumnsOf(sizes, shape) } : {};
  const { workgroup, side } = shape;
  return {
    uses: pickShape({ profile, workgroup, side, chunk: schedule.chunk, together: Math.max(...schedule.slices), ...lanes }),
    time: timing(device, (encoder) => {
      engine.draw?.encode(encoder);
      for (const { forward, backward, update } of engine.slices) for (const plan of [forward, backward, update]) plan.encode(encoder);
    }),
    results: () => trainResults(engine),
    destroy: () => engine.destroy(),
  };
}

/** Submits epochs, then waits for them, asleep as far as is known how long they take. */
function timing(device: GPUDevice, encode: (encoder: GPUCommandEncoder) => void): Runner["time"] {
  const waiter = new Waiter(device);
  return async (epochs) => {
    const start = performance.now();
    for (let i = 0; i < epochs; i++) {
      const encoder = device.createCommandEncoder({ label: "tune" });
      encode(encoder);
      device.queue.submit([encoder.finish()]);
    }
    await waiter.done(epochs);
    checkDevice(device);
    return (performance.now() - start) / epochs;
  };
}

async function walkResults(engine: Engine, gradient: boolean): Promise<Computed> {
  const { device, buffers, sizes, layout } = engine;
  const encoder = device.createCommandEncoder({ label: "tune" });
  engine.encodeEpoch(encoder, { update: gradient });
  device.queue.submit([encoder.finish()]);
  const parts: Part[] = [{ source: buffers.exponents }, { source: buffers.summary }, ...(gradient ? [{ source: buffers.gradient }] : [])];
  const [exponents, summary, gradients = new ArrayBuffer(0)] = await download(device, parts);
  checkDevice(device);
  const { K, M, B } = sizes;
  const padded = new Float32Array(exponents);
  return {
    exponents: Float32Array.from({ length: M * B * K }, (_, i) => padded[Math.floor(i / K) * layout.KP + (i % K)]),
    loss: Float32Array.from({ length: M }, (_, m) => new Float32Array(summary)[2 * m]),
    gradient: new Float32Array(gradients).subarray(0, gradient ? buffers.gradient.length : 0),
  };
}

async function trainResults(engine: TrainEngine): Promise<Computed> {
  const { device, buffers, sizes, layout } = engine;
  const encoder = device.createCommandEncoder({ label: "tune" });
  engine.draw?.encode(encoder);
  for (const { forward, backward, update } of engine.slices) for (const plan of [forward, backward, update]) plan.encode(encoder);
  device.queue.submit([encoder.finish()]);
  const [data] = await download(device, [{ source: buffers.gradient }]);
  checkDevice(device);
  const gradient = new Float32Array(data).subarray(0, buffers.gradient.length);
  // The loss of a network stands behind its gradient.
  return {
    exponents: new Float32Array(),
    loss: Float32Array.from({ length: sizes.M }, (_, m) => gradient[m * layout.gradient + layout.parameters]),
    gradient: gradient.filter((_, i) => i % layout.gradient < layout.parameters),
  };
}
