/** Milliseconds between epochs that were read back together. */
const TOGETHER_MS = 0.5;

/**
 * Milliseconds per epoch after `settle`. Epochs come in batches, read at once: the clock counts from batch to batch.
 * @param start when the run began
 * @param times when each epoch was told
 */
export function paceOf(start: number, times: readonly { readonly epoch: number; readonly at: number }[], settle: number): number {
  const batches = [{ at: start, last: times[0].epoch - 1 }];
  times.forEach(({ epoch, at }, i) => {
    if (i > 0 && at - times[i - 1].at < TOGETHER_MS) batches[batches.length - 1].last = epoch;
    else batches.push({ at, last: epoch });
  });
  const end = batches[batches.length - 1];
  const settled = batches.findIndex(({ last }) => last >= settle);
  const first = batches[Math.min(settled < 0 ? 0 : settled, batches.length - 2)];
  return (end.at - first.at) / (end.last - first.last);
}
