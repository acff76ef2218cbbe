// The float64 reference: plain loops that say what the kernels compute, one file a stage under the kernel's name.

export { type AdamOptions, type AdamState, adam, adamState } from "./adam";
export { activated, type ReferenceCell, referenceCells } from "./cells/index";
export { drawInputs } from "./draw_inputs";
export { drawTask } from "./draw_task";
export { type ExactOptions, exactSingularValues } from "./exact_singular_values";
export { type FlossingLoss, flossingLoss } from "./flossing_loss";
export type { Numbers } from "./matrix";
export { type Decomposition, gramSchmidt, timesInverseTransposed } from "./qr";
export { type ReferenceGradientResult, type ReferenceInputs, type ReferenceOptions, type ReferenceResult, referenceSpectrum } from "./spectrum";
export { stepJacobians, trajectorySteps } from "./step_jacobians";
export { type TrainAdjoint, trainAdjoint } from "./train_adjoint";
export { type ReferenceBatch, type ReferenceTrainModel, type TrainForward, trainForward } from "./train_forward";
export { type ReferenceTrainResult, trainGradient } from "./train_gradient";
export { type ReferenceTensor, type ReferenceUpdate, trainUpdate } from "./train_update";
export { restoreTriangle, type WalkAdjoint, walkAdjoint } from "./walk_adjoint";
export { orthonormalises, type ReferenceModel, type Schedule, type Walk, walkForward } from "./walk_forward";
export { addWeightGradient, type ParameterGradient, zeroGradient } from "./weight_gradient";
