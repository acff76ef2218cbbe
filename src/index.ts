// gradient-flossing: Lyapunov spectra of recurrent networks and gradient flossing in WebGPU. Takes a GPUDevice, imports
// no package, touches no Node API.
export { type Cell, type CellName, cells } from "./cells/index";
export { createEngine, type Engine, type EngineOptions } from "./engine";
export { DeviceError, InputError, LimitError, NumericalError, type NumericalPosition } from "./errors";
export { createFlosser, type FlossEpoch, type Flosser, type FlossOptions } from "./flossing";
export { adapterName, isSoftware, type Profile, profileFor, requestDevice } from "./gpu/device";
export { drawInputs, randomFrame, randomModel, randomState } from "./initialise";
export type { IntervalOption } from "./interval";
export { lyapunovSpectrum, type SpectrumInputs, type SpectrumOptions, type SpectrumResult } from "./lyapunov";
export { checkModel, type Model, type ParameterName, type Parameters, parameterNames, parameterShape } from "./model";
