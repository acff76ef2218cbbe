import type { Profile } from "../gpu/device";
import type { KernelSpec } from "../gpu/kernel";
import { adam } from "../kernels/adam";
import { drawInputsKernel } from "../kernels/draw_inputs";
import { drawTask } from "../kernels/draw_task";
import { flossingLoss } from "../kernels/flossing_loss";
import type { Sizes } from "../kernels/sizes";
import { stepKernel } from "../kernels/stepwise";
import { trainAdjoint } from "../kernels/train_adjoint";
import { trainForward } from "../kernels/train_forward";
import { trainGradient } from "../kernels/train_gradient";
import type { TrainSizes } from "../kernels/train_sizes";
import { trainUpdate } from "../kernels/train_update";
import { walkAdjoint } from "../kernels/walk_adjoint";
import { walkForward } from "../kernels/walk_forward";
import { weightGradient } from "../kernels/weight_gradient";
import { createTask } from "../tasks/index";
import type { StageSizes } from "./stage";

/** One input, as the peers' networks have. */
export function walkSizesOf({ cell, networks: M, batch: B, steps: T, hidden: N, k: K }: StageSizes): Sizes {
  return { cell, M, B, T, N, S: 1, K, warmup: 0 };
}

/** The task that training is timed with: it copies bits. */
export function copyTask({ steps }: Pick<StageSizes, "steps">) {
  return createTask("copy", { steps, delay: Math.max(1, Math.min(40, Math.floor(steps / 3))), depth: 1, referenceLabels: false });
}

export function trainSizesOf(given: StageSizes): TrainSizes {
  const { cell, networks: M, batch: B, steps: T, hidden: N } = given;
  const { S, R, loss, scored } = copyTask(given);
  return { cell, M, B, T, N, S, R, loss, readout: "activation", scored };
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
