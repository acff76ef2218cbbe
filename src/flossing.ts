import { createEngine, type Engine, type EngineOptions } from "./engine";
import { InputError } from "./errors";
import { FlossingRun } from "./flossing_run";
import { type FlosserState, readNetworks, writeNetworks } from "./flossing_state";
import { download } from "./gpu/buffer";
import { adapterName, type Profile } from "./gpu/device";
import { type FlossInputs, trajectoriesOf } from "./inputs";
import { checkInterval, type IntervalOption } from "./interval";
import { ADAM_RATES } from "./kernels/adam";
import { unpackParameters } from "./kernels/pack";
import type { Steps } from "./kernels/schedule";
import { loadInputs, loadNetwork, loadTargets, loadTrajectories } from "./load";
import { checkModels, type Model, type ParameterName, parameterNames } from "./model";

export interface FlossOptions extends Partial<Omit<EngineOptions, "gradient" | "update" | "pause">> {
  /** Exponents to push to the target. */
  readonly k: number;
  /** Adam steps. */
  readonly epochs: number;
  /** Target of every exponent, or of each, in nats per step, or a function that gives it for a network; default 0. */
  readonly target?: number | readonly number[] | ((network: number) => number | readonly number[]) | undefined;
  /** Adam's learning rate, or one for each network; default 0.001. */
  readonly lr?: number | readonly number[] | undefined;
  /** Steps that align the tangent frame and are not counted; default 0. */
  readonly warmup?: number | undefined;
  /** Steps between orthonormalisations; default 'auto', from each network's own history. */
  readonly interval?: IntervalOption | undefined;
  /** Parameters that are trained; default all. */
  readonly train?: readonly ParameterName[] | undefined;
  /** Milliseconds of work submitted together, and so how often metrics come; default 250. No result depends on it. */
  readonly latency?: number | undefined;
  /** Ends the iteration after the epochs under way. */
  readonly signal?: AbortSignal | undefined;
}

/** The state of all networks before the update of this epoch; the last epoch has none. */
export interface FlossEpoch {
  readonly epoch: number;
  /** [M] mean over trajectories and i ≤ K of (λ_i − target_i)². */
  readonly loss: Float64Array;
  /** [M][B][K] nats per step. */
  readonly exponents: Float64Array[][];
  /** [M] steps between orthonormalisations. */
  readonly interval: readonly number[];
}

/** Networks being flossed: iterate for the epochs 0 … `epochs`. */
export interface FlossRun extends AsyncIterable<FlossEpoch> {
  /** The networks at the end of the iteration; runs the epochs that are left. */
  models(): Promise<Model[]>;
}

/** Networks being flossed, their memory in the caller's hands: iterate for the epochs 0 … `epochs`, then take the models. */
export interface Flosser extends AsyncIterable<FlossEpoch> {
  /** The epochs from where the run stands to before `end`; when they have come, `models` and `state` are of that very epoch. */
  run(end?: number): AsyncIterable<FlossEpoch>;
  /** The networks as they are now. */
  models(): Promise<Model[]>;
  /** Everything that a later run of equal options needs to go on bitwise; only where an iteration has come to its end. */
  state(): Promise<FlosserState>;
  /** Puts a state back, on this device or another. @throws InputError where it is of other networks */
  restore(state: FlosserState): void;
  readonly adapter: string;
  /** Form of the kernels, on which rounding depends. */
  readonly profile: Profile;
  /** Whether a dispatch advances a chunk of steps, or each stage of a step is one; no result depends on it. */
  readonly schedule: Steps;
  /** Milliseconds that compiling took, first dispatches included. */
  readonly compileMs: number;
  destroy(): void;
}

/**
 * Gradient flossing: Adam on the mean squared distance of the first k exponents from the target (Engelken 2023, section 3), for
 * all networks in one launch. Nothing happens before the first epoch is asked for; the GPU's memory is given back at the end,
 * also where the iteration is left early.
 * @example
 * const run = floss(device, [model], { x: { kind: "bernoulli" }, T: 200 }, { k: 16, epochs: 100 });
 * for await (const { epoch, loss } of run) console.log(epoch, loss[0]);
 * const [flossed] = await run.models();
 * @throws (while iterating) InputError, LimitError for what does not fit; NumericalError where a network diverges
 */
