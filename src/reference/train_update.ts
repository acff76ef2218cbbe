import { type AdamState, adam } from "./adam";

/** How a step is made; see torch.optim.AdamW and the paper's ClipNorm (paper.md section 7). */
export interface ReferenceUpdate {
  /** Largest norm; 0 is no limit. */
  readonly clip: number;
  /** Each tensor on its own, or all together. */
  readonly clipKind: "tensor" | "global";
  readonly weightDecay: number;
}

/** A tensor with its gradient and moments. */
export interface ReferenceTensor {
  readonly values: Float64Array;
  readonly gradient: Float64Array;
  readonly state: AdamState;
  readonly lr: number;
}

/** Clips the gradients and makes one step of Adam or AdamW, in place. @returns the norms before clipping */
export function trainUpdate(tensors: readonly ReferenceTensor[], { clip, clipKind, weightDecay }: ReferenceUpdate): number[] {
  const norms = tensors.map(({ gradient }) => Math.hypot(...gradient));
  const all = Math.hypot(...norms);
  tensors.forEach(({ values, gradient, state, lr }, i) => {
    if (lr === 0) return;
    const norm = clipKind === "tensor" ? norms[i] : all;
    const factor = clip > 0 && norm > clip ? clip / norm : 1;
    for (let j = 0; j < values.length; j++) values[j] *= 1 - lr * weightDecay;
    adam(
      values,
      gradient.map((value) => factor * value),
      state,
      { lr },
    );
  });
  return norms;
}
