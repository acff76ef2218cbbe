import type { Profile } from "../gpu/device";
import type { KernelSpec } from "../gpu/kernel";
import { adam } from "./adam";
import { drawInputsKernel } from "./draw_inputs";
import { flossingLoss } from "./flossing_loss";
import type { Sizes } from "./sizes";
import { walkAdjoint } from "./walk_adjoint";
import { walkForward } from "./walk_forward";
import { weightGradient } from "./weight_gradient";

/** The specs of all kernels, for tests of the house rules. */
export function kernelSpecs(sizes: Sizes, profile: Profile): readonly KernelSpec[] {
  return [
    walkForward(sizes, profile),
    walkAdjoint(sizes, profile),
    weightGradient(sizes, profile),
    flossingLoss(sizes, profile),
    adam(sizes, profile),
    drawInputsKernel(sizes, profile),
  ];
}
