import { adamStage, drawInputsStage, flossingLossStage } from "./flossing_stages";
import type { StageName } from "./specs";
import type { Stage, StageSizes } from "./stage";
import { trainAdjointStage, trainForwardStage, trainGradientStage } from "./train_stages";
import { drawTaskStage, trainUpdateStage } from "./train_update_stages";
import { walkAdjointStage, walkForwardStage, weightGradientStage } from "./walk_stages";

type Create = (device: GPUDevice, sizes: StageSizes) => Promise<Stage>;

/** Every kernel alone, with its float64 twin. */
export const stages = {
  walk_forward: walkForwardStage,
  walk_adjoint: walkAdjointStage,
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
