import { conditionNumber } from "./condition_number";
import { duringTraining } from "./during_training";
import { effectiveDimension } from "./effective_dimension";
import type { Experiment } from "./experiment";
import { exponentControl } from "./exponent_control";
import { exponentsNeeded } from "./exponents_needed";
import { gated } from "./gated";
import { gradientNorm } from "./gradient_norm";
import { orthogonal } from "./orthogonal";
import { realTasks } from "./real_tasks";
import { spectra } from "./spectra";

/** Every figure, in the paper's order, then what the appendix adds. */
export const experiments: readonly Experiment[] = [
  exponentControl,
  spectra,
  conditionNumber,
  realTasks,
  duringTraining,
  exponentsNeeded,
  orthogonal,
  gradientNorm,
  effectiveDimension,
  gated,
];
