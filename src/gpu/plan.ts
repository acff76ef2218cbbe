import { LimitError } from "../errors";
import type { Kernel } from "./kernel";
import type { Timer } from "./timing";

/** One dispatch: everything is made before, nothing is when it is replayed. */
export interface Step {
  readonly kernel: Pick<Kernel, "name" | "pipeline">;
  readonly group: GPUBindGroup;
  /** Dynamic offset of the uniform, in bytes; none for a kernel without one. */
  readonly offset?: number;
  readonly workgroups: readonly [x: number, y?: number, z?: number];
}

/** A recorded list of dispatches. */
export interface Plan {
  readonly steps: readonly Step[];
  /** Records all dispatches, or those from `from` to before `to`, in one compute pass, or in one a step where they are timed. */
  encode(encoder: GPUCommandEncoder, options?: { readonly timer?: Timer | undefined; readonly from?: number; readonly to?: number }): void;
}

/** @throws LimitError where a dispatch has more workgroups than the device allows */
export function createPlan(device: GPUDevice, label: string, steps: readonly Step[]): Plan {
  const allows = device.limits.maxComputeWorkgroupsPerDimension;
  for (const { kernel, workgroups } of steps) {
    const most = Math.max(...workgroups.map((n) => n ?? 1));
    if (most > allows)
      throw new LimitError(
        `kernel ${kernel.name} needs ${most} workgroups, the adapter allows ${allows} (maxComputeWorkgroupsPerDimension); run fewer networks or trajectories together`,
      );
  }
  return {
    steps,
    encode(encoder, { timer, from = 0, to = steps.length } = {}) {
      const chosen = steps.slice(from, to);
      if (!timer) {
        const pass = encoder.beginComputePass({ label });
        for (const step of chosen) dispatch(pass, step);
        pass.end();
        return;
      }
      for (const step of chosen) {
        const timestampWrites = timer.next(step.kernel.name);
        const pass = encoder.beginComputePass({ label: step.kernel.name, ...(timestampWrites ? { timestampWrites } : {}) });
        dispatch(pass, step);
        pass.end();
      }
      timer.resolve(encoder);
    },
  };
}

function dispatch(pass: GPUComputePassEncoder, step: Step): void {
  pass.setPipeline(step.kernel.pipeline);
  if (step.offset === undefined) pass.setBindGroup(0, step.group);
  else pass.setBindGroup(0, step.group, [step.offset]);
  pass.dispatchWorkgroups(...(step.workgroups as [number, number?, number?]));
}
