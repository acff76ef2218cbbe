// gradient-flossing/verify: the accuracy cases on any device.
export { type Case, caseNames, loadCase, type PyTorchError, pytorchErrors } from "./cases";
export { loadTrainCase, type TrainCase, trainCaseNames } from "./train_cases";
export { type VerifyRow, verifyAccuracy } from "./verify";
