import type { TrainSizes } from "../../src/kernels/train_sizes";
import type { TrainEngine, TrainEngineOptions } from "../../src/training_engine";
import * as engines from "../../src/workbench/train";
import { testDevice } from "./device";

export { afterPlans, randomTrainProblem, referenceOf, type TrainProblem, trainEpoch } from "../../src/workbench/train";

/** A training engine on the tests' device with one network a problem. The caller destroys it. */
export async function loadedTrainEngine(
  problems: readonly engines.TrainProblem[],
  sizes: TrainSizes,
  options: TrainEngineOptions = {},
): Promise<TrainEngine> {
  return engines.loadedTrainEngine(await testDevice(), problems, sizes, options);
}
