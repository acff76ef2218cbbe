import { longTermJacobians } from "../conditioning";
import { sweepLongTermJacobians } from "../conditioning_gpu";
import { drawInputs, randomState } from "../initialise";
import type { Model } from "../model";
import { exactSingularValues } from "../reference/exact_singular_values";
import { stepJacobians } from "../reference/step_jacobians";
import { type Check, type ConditionSettings, type Conditions, evaluateCondition } from "./condition_result";
import type { Work } from "./estimate";
import { type Experiment, type Plan, RECALLED, settingsOf, type Workplace } from "./experiment";
import { flossModels, MEASURED_EPOCH, measureSpectra, randomModels } from "./flossed_spectra";

const base = { cell: "rnn", gain: 1, input: "bernoulli", warmup: 16, sweeps: 60, bits: 256 } as const;
const scales = {
  quick: {
    ...{ ...base, hidden: 24, networks: 6, steps: 100, epochs: 800, lr: 0.003, measuredSteps: 2000, measuredWarmup: 300 },
    ...{ ks: [1, 12, 18], ms: [2, 12, 18, 24], horizons: [2, 5, 10, 20, 40, 60, 80, 100], gpu: false },
  },
  paper: {
    ...{ ...base, hidden: 80, networks: 5, steps: 500, epochs: 500, lr: 0.001, measuredSteps: 4000, measuredWarmup: 500 },
    ...{ ks: [1, 15, 40, 75], ms: [2, 15, 40, 75, 80], horizons: [5, 10, 20, 50, 100, 200, 350, 500], gpu: true },
  },
} satisfies Record<string, ConditionSettings>;

export const conditionNumber: Experiment = {
  name: "2",
  title: "Fig. 2: condition number of the long-term Jacobian",
  claim:
    "The condition number grows exponentially with the horizon, as the exponents say; after flossing k exponents, restricted to the first m ≤ k directions it grows much slower, beyond them it does not.",
  source: `${RECALLED} g = 1, N = 80, 500 steps, 500 epochs and Bernoulli input are recalled; the choice of k and m is ours. A tenth is our limit: with 400 to 1200 epochs and rates of 0.003 and 0.01 at quick scale, and 500 epochs at 0.001 at paper scale, the median slope falls to between 0.06 and 0.22 of what it was, more for larger k, and single networks stay above a tenth.`,
  plan(options): Plan {
    const settings = settingsOf<ConditionSettings>("2", scales, options);
    const states = [0, ...settings.ks];
    return {
      settings: { ...settings },
      parts: states.map((k) => ({
        kind: "compute",
        key: k === 0 ? "before" : `k-${k}`,
        label: k === 0 ? "before flossing" : `k = ${k}`,
        work: workOf(settings, k),
        run: (place) => run(settings, k, options.seed, place),
      })),
      evaluate: (results) => evaluateCondition(conditionNumber.title, settings, results),
    };
  },
};

/** Sweeps that a long product takes until its logarithms stand, as a share of the most that are made. */
const TYPICAL = 0.5;

function workOf(settings: ConditionSettings, k: number): Work[] {
  const { hidden, networks, steps, epochs, horizons, sweeps, gpu } = settings;
  const size = { cell: "rnn", networks, hidden, batch: 1 } as const;
  const total = horizons.reduce((sum, t) => sum + t, 0);
  const longest = Math.max(...horizons);
  const passes = TYPICAL * sweeps * total;
  const onHost = gpu ? (isChecked(k, settings) ? 1 : 0) : networks + Number(isChecked(k, settings));
  return [
    ...(k === 0 ? [] : [{ kind: "flossing", ...size, steps, k, epochs } as const]),
    ...(gpu ? [{ kind: "spectrum", ...size, steps: longest, k: hidden, epochs: passes / longest } as const] : []),
    ...(onHost > 0 ? [{ kind: "sweeps", dimension: hidden, steps: onHost * passes } as const] : []),
  ];
}

/** Arbitrary precision is slow: the networks are checked before flossing and after flossing most. */
function isChecked(k: number, { ks }: ConditionSettings): boolean {
  return k === 0 || k === Math.max(...ks);
}

async function run(settings: ConditionSettings, k: number, seed: number, place: Workplace): Promise<Conditions> {
  const random = randomModels(settings, seed);
  const models = k === 0 ? random : await flossModels(random, k, settings, seed, place);
  const exponents = await measureSpectra(models, settings, seed, place);
  const { logs, change } = settings.gpu ? await sweepGpu(models, settings, seed, place) : await sweepHost(models, settings, seed, place);
  return { exponents, logs, change, ...(isChecked(k, settings) && { check: await checkFirst(models[0], settings, seed, place) }) };
}

