import { cells } from "./cells/index";
import { randomModel } from "./initialise";
import type { TrainSizes } from "./kernels/train_sizes";
import { stream } from "./random";
import type { TrainModel } from "./train_model";

/** The seeds of one network of a training run. */
export interface TrainSeeds {
  readonly network: number;
  readonly state: number;
  readonly input: number;
  readonly frame: number;
}

export interface RandomTrainOptions {
  readonly sizes: TrainSizes;
  readonly gain: number;
  readonly init?: "gaussian" | "orthogonal";
  readonly seeds: Pick<TrainSeeds, "network" | "state">;
}

/** Steps without input that relax the random initial states. */
const RELAXATION = 100;

/**
 * A network as the paper's code makes it (Julia code, paper.md section 1.2): readout N(0, 1), its bias 0.001, starts N(0, 1)
 * relaxed for 100 steps without input. Where the activation is read out, the readout is N(0, 1/N).
 */
export function randomTrainModel({ sizes, gain, init = "gaussian", seeds }: RandomTrainOptions): TrainModel {
  const { cell, N, S, R, B, readout } = sizes;
  const model = randomModel({ cell, hidden: N, inputs: Math.max(S, 1), gain, init, seed: seeds.network });
  const parameters = S > 0 ? model.parameters : { ...model.parameters, weight_ih_l0: new Float32Array(0) };
  const scale = readout === "pre-activation" ? 1 : 1 / Math.sqrt(N);
  const weights = stream("readout", seeds.network).normals(R * N);
  const made = { ...model, inputs: S, parameters };
  const start = new Float32Array(B * cells[cell].states * N);
  for (let b = 0; b < B; b++) start.set(relaxed(made, stream("state", seeds.state, 0, 0, b).normals(N), readout), b * cells[cell].states * N);
  return {
    ...made,
    readoutWeight: Float32Array.from(weights, (value) => scale * value),
    readoutBias: new Float32Array(R).fill(0.001),
    start,
  };
}

/** Pre-activation or activation after the relaxation, in float64. */
function relaxed({ hidden: N, parameters }: Pick<TrainModel, "hidden" | "parameters">, first: Float64Array, readout: TrainSizes["readout"]) {
  const { weight_hh_l0: W, bias_ih_l0, bias_hh_l0 } = parameters;
  if (bias_ih_l0.length !== N) return readout === "activation" ? first.map(Math.tanh) : first;
  let x = first;
  for (let step = 0; step < RELAXATION; step++) {
    const h = x.map(Math.tanh);
    x = x.map((_, i) => {
      let sum = bias_ih_l0[i] + bias_hh_l0[i];
      for (let j = 0; j < N; j++) sum += W[i * N + j] * h[j];
      return sum;
    });
  }
  return readout === "activation" ? x.map(Math.tanh) : x;
}
