import { dispatchesOf } from "../gpu/plan";
import type { StepStage } from "../kernels/stepwise";
import { loadTrajectories } from "../load";
import { run } from "./engine";
import { specOf } from "./specs";
import { fillNaN, type Stage, type StageSizes } from "./stage";
import { base, forwardPairs, gradientPairs, loadWalks } from "./walk_stages";

// The stages of a step take turns: each is compared by what the whole walk gives with it, and timed alone.

/** A stage of the walk forward. */
export async function stepForwardStage(name: StepStage, device: GPUDevice, sizes: StageSizes): Promise<Stage> {
  const walks = await loadWalks(device, sizes, { steps: "stepwise" });
  const { engine, problems } = walks;
  const { records, tangents, triangles, logR } = engine.buffers;
  const outputs = { records, tangents, triangles, logR };
  return {
    ...base(walks, specOf(name, sizes, engine.profile, engine.schedule.wide), outputs, 1e-2),
    around: dispatchesOf(engine.slices[0].forward),
    reset() {
      fillNaN(Object.values(outputs));
      problems.forEach(({ inputs }, m) => {
        loadTrajectories(engine, m, inputs.h0, inputs.q0);
      });
    },
    compare: (out) => forwardPairs(walks, out as Record<keyof typeof outputs, Float32Array>),
  };
}

/** A stage of the walk backwards; weight_gradient follows it, and shows an error of any. */
export async function stepBackwardStage(name: StepStage, device: GPUDevice, sizes: StageSizes): Promise<Stage> {
  const walks = await loadWalks(device, sizes, { steps: "stepwise" });
  const { engine } = walks;
  const { gradient, rows } = engine.buffers;
  run(engine, engine.slices[0].forward);
  return {
    ...base(walks, specOf(name, sizes, engine.profile, engine.schedule.wide), { gradient, rows }, 1e-2),
    around: dispatchesOf(engine.slices[0].backward),
    reset() {
      fillNaN([gradient]);
      rows.write(new Float32Array(rows.length));
    },
    compare: (out) => gradientPairs(walks, out.gradient),
  };
}