export function floss(device: GPUDevice, models: readonly Model[], inputs: FlossInputs, options: FlossOptions): FlossRun {
  let flossed: Promise<Model[]> | undefined;
  async function* iterate(): AsyncGenerator<FlossEpoch> {
    const flosser = await createFlosser(device, models, inputs, options);
    try {
      yield* flosser;
    } finally {
      flossed = flosser.models();
      // Where reading fails, `models` says so.
      await flossed.catch(() => {});
      flosser.destroy();
    }
  }
  const epochs = iterate();
  return {
    [Symbol.asyncIterator]: () => epochs,
    async models() {
      for await (const _ of epochs);
      if (!flossed) throw new InputError("floss: the run was left before its first epoch, there is no model");
      return flossed;
    },
  };
}

/** Prepares gradient flossing for iterating over its epochs; who calls this calls `destroy` in the end. See `floss`. */
export async function createFlosser(device: GPUDevice, models: readonly Model[], inputs: FlossInputs, options: FlossOptions): Promise<Flosser> {
  checkOptions(models, options);
  const { cell, hidden: N, inputs: S } = models[0];
  const { k: K, warmup = 0 } = options;
  const walk = trajectoriesOf(models[0], inputs, K);
  const { B, T } = walk;
  const engine = await createEngine(
    device,
    { cell, M: models.length, B, T, N, S, K, warmup },
    { ...options, gradient: true, ...(walk.draw && { draw: walk.draw }) },
  );
  try {
    models.forEach((model, m) => {
      loadNetwork(engine, m, model);
      loadTrajectories(engine, m, walk.h0(m), walk.q0(m));
      loadTargets(engine, m, typeof options.target === "function" ? options.target(m) : (options.target ?? 0));
    });
    for (let m = 0; m < models.length; m++) engine.rates.set(rates(options, m), m * ADAM_RATES);
  } catch (error) {
    engine.destroy();
    throw error;
  }
  const run = new FlossingRun(engine, walk, options);
  let next = 0;
  async function* epochs(end = options.epochs + 1): AsyncGenerator<FlossEpoch> {
    for await (const item of run.epochs(next, Math.min(end, options.epochs + 1))) {
      next = item.epoch + 1;
      yield item;
    }
  }
  return {
    [Symbol.asyncIterator]: () => epochs(),
    run: epochs,
    models: () => readModels(engine, models),
    state: async () => ({ epoch: next, networks: await readNetworks(engine, models[0], run.state()) }),
    restore(state) {
      writeNetworks(engine, models, state);
      for (let m = 0; m < models.length && walk.constant && !walk.draw; m++) loadInputs(engine, m, walk.x(0, m));
      run.restore(state.networks.map(({ schedule }) => schedule));
      next = state.epoch;
    },
    adapter: adapterName(device),
    profile: engine.profile,
    schedule: engine.schedule.steps,
    compileMs: engine.compileMs,
    destroy: () => run.destroy(),
  };
}

function checkOptions(models: readonly Model[], options: FlossOptions): void {
  checkModels(models);
  if (!Number.isInteger(options.epochs) || options.epochs < 0)
    throw new InputError(`epochs = ${options.epochs}: must be a whole number of at least 0`);
  const lr = typeof options.lr === "object" ? options.lr : [options.lr ?? 0.001];
  const bad = lr.find((rate) => !(rate > 0 && Number.isFinite(rate)));
  if (bad !== undefined) throw new InputError(`lr = ${bad}: must be a positive number`);
  if (typeof options.lr === "object" && lr.length !== models.length)
    throw new InputError(`lr has ${lr.length} values for ${models.length} networks: give one, or one for each network`);
  checkInterval(options.interval ?? "auto");
}

/** Learning rates of weight_hh, weight_ih, bias_ih, bias_hh. */
function rates({ lr = 0.001, train = parameterNames }: FlossOptions, network: number): number[] {
  const rate = typeof lr === "number" ? lr : lr[network];
  return (["weight_hh_l0", "weight_ih_l0", "bias_ih_l0", "bias_hh_l0"] as const).map((name) => (train.includes(name) ? rate : 0));
}

async function readModels(engine: Engine, models: readonly Model[]): Promise<Model[]> {
  const [data] = await download(engine.device, [{ source: engine.buffers.parameters }]);
  const each = engine.layout.parameters;
  return models.map((model, m) => ({ ...model, parameters: unpackParameters(new Float32Array(data, 4 * m * each, each), model, engine.layout) }));
}
