import { cells } from "./cells/index";
import type { ProductSingularValues, SweepOptions } from "./conditioning";
import { createEngine, type Engine } from "./engine";
import { InputError, NumericalError } from "./errors";
import { download } from "./gpu/buffer";
import type { Profile } from "./gpu/device";
import { decodeStatus } from "./gpu/status";
import { loadInputs, loadNetwork, loadSchedule, loadTrajectories, resetStatus } from "./load";
import { checkModels, type Model } from "./model";
import { addProduct } from "./reference/matrix";
import { gramSchmidt } from "./reference/qr";
import { trajectorySteps } from "./reference/step_jacobians";
import { runPlan } from "./spectrum_walk";

/** One trajectory of a network. */
export interface SweepTrajectory {
  /** [T, S] or null for no input. */
  readonly x: Float32Array | null;
  /** [N] */
  readonly h0: Float32Array | Float64Array;
}

export interface GpuSweepOptions extends SweepOptions {
  readonly profile?: Profile | undefined;
  readonly signal?: AbortSignal | undefined;
  /** Told after each sweep, with the change of the network that has the largest. */
  readonly onSweep?: ((sweeps: number, change: number) => void) | undefined;
}

/**
 * Logarithms of the singular values of the long-term Jacobians T_t = D_t … D_1 of several networks together, by QR sweeps on the
 * GPU in float32: forward along the trajectory, and backward along that of the transposed network, whose inputs are chosen so that it
 * passes through the same derivatives in reverse. `productSingularValues` does the same in float64, for every cell.
 * @param trajectory of each network
 * @returns one a network; about four digits of each logarithm's rate
 * @throws InputError for cells other than the vanilla ones; NumericalError where a walk leaves the finite numbers
 */
export async function sweepLongTermJacobians(
  device: GPUDevice,
  models: readonly Model[],
  trajectory: (network: number) => SweepTrajectory,
  T: number,
  options: GpuSweepOptions = {},
): Promise<ProductSingularValues[]> {
  checkModels(models);
  const [{ cell, hidden: N, inputs: S }] = models;
  if (!cells[cell].closed) throw new InputError(`sweeps on the GPU are for vanilla cells, not for ${cells[cell].title}: use longTermJacobians`);
  if (!Number.isInteger(T) || T < 2) throw new InputError(`T = ${T}: sweeps on the GPU need at least 2 steps`);
  const walks = models.map((model, m) => reversible(model, trajectory(m), T));
  const sizes = { cell, M: models.length, B: 1, N, K: N, warmup: 0 };
  const engines: Engine[] = [];
  try {
    for (const walk of [
      { ...sizes, T, S },
      { ...sizes, T: T - 1, S: N },
    ])
      engines.push(await createEngine(device, walk, { gradient: false, ...(options.profile && { profile: options.profile }) }));
    const [forward, backward] = engines;
    for (const [m, { there, back }] of walks.entries()) {
      load(forward, m, there);
      load(backward, m, back);
    }
    return await alternate(forward, backward, walks, options);
  } finally {
    for (const engine of engines) engine.destroy();
  }
}

interface Walk {
  readonly model: Model;
  readonly x: Float32Array | null;
  readonly h0: Float32Array;
}

interface Reversible {
  readonly there: Walk;
  readonly back: Walk;
  /** [N] derivative of the last step's activation. */
  readonly last: Float64Array;
}

/** The walk and that of the transposed network: with D_t = diag(d_t) W, T_tᵀ = Wᵀ (d_1 Wᵀ) … (d_{t−1} Wᵀ) d_t. */
function reversible(model: Model, { x, h0 }: SweepTrajectory, T: number): Reversible {
  const { hidden: N, parameters } = model;
  const transposed = new Float32Array(N * N);
  for (let i = 0; i < N; i++) for (let j = 0; j < N; j++) transposed[j * N + i] = parameters.weight_hh_l0[i * N + j];
  const steps = trajectorySteps(model, x, h0, T);
  const identity = new Float32Array(N * N);
  for (let i = 0; i < N; i++) identity[i * N + i] = 1;
  const inputs = new Float32Array((T - 1) * N);
  let state = new Float64Array(N);
  for (let t = T - 1; t >= 1; t--) {
    const { step, after } = steps[t - 1];
    const recurrent = new Float64Array(N);
    addProduct(recurrent, transposed, state, N, N, 1);
    for (let i = 0; i < N; i++) inputs[(T - 1 - t) * N + i] = step.recurrent[i] + step.input[i] - recurrent[i];
    state = Float64Array.from(after);
  }
  const none = new Float32Array(N);
  const back: Model = {
    ...model,
    inputs: N,
    parameters: { weight_ih_l0: identity, weight_hh_l0: transposed, bias_ih_l0: none, bias_hh_l0: none },
  };
  return { there: { model, x, h0: Float32Array.from(h0) }, back: { model: back, x: inputs, h0: none }, last: derivative(model, steps[T - 1]) };
}

