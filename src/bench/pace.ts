/** Milliseconds between epochs that were read back together. */
const TOGETHER_MS = 0.5;

/**
 * Milliseconds per epoch after `settle`. Epochs come in batches, read at once: the clock counts from batch to batch.
 * @param times when each epoch was told
 */
export function paceOf(times: readonly { readonly epoch: number; readonly at: number }[], settle: number): number {
  const batches: { at: number; last: number }[] = [];
  times.forEach(({ epoch, at }, i) => {
    const batch = batches.at(-1);
    if (batch && at - times[i - 1].at < TOGETHER_MS) batch.last = epoch;
    else batches.push({ at, last: epoch });
  });
  const counted = batches.filter(({ last }) => last >= settle);
  const [first, end] = [counted[0] ?? batches[0], batches[batches.length - 1]];
  return (end.at - first.at) / Math.max(1, end.last - first.last);
}
