/** GPU time of the passes of one label. */
export interface PassTime {
  /** Milliseconds, summed. */
  readonly ms: number;
  /** Milliseconds of the longest pass. */
  readonly longest: number;
  readonly passes: number;
}

/** GPU time of passes by label, from timestamp queries. */
export interface Timer {
  /** The timestamp writes of the next pass; undefined where the timer is full. */
  next(label: string): GPUComputePassTimestampWrites | undefined;
  resolve(encoder: GPUCommandEncoder): void;
  /** GPU time by label, once the commands have run; the timer starts anew. */
  read(): Promise<Record<string, PassTime>>;
  destroy(): void;
}

/** Passes whose timestamps a query set holds. */
const MOST_PASSES = 2048;

/** Undefined where the device lacks 'timestamp-query', or holds no timestamps of so many `passes`, the most that one encoding has. */
export function createTimer(device: GPUDevice, passes: number): Timer | undefined {
  if (!device.features.has("timestamp-query") || passes > MOST_PASSES) return undefined;
  const most = passes;
  const querySet = device.createQuerySet({ label: "timing", type: "timestamp", count: 2 * most });
  const resolved = device.createBuffer({ label: "timing", size: 16 * most, usage: GPUBufferUsage.QUERY_RESOLVE | GPUBufferUsage.COPY_SRC });
  const staging = device.createBuffer({ label: "timing", size: 16 * most, usage: GPUBufferUsage.MAP_READ | GPUBufferUsage.COPY_DST });
  let labels: string[] = [];
  return {
    next(label) {
      if (labels.length === most) return undefined;
      labels.push(label);
      const at = 2 * (labels.length - 1);
      return { querySet, beginningOfPassWriteIndex: at, endOfPassWriteIndex: at + 1 };
    },
    resolve(encoder) {
      encoder.resolveQuerySet(querySet, 0, 2 * labels.length, resolved, 0);
      encoder.copyBufferToBuffer(resolved, 0, staging, 0, 16 * labels.length);
    },
    async read() {
      await staging.mapAsync(GPUMapMode.READ);
      const times = new BigUint64Array(staging.getMappedRange().slice(0));
      staging.unmap();
      const result: Record<string, PassTime> = {};
      labels.forEach((label, i) => {
        const time = Number(times[2 * i + 1] - times[2 * i]) / 1e6;
        const { ms, longest, passes } = result[label] ?? { ms: 0, longest: 0, passes: 0 };
        result[label] = { ms: ms + time, longest: Math.max(longest, time), passes: passes + 1 };
      });
      labels = [];
      return result;
    },
    destroy() {
      querySet.destroy();
      resolved.destroy();
      staging.destroy();
    },
  };
}
