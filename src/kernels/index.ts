import type { KernelSpec } from "../gpu/kernel";
import { adam } from "./adam";
import { drawInputsKernel } from "./draw_inputs";
import { drawTask } from "./draw_task";
import { flossingLoss } from "./flossing_loss";
import type { Shaped } from "./shape";
import type { Sizes } from "./sizes";
import { stepKernel, stepStages } from "./stepwise";
import { trainAdjoint } from "./train_adjoint";
import { trainForward } from "./train_forward";
import { trainGradient } from "./train_gradient";
import type { TrainSizes } from "./train_sizes";
import { trainUpdate } from "./train_update";
import { walkAdjoint } from "./walk_adjoint";
import { walkForward } from "./walk_forward";
import { weightGradient } from "./weight_gradient";

/** The specs of all kernels, for tests of the house rules. */
export function kernelSpecs(sizes: Sizes, shape: Shaped): readonly KernelSpec[] {
  const train: TrainSizes = { ...sizes, R: 1, loss: "bce", readout: "activation", scored: 0 };
  return [
    walkForward(sizes, shape),
    walkAdjoint(sizes, shape),
    ...stepStages.map((stage) => stepKernel(stage, sizes, shape)),
    weightGradient(sizes, shape),
    flossingLoss(sizes, shape),
    adam(sizes, shape),
    drawInputsKernel(sizes, shape),
    trainForward(train, shape),
    trainAdjoint(train, shape),
    trainGradient(train, shape),
    trainUpdate(train, shape),
    drawTask("delayed", shape),
  ];
}
