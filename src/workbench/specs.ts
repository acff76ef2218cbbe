import { walkSizesOf } from "../bench/rows";
import { problemOf } from "../bench/training";
import type { Profile } from "../gpu/device";
import type { KernelSpec } from "../gpu/kernel";
import { adam } from "../kernels/adam";
import { drawInputsKernel } from "../kernels/draw_inputs";
import { drawTask } from "../kernels/draw_task";
import { flossingLoss } from "../kernels/flossing_loss";
import { stepKernel } from "../kernels/stepwise";
import { trainAdjoint } from "../kernels/train_adjoint";
import { trainForward } from "../kernels/train_forward";
import { trainGradient } from "../kernels/train_gradient";
import type { TrainSizes } from "../kernels/train_sizes";
import { trainUpdate } from "../kernels/train_update";
import { walkAdjoint } from "../kernels/walk_adjoint";
import { walkForward } from "../kernels/walk_forward";
import { weightGradient } from "../kernels/weight_gradient";
import type { Task } from "../tasks/index";
import type { StageSizes } from "./stage";

/** The task that training is timed with. */
function problem(given: StageSizes) {
  return problemOf({ ...given, delay: Math.max(1, Math.min(40, Math.floor(given.steps / 3))) });
}

export function copyTask(given: StageSizes): Task {
  return problem(given).task;
}

export function trainSizesOf(given: StageSizes): TrainSizes {
  return problem(given).sizes;
}

const specs = {
  walk_forward: (given, profile, wide) => walkForward(walkSizesOf(given), profile, wide),
  walk_adjoint: (given, profile, wide) => walkAdjoint(walkSizesOf(given), profile, wide),
  step_tangents: (given, profile, wide) => stepKernel("step_tangents", walkSizesOf(given), profile, wide),
  step_orthonormalise: (given, profile, wide) => stepKernel("step_orthonormalise", walkSizesOf(given), profile, wide),
  step_correct: (given, profile, wide) => stepKernel("step_correct", walkSizesOf(given), profile, wide),
  step_solve: (given, profile, wide) => stepKernel("step_solve", walkSizesOf(given), profile, wide),
  step_pull_back: (given, profile, wide) => stepKernel("step_pull_back", walkSizesOf(given), profile, wide),
  weight_gradient: (given, profile) => weightGradient(walkSizesOf(given), profile),
  flossing_loss: (given, profile) => flossingLoss(walkSizesOf(given), profile),
  adam: (given, profile) => adam(walkSizesOf(given), profile),
  draw_inputs: (given, profile) => drawInputsKernel(walkSizesOf(given), profile),
  draw_task: (given, profile) => drawTask(copyTask(given).shader ?? "delayed", profile),
  train_forward: (given, profile) => trainForward(trainSizesOf(given), profile),
  train_adjoint: (given, profile) => trainAdjoint(trainSizesOf(given), profile),
  train_gradient: (given, profile) => trainGradient(trainSizesOf(given), profile),
  train_update: (given, profile) => trainUpdate(trainSizesOf(given), profile),
} satisfies Record<string, (given: StageSizes, profile: Profile, wide: boolean) => KernelSpec>;

export type StageName = keyof typeof specs;
export const stageNames = Object.keys(specs) as StageName[];

/** The kernel as it is in use at these sizes. @param wide what the engine's schedule says of products */
export function specOf(name: StageName, given: StageSizes, profile: Profile, wide = false): KernelSpec {
  return specs[name](given, profile, wide);
}