type Swept = Pick<Conditions, "logs" | "change">;

/** Singular values of every network and horizon in float64. */
async function sweepHost(models: readonly Model[], settings: ConditionSettings, seed: number, place: Workplace): Promise<Swept> {
  const { horizons, sweeps } = settings;
  const logs: number[][][] = [];
  let change = 0;
  for (const [network, model] of models.entries()) {
    const trajectory = trajectoryOf(model, network, settings, seed);
    const found = [];
    for (const [i, horizon] of horizons.entries()) {
      place.progress(network * horizons.length + i, models.length * horizons.length);
      // The host is busy: signals are heard in between.
      await new Promise((resolve) => setTimeout(resolve));
      place.signal.throwIfAborted();
      const [one] = longTermJacobians(model, trajectory, { horizons: [horizon], sweeps: sweepsFor(horizon, sweeps), tolerance: TOLERANCE });
      found.push([...one.logs]);
      change = Math.max(change, one.change);
    }
    logs.push(found);
  }
  return { logs, change };
}

/** The same on the GPU in float32, all networks together. */
async function sweepGpu(models: readonly Model[], settings: ConditionSettings, seed: number, place: Workplace): Promise<Swept> {
  const { horizons, sweeps } = settings;
  const { device, signal, profile, progress } = place;
  const trajectories = models.map((model, network) => trajectoryOf(model, network, settings, seed));
  const logs: number[][][] = models.map(() => []);
  let change = 0;
  for (const [i, horizon] of horizons.entries()) {
    progress(i, horizons.length);
    const options = { sweeps: sweepsFor(horizon, sweeps), tolerance: TOLERANCE_GPU, signal, profile };
    for (const [m, one] of (await sweepLongTermJacobians(device, models, (m) => cut(trajectories[m], horizon), horizon, options)).entries()) {
      logs[m].push([...one.logs]);
      change = Math.max(change, one.change);
    }
  }
  return { logs, change };
}

function cut({ x, h0 }: ReturnType<typeof trajectoryOf>, steps: number) {
  return { x: x.subarray(0, steps), h0 };
}

/** Changes of a logarithm at which sweeps end: far below what a picture shows, and what float32 can reach. */
const TOLERANCE = 1e-4;
const TOLERANCE_GPU = 5e-3;

/** Singular values of short products lie close together: they need more sweeps, which cost little. */
function sweepsFor(horizon: number, sweeps: number): number {
  return Math.max(sweeps, Math.ceil(4000 / horizon));
}

/** A fresh trajectory, its state taken after a transient. */
function trajectoryOf(model: Model, network: number, { horizons, measuredWarmup, input, hidden }: ConditionSettings, seed: number) {
  const T = Math.max(...horizons);
  const x = drawInputs(input, { B: 1, T: measuredWarmup + T, S: 1, seed, network, epoch: MEASURED_EPOCH });
  const start = randomState({ B: 1, D: hidden, seed, network });
  return { x: x.subarray(measuredWarmup), h0: stateAfter(model, x, start, measuredWarmup), T };
}

/** The state [N] after so many steps, in float64. */
function stateAfter({ hidden: N, parameters }: Model, x: Float32Array, start: Float32Array, steps: number): Float64Array {
  const { weight_hh_l0: W, weight_ih_l0: U, bias_ih_l0, bias_hh_l0 } = parameters;
  let h = Float64Array.from(start);
  for (let t = 0; t < steps; t++) {
    h = h.map((_, i) => {
      let sum = bias_ih_l0[i] + bias_hh_l0[i] + U[i] * x[t];
      for (let j = 0; j < N; j++) sum += W[i * N + j] * h[j];
      return Math.tanh(sum);
    });
  }
  return h;
}

/** The first network by sweeps in float64 and in arbitrary precision. */
async function checkFirst(model: Model, settings: ConditionSettings, seed: number, place: Workplace): Promise<Check> {
  const { horizons, bits, hidden } = settings;
  const { logs } = await sweepHost([model], settings, seed, place);
  const { x, h0, T } = trajectoryOf(model, 0, settings, seed);
  try {
    const exact = await exactSingularValues(stepJacobians(model, x, h0, T), hidden, { bits, horizons, onFactor: place.progress });
    return { host: logs[0], exact: exact.map((row) => [...row]) };
  } catch (error) {
    return { host: logs[0], exact: null, missing: (error as Error).message };
  }
}
