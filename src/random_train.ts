import { cells } from "./cells/index";
import { type Initialisation, randomModel } from "./initialise";
import { checkTrainSizes, type TrainSizes } from "./kernels/train_sizes";
import { stream } from "./random";
import { activated, referenceCells } from "./reference/cells/index";
import { addProduct } from "./reference/matrix";
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
  readonly init?: Initialisation;
  readonly forgetBias?: number | undefined;
  readonly seeds: Pick<TrainSeeds, "network" | "state">;
}

/** Steps without input that relax the random initial states. */
const RELAXATION = 100;

/**
 * A network as the paper's code makes it (Julia code, paper.md section 1.2): readout N(0, 1), its bias 0.001, starts N(0, 1)
 * relaxed for 100 steps without input. Where the activation is read out, the readout is N(0, 1/N).
 * @throws InputError, LimitError where the sizes make no sense
 */
export function randomTrainModel({ sizes, gain, init = "gaussian", forgetBias = 0, seeds }: RandomTrainOptions): TrainModel {
  checkTrainSizes(sizes);
  const { cell, N, S, R, B, readout } = sizes;
  const model = randomModel({ cell, hidden: N, inputs: Math.max(S, 1), gain, init, forgetBias, seed: seeds.network });
  const parameters = S > 0 ? model.parameters : { ...model.parameters, weight_ih_l0: new Float32Array(0) };
  const scale = readout === "pre-activation" ? 1 : 1 / Math.sqrt(N);
  const weights = stream("readout", seeds.network).normals(R * N);
  const made = { ...model, inputs: S, parameters };
  const D = cells[cell].states * N;
  const start = new Float32Array(B * D);
  for (let b = 0; b < B; b++) start.set(relaxed(made, stream("state", seeds.state, 0, 0, b).normals(D), readout), b * D);
  return {
    ...made,
    readoutWeight: Float32Array.from(weights, (value) => scale * value),
    readoutBias: new Float32Array(R).fill(0.001),
    start,
  };
}

/** The state after the relaxation, or its pre-activation, in float64. Random states are [tanh of a normal; normals]. */
function relaxed(model: Pick<TrainModel, "cell" | "hidden" | "parameters">, first: Float64Array, readout: TrainSizes["readout"]): Float64Array {
  const { cell, hidden: N, parameters } = model;
  const { weight_hh_l0, bias_ih_l0, bias_hh_l0 } = parameters;
  const input = Float64Array.from(bias_ih_l0);
  let preactivation = first.subarray(0, N);
  let state: Float64Array = first.slice();
  state.set(cells[cell].closed ? activated(cell, preactivation) : preactivation.map(Math.tanh));
  for (let step = 0; step < RELAXATION; step++) {
    const recurrent = Float64Array.from(bias_hh_l0);
    addProduct(recurrent, weight_hh_l0, state, recurrent.length, N, 1);
    preactivation = recurrent.map((value, i) => value + input[i]);
    state = referenceCells[cell].forward({ N, recurrent, input, before: state });
  }
  return readout === "activation" ? state : preactivation;
}