/** diag(d_t) by its definition: D_t = diag(d_t) W. */
function derivative({ cell }: Model, { after }: { readonly after: Float64Array }): Float64Array {
  if (cell === "rnn_identity") return after.map(() => 1);
  return after.map((h) => (cell === "rnn_relu" ? Number(h > 0) : 1 - h * h));
}

function load(engine: Engine, network: number, { model, x }: Walk): void {
  loadNetwork(engine, network, model);
  loadInputs(engine, network, x);
}

/** Logarithms of a sweep and the frame at its end. */
interface Swept {
  readonly logs: Float64Array;
  /** [N, N] row-major. */
  readonly frame: Float64Array;
}

async function alternate(
  forward: Engine,
  backward: Engine,
  walks: readonly Reversible[],
  options: GpuSweepOptions,
): Promise<ProductSingularValues[]> {
  const { sweeps: most = 60, tolerance = 1e-3, onSweep } = options;
  const N = forward.sizes.N;
  let frames = walks.map(() => Float64Array.from({ length: N * N }, (_, at) => Number(at % (N + 1) === 0)));
  let logs = walks.map(() => new Float64Array(N));
  let changes = walks.map(() => Number.POSITIVE_INFINITY);
  let sweeps = 0;
  while (sweeps < most && Math.max(...changes) > tolerance) {
    const found = sweeps % 2 === 0 ? await there(forward, walks, frames, options) : await back(backward, walks, frames, options);
    // The first sweep has nothing to be compared with.
    if (sweeps > 0) changes = found.map((each, m) => each.logs.reduce((most, value, i) => Math.max(most, Math.abs(value - logs[m][i])), 0));
    logs = found.map((each) => Float64Array.from(each.logs));
    frames = found.map(({ frame }) => Float64Array.from(frame));
    sweeps++;
    onSweep?.(sweeps, Math.max(...changes));
  }
  return logs.map((each, m) => ({ logs: each.sort((a, b) => b - a), sweeps, change: changes[m] }));
}

function there(engine: Engine, walks: readonly Reversible[], frames: readonly Float64Array[], options: GpuSweepOptions): Promise<Swept[]> {
  return walk(
    engine,
    walks.map(({ there }) => there.h0),
    frames,
    options,
  );
}

/** d_t and its QR on the host, the walk, then Wᵀ and its QR. */
async function back(engine: Engine, walks: readonly Reversible[], frames: readonly Float64Array[], options: GpuSweepOptions): Promise<Swept[]> {
  const { N } = engine.sizes;
  const first = walks.map(({ last }, m) =>
    gramSchmidt(
      frames[m].map((value, at) => last[Math.floor(at / N)] * value),
      N,
      N,
    ),
  );
  const between = await walk(
    engine,
    walks.map(({ back }) => back.h0),
    first.map(({ q }) => q),
    options,
  );
  return between.map(({ logs, frame }, m) => {
    const product = new Float64Array(N * N);
    addProduct(product, walks[m].back.model.parameters.weight_hh_l0, frame, N, N, N);
    const { q, r } = gramSchmidt(product, N, N);
    return { frame: q, logs: logs.map((value, i) => value + Math.log(first[m].r[i * (N + 1)]) + Math.log(r[i * (N + 1)])) };
  });
}

/** Walks all networks once, each step orthonormalised. */
async function walk(engine: Engine, states: readonly Float32Array[], frames: readonly Float64Array[], { signal }: GpuSweepOptions): Promise<Swept[]> {
  const { device, sizes, layout, schedule, buffers } = engine;
  const { N, T } = sizes;
  for (const [m, frame] of frames.entries()) loadTrajectories(engine, m, states[m], Float32Array.from(frame));
  resetStatus(engine);
  loadSchedule(
    engine,
    frames.map(() => ({ interval: 1, correction: 1 })),
  );
  const ends: Float64Array[] = [];
  for (const slice of engine.slices) {
    const encoder = device.createCommandEncoder({ label: "sweep" });
    slice.begin(encoder);
    device.queue.submit([encoder.finish()]);
    await runPlan(engine, slice.forward, { signal, interval: 1 }, () => {});
    const at = (here: number) => (here * schedule.slots + (T % schedule.slots)) * layout.KP * layout.D;
    const parts = Array.from({ length: slice.networks }, (_, here) => ({ source: buffers.tangents, at: at(here), length: layout.KP * layout.D }));
    for (const part of await download(device, parts)) {
      const tangents = new Float32Array(part);
      ends.push(Float64Array.from({ length: N * N }, (_, i) => tangents[(i % N) * layout.D + Math.floor(i / N)]));
    }
  }
  const [words, sums] = await download(device, [{ source: buffers.status }, { source: buffers.blockSums }]);
  const failure = decodeStatus(new Uint32Array(words), 1);
  if (failure) throw new NumericalError(failure.message, failure.position);
  const blocks = new Float32Array(sums);
  return ends.map((frame, m) => {
    const logs = new Float64Array(N);
    for (let block = 0; block < layout.blocks; block++) for (let k = 0; k < N; k++) logs[k] += blocks[(m * layout.blocks + block) * layout.KP + k];
    return { frame, logs };
  });
}
