import { logCondition, longTermJacobians } from "../conditioning";
import { drawInputs, randomState } from "../initialise";
import type { Model } from "../model";
import { exactSingularValues } from "../reference/exact_singular_values";
import { stepJacobians } from "../reference/step_jacobians";
import { evaluateCondition } from "./condition_result";
import type { Work } from "./estimate";
import { type Experiment, type Plan, RECALLED, settingsOf, type Workplace } from "./experiment";
import { flossModels, MEASURED_EPOCH, measureSpectra, randomModels, type SpectraSettings } from "./flossed_spectra";

export interface ConditionSettings extends SpectraSettings {
  /** Numbers of flossed exponents. */
  readonly ks: readonly number[];
  /** Directions that κ is restricted to. */
  readonly ms: readonly number[];
  /** Steps t − τ of the long-term Jacobian. */
  readonly horizons: readonly number[];
  readonly sweeps: number;
  /** Of the arbitrary precision that the sweeps are checked with, on the first network. */
  readonly bits: number;
}

const base = { cell: "rnn", gain: 1, input: "bernoulli", warmup: 16, sweeps: 60, bits: 256 } as const;
const scales = {
  quick: {
    ...{ ...base, hidden: 24, networks: 6, steps: 100, epochs: 400, lr: 0.01, measuredSteps: 2000, measuredWarmup: 300 },
    ...{ ks: [1, 8, 18], ms: [2, 8, 18, 24], horizons: [2, 5, 10, 20, 40, 60, 80, 100] },
  },
  paper: {
    ...{ ...base, hidden: 80, networks: 5, steps: 500, epochs: 500, lr: 0.001, measuredSteps: 4000, measuredWarmup: 500 },
    ...{ ks: [1, 15, 40, 75], ms: [2, 15, 40, 75, 80], horizons: [5, 10, 20, 50, 100, 200, 300, 400, 500] },
  },
} satisfies Record<string, ConditionSettings>;

/** One state of the networks: before flossing, or after flossing k exponents. */
export interface Conditions {
  /** [networks][D] exponents on a long walk. */
  readonly exponents: readonly (readonly number[])[];
  /** [networks][horizons][D] logarithms of the singular values. */
  readonly logs: readonly (readonly (readonly number[])[])[];
  /** Largest change of a logarithm in the last sweep. */
  readonly change: number;
  /** [horizons][D] of the first network in arbitrary precision; null where its package is missing. */
  readonly exact: readonly (readonly number[])[] | null;
  /** Why it is. */
  readonly missing?: string;
}

export const conditionNumber: Experiment = {
  name: "2",
  title: "Fig. 2: condition number of the long-term Jacobian",
  claim:
    "The condition number grows exponentially with the horizon, as the exponents say; after flossing k exponents, restricted to the first m ≤ k directions it grows much slower, beyond them it does not.",
  source: `${RECALLED} g = 1, N = 80, 500 steps, 500 epochs and Bernoulli input are recalled; the choice of k and m is ours.`,
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
      evaluate: (results) => evaluateCondition(settings, results),
    };
  },
};

function workOf({ hidden, networks, steps, epochs, horizons, sweeps }: ConditionSettings, k: number): Work[] {
  const swept: Work = { kind: "sweeps", dimension: hidden, steps: networks * sweeps * horizons.reduce((sum, t) => sum + t, 0) };
  return k === 0 ? [swept] : [{ kind: "flossing", cell: "rnn", networks, hidden, steps, batch: 1, k, epochs }, swept];
}

async function run(settings: ConditionSettings, k: number, seed: number, place: Workplace): Promise<Conditions> {
  const { horizons, sweeps, networks } = settings;
  const random = randomModels(settings, seed);
  const models = k === 0 ? random : await flossModels(random, k, settings, seed, place);
  const exponents = await measureSpectra(models, settings, seed, place);
  const logs: number[][][] = [];
  let change = 0;
  for (const [network, model] of models.entries()) {
    const trajectory = trajectoryOf(model, network, settings, seed);
    const found = [];
    for (const horizon of horizons) {
      // The host is busy: signals are heard in between.
      await new Promise((resolve) => setTimeout(resolve));
      place.signal.throwIfAborted();
      const [one] = longTermJacobians(model, trajectory, { horizons: [horizon], sweeps: sweepsFor(horizon, sweeps) });
      found.push([...one.logs]);
      change = Math.max(change, one.change);
    }
    logs.push(found);
    place.progress(network + 1, networks);
  }
  return { exponents, logs, change, ...(await checkFirst(models[0], settings, seed)) };
}

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

async function checkFirst(model: Model, settings: ConditionSettings, seed: number): Promise<Pick<Conditions, "exact" | "missing">> {
  const { horizons, bits, hidden } = settings;
  const { x, h0, T } = trajectoryOf(model, 0, settings, seed);
  try {
    const exact = await exactSingularValues(stepJacobians(model, x, h0, T), hidden, { bits, horizons });
    return { exact: exact.map((row) => [...row]) };
  } catch (error) {
    return { exact: null, missing: (error as Error).message };
  }
}

/** log₁₀ κ^{(m)} of every horizon. */
export function decades(logs: readonly (readonly number[])[], m: number): number[] {
  return logs.map((row) => logCondition(row, m) / Math.LN10);
}
