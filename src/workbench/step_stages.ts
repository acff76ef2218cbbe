import { dispatchesOf } from "../gpu/plan";
import type { StepStage } from "../kernels/stepwise";
import { run } from "./engine";
import { specOf } from "./specs";
import { fillNaN, type Stage, type StageSizes } from "./stage";
import { base, gradientPairs, loadWalks } from "./walk_stages";

// The stages of a step take turns: each is compared by what the whole walk gives with it, and timed alone.

/** A stage of the walk backwards; weight_gradient follows it, and shows an error of any. */
export async function stepBackwardStage(name: StepStage, device: GPUDevice, sizes: StageSizes): Promise<Stage> {
  const walks = await loadWalks(device, sizes, { steps: "stepwise" });
  const { engine } = walks;
  const { gradient, rows } = engine.buffers;
  run(engine, engine.slices[0].forward);
  return {
    ...base(walks, specOf(name, sizes, engine.profile, engine.schedule.wide), { gradient, rows }),
    around: dispatchesOf(engine.slices[0].backward),
    reset() {
      fillNaN([gradient]);
      rows.write(new Float32Array(rows.length));
    },
    compare: (out) => gradientPairs(walks, out.gradient),
  };
}
