import { drawInputs, randomFrame, randomModel, randomState } from "../../src/initialise";
import type { Model } from "../../src/model";

/** A random vanilla network with random trajectories, ready for `referenceSpectrum`. */
export interface Problem {
  readonly model: Model;
  readonly inputs: { readonly x: Float32Array; readonly B: number; readonly T: number; readonly h0: Float32Array; readonly q0: Float32Array };
}

export interface ProblemOptions {
  readonly N: number;
  readonly S?: number;
  readonly B?: number;
  readonly T: number;
  readonly K: number;
  readonly gain?: number;
  readonly seed?: number;
}

export function randomProblem({ N, S = 1, B = 1, T, K, gain = 1, seed = 1 }: ProblemOptions): Problem {
  const model = randomModel({ hidden: N, inputs: S, gain, seed });
  // Both biases, so that nothing can mistake one for the other.
  model.parameters.bias_hh_l0.set(randomState({ B: 1, D: N, seed: seed + 1 }).map((value) => 0.1 * value));
  return { model, inputs: { x: drawInputs("gaussian", { B, T, S, seed }), B, T, h0: randomState({ B, D: N, seed }), q0: randomFrame(N, K, seed) } };
}
