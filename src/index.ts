// gradient-flossing: Lyapunov spectra of recurrent networks and gradient flossing in WebGPU. Takes a GPUDevice, imports
// no package, touches no Node API.
export type { BenchRow } from "./bench/rows";
export { type Cell, type CellName, cells } from "./cells/index";
export {
  type ConditionOptions,
  type LongTermJacobian,
  logCondition,
  longTermJacobians,
  type ProductSingularValues,
  productSingularValues,
  type SweepOptions,
} from "./conditioning";
export { type GpuSweepOptions, type SweepTrajectory, sweepLongTermJacobians } from "./conditioning_gpu";
export { type SplitHalf, standardErrors } from "./convergence";
export { entropySum, kaplanYorkeDimension } from "./dimension";
export { createEngine, type Engine, type EngineOptions, type Progress } from "./engine";
export { DeviceError, InputError, LimitError, NumericalError, type NumericalPosition } from "./errors";
export { type EvaluateOptions, type Evaluation, evaluateTask } from "./evaluate";
export { type ModelFile, type ModelFileOptions, parameterTensors, readModelFile, writeModelFile } from "./files/model_file";
export { floatTensor, readSafetensors, type Tensor, type TensorFile, writeSafetensors } from "./files/safetensors";
export { createFlosser, type FlossEpoch, type Flosser, type FlossOptions, type FlossRun, floss } from "./flossing";
export type { FlosserNetwork, FlosserState } from "./flossing_state";
export { adapterName, isSoftware, type Profile, profileFor, requestDevice } from "./gpu/device";
export { drawInputs, type InputKind, randomFrame, randomModel, randomState } from "./initialise";
export type { FlossInputs, InputDraw, SpectrumInputs } from "./inputs";
export type { IntervalOption } from "./interval";
export type { Shape } from "./kernels/shape";
export type { TrainSizes, TrainTensor } from "./kernels/train_sizes";
export { lyapunovSpectra, lyapunovSpectrum, type SpectrumOptions, type SpectrumResult } from "./lyapunov";
export { checkModel, type Model, type ParameterName, type Parameters, parameterNames, parameterShape } from "./model";
export { type RandomTrainOptions, randomTrainModel, type TrainSeeds } from "./random_train";
export { createTask, type Task, type TaskOptions, taskNames } from "./tasks/index";
export type { TrainModel } from "./train_model";
export { createTrainer, type Trainer, type TrainingEpoch, type TrainingEvent, type TrainingFloss, type TrainingPause } from "./training";
export type { Measurement } from "./training_measure";
export type { FlossingPlan, TrainingOptions } from "./training_options";
export type { NetworkState, TrainingPosition, TrainingState } from "./training_state";
export { sameKey, type TunedEntry, type TunedKey, type TunedSize, tunedKey, withEntry } from "./tuning/entry";
export type { Computed, Difference, SearchResult, Variant } from "./tuning/search";
export { type TuneOptions, type TuneResult, tune } from "./tuning/tune";
