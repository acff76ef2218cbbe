import { type CellName, cells } from "../cells/index";
import { drawInputs, type Initialisation, randomFrame, randomModel, randomState } from "../initialise";
import type { Model } from "../model";

/** A random network with random trajectories, ready for `referenceSpectrum`. */
export interface Problem {
  readonly model: Model;
  readonly inputs: { readonly x: Float32Array; readonly B: number; readonly T: number; readonly h0: Float32Array; readonly q0: Float32Array };
}

export interface ProblemOptions {
  readonly cell?: CellName;
  readonly N: number;
  readonly S?: number;
  readonly B?: number;
  readonly T: number;
  readonly K: number;
  readonly gain?: number;
  readonly init?: Initialisation;
  readonly seed?: number;
}

export function randomProblem({ cell = "rnn", N, S = 1, B = 1, T, K, gain = 1, init = "gaussian", seed = 1 }: ProblemOptions): Problem {
  const model = randomModel({ cell, hidden: N, inputs: S, gain, init, seed });
  const D = cells[cell].states * N;
  // Both biases, so that nothing can mistake one for the other.
  model.parameters.bias_hh_l0.set(randomState({ B: 1, D: cells[cell].gates * N, seed: seed + 1 }).map((value) => 0.1 * value));
  return { model, inputs: { x: drawInputs("gaussian", { B, T, S, seed }), B, T, h0: randomState({ B, D, seed }), q0: randomFrame(D, K, seed) } };
}
