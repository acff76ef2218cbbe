import { type Copies, createPlan, type Step } from "./gpu/plan";
import { resting } from "./gpu/wait";

/** How far something is. */
export interface Progress {
  /** Kernels compiled, dispatches of a walk, or epochs. */
  readonly stage: "compile" | "walk" | "floss" | "train";
  readonly done: number;
  readonly total: number;
}

const warm = new WeakSet<GPUComputePipeline>();

/** Drivers compile at a kernel's first dispatch: each is dispatched once, walking nothing. */
export async function warmUp(
  device: GPUDevice,
  all: readonly (Step | Copies)[],
  { onProgress }: { readonly onProgress?: ((progress: Progress) => void) | undefined },
): Promise<void> {
  const empty = all.filter((step): step is Step => "kernel" in step && !warm.has(step.kernel.pipeline));
  for (const [i, step] of empty.entries()) {
    onProgress?.({ stage: "compile", done: i, total: empty.length });
    const encoder = device.createCommandEncoder({ label: "warm-up" });
    createPlan(device, "warm-up", [step]).encode(encoder);
    device.queue.submit([encoder.finish()]);
    await resting(device, device.queue.onSubmittedWorkDone());
    warm.add(step.kernel.pipeline);
  }
  if (empty.length > 0) onProgress?.({ stage: "compile", done: empty.length, total: empty.length });
}
