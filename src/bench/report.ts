import { adapterName, isSoftware, limitNames, type Profile, profileFor } from "../gpu/device";
import { type Ceiling, measureCeiling } from "./ceiling";
import { type RoundTime, timeFlossing } from "./measure";
import { type BenchRow, walkSizesOf } from "./rows";
import { problemOf, timeTraining } from "./training";
import { trainingWork, workOf } from "./work";

/** What an adapter is and how fast, by the same measurements in the command line and in the page. */
export interface DeviceReport {
  readonly adapter: string;
  readonly software: boolean;
  /** Form of the kernels. */
  readonly profile: Profile;
  readonly features: readonly string[];
  readonly limits: Readonly<Record<string, number>>;
  readonly ceiling_gflops: number;
  readonly ceiling_gbytes_per_second: number;
  /** Small epochs by the default profile. */
  readonly rates: readonly { readonly work: string; readonly ms_per_epoch: number; readonly gflops: number; readonly compile_ms: number }[];
}

const flossing: BenchRow = { kind: "flossing", cell: "rnn", hidden: 32, k: 16, steps: 50, batch: 1, networks: 1, goal: 0 };
const training: BenchRow = { ...flossing, kind: "training", k: 0, batch: 16, delay: 20 };
const EPOCHS = 6;

/** Measures an adapter: seconds on a software adapter. Nothing else should compute meanwhile. */
export async function reportDevice(device: GPUDevice, onProgress: (text: string) => void = () => {}): Promise<DeviceReport> {
  onProgress("ceilings: product and copy");
  const ceiling: Ceiling = await measureCeiling(device);
  onProgress("an epoch of flossing");
  const flossed = await timeFlossing(device, flossing, EPOCHS, { interval: 1 });
  onProgress("an epoch of training");
  const trained = await timeTraining(device, training, EPOCHS, {});
  const { walk_forward, walk_adjoint, weight_gradient } = workOf(walkSizesOf(flossing), 1);
  const ofFlossing = [walk_forward, walk_adjoint, weight_gradient];
  const ofTraining = Object.values(trainingWork(problemOf(training).sizes));
  const { hidden: N, steps: T, networks: M, k: K } = flossing;
  const rate = (work: string, { ms, compileMs }: RoundTime, all: readonly ({ flops: number } | undefined)[]) => {
    return { work, ms_per_epoch: ms, gflops: all.reduce((sum, each) => sum + (each?.flops ?? 0), 0) / ms / 1e6, compile_ms: compileMs };
  };
  return {
    ...{ adapter: adapterName(device), software: isSoftware(device), profile: profileFor(device) },
    features: ["subgroups", "timestamp-query"].filter((name) => device.features.has(name)),
    limits: Object.fromEntries(limitNames.map((name) => [name, device.limits[name]])),
    ...{ ceiling_gflops: ceiling.gflops, ceiling_gbytes_per_second: ceiling.gbytes },
    rates: [
      rate(`flossing epoch, N=${N} K=${K} T=${T}, ${M} networks`, flossed, ofFlossing),
      rate(`training epoch, N=${N} B=${training.batch} T=${T}, ${M} networks`, trained, ofTraining),
    ],
  };
}
