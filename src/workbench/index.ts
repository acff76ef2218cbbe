import { adamStage, drawInputsStage, flossingLossStage } from "./flossing_stages";
import type { StageName } from "./specs";
import type { Stage, StageSizes } from "./stage";
import { stepBackwardStage } from "./step_stages";
import { trainAdjointStage, trainForwardStage, trainGradientStage } from "./train_stages";
import { drawTaskStage, trainUpdateStage } from "./train_update_stages";
import { forwardStage, walkAdjointStage, weightGradientStage } from "./walk_stages";

type Create = (device: GPUDevice, sizes: StageSizes) => Promise<Stage>;

/** Every kernel alone, with its float64 twin. */
export const stages = {
  walk_forward: (device, sizes) => forwardStage("walk_forward", device, sizes),
  walk_adjoint: walkAdjointStage,
  step_tangents: (device, sizes) => forwardStage("step_tangents", device, sizes, { steps: "stepwise" }),
  step_orthonormalise: (device, sizes) => forwardStage("step_orthonormalise", device, sizes, { steps: "stepwise" }),
  step_correct: (device, sizes) => stepBackwardStage("step_correct", device, sizes),
  step_solve: (device, sizes) => stepBackwardStage("step_solve", device, sizes),
  step_pull_back: (device, sizes) => stepBackwardStage("step_pull_back", device, sizes),
  weight_gradient: weightGradientStage,
  flossing_loss: flossingLossStage,
  adam: adamStage,
  draw_inputs: drawInputsStage,
  draw_task: drawTaskStage,
  train_forward: trainForwardStage,
  train_adjoint: trainAdjointStage,
  train_gradient: trainGradientStage,
  train_update: trainUpdateStage,
} satisfies Record<StageName, Create>;
