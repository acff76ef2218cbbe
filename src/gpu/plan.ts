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
  /** Whether it would do nothing now: it is then left out. */
  readonly idle?: () => boolean;
  /** Multiply-adds, about: long plans are submitted in pieces by them. Default 0. */
  readonly work?: number;
  /** Whether a plan may be left here for a while, to look at what it has done. */
  readonly pause?: boolean;
}

/** Copies of parts of buffers, in bytes. */
export interface Copies {
  readonly copies: readonly {
    readonly from: GPUBuffer;
    readonly at: number;
    readonly to: GPUBuffer;
    readonly toAt: number;
    readonly bytes: number;
  }[];
}

/** A recorded list of dispatches, with copies between them. */
export interface Plan {
  readonly label: string;
  readonly steps: readonly (Step | Copies)[];
  /** Records all dispatches, or those from `from` to before `to`, in one compute pass, or in one a step where they are timed. */
  encode(encoder: GPUCommandEncoder, options?: { readonly timer?: Timer | undefined; readonly from?: number; readonly to?: number }): void;
}

/** The dispatches of a plan, without its copies. */
export function dispatchesOf({ steps }: Pick<Plan, "steps">): Step[] {
  return steps.filter((step): step is Step => !("copies" in step));
}

export function encodeCopies(encoder: GPUCommandEncoder, { copies }: Copies): void {
  for (const { from, at, to, toAt, bytes } of copies) encoder.copyBufferToBuffer(from, at, to, toAt, bytes);
}

/** @throws LimitError where a dispatch has more workgroups than the device allows */
export function createPlan(device: GPUDevice, label: string, steps: readonly (Step | Copies)[]): Plan {
  const allows = device.limits.maxComputeWorkgroupsPerDimension;
  for (const step of steps) {
    if ("copies" in step) continue;
    const { kernel, workgroups } = step;
    const most = Math.max(...workgroups.map((n) => n ?? 1));
    if (most > allows)
      throw new LimitError(
        `kernel ${kernel.name} needs ${most} workgroups, the adapter allows ${allows} (maxComputeWorkgroupsPerDimension); run fewer networks or trajectories together`,
      );
  }
  return {
    label,
    steps,
    encode(encoder, { timer, from = 0, to = steps.length } = {}) {
      let pass: GPUComputePassEncoder | undefined;
      for (let i = from; i < Math.min(to, steps.length); i++) {
        const step = steps[i];
        if ("copies" in step || timer) {
          pass?.end();
          pass = undefined;
        }
        if ("copies" in step) {
          encodeCopies(encoder, step);
          continue;
        }
        if (step.idle?.()) continue;
        pass ??= beginPass(encoder, label, step, timer);
        dispatch(pass, step);
      }
      pass?.end();
      timer?.resolve(encoder);
    },
  };
}

function beginPass(encoder: GPUCommandEncoder, label: string, { kernel }: Step, timer: Timer | undefined): GPUComputePassEncoder {
  if (!timer) return encoder.beginComputePass({ label });
  const timestampWrites = timer.next(kernel.name);
  return encoder.beginComputePass({ label: kernel.name, ...(timestampWrites ? { timestampWrites } : {}) });
}

function dispatch(pass: GPUComputePassEncoder, step: Step): void {
  pass.setPipeline(step.kernel.pipeline);
  if (step.offset === undefined) pass.setBindGroup(0, step.group);
  else pass.setBindGroup(0, step.group, [step.offset]);
  pass.dispatchWorkgroups(...(step.workgroups as [number, number?, number?]));
}
