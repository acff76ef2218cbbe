import type { FlossingState } from "./flossing_run";
import { download } from "./gpu/buffer";
import { packTransposed } from "./kernels/pack";
import { layoutOf } from "./kernels/sizes";
import { type TrainSizes, type TrainTensor, trainTensors } from "./kernels/train_sizes";
import { packTrainModel, trainModelOf, unpackTrainTensors } from "./train_model";
import type { TrainEngine } from "./training_engine";
import type { Block, TrainingFlossing } from "./training_flossing";

type Tensors = Record<TrainTensor, Float32Array>;

/** One network's part of a training state. */
export interface NetworkState {
  /** In PyTorch's shapes, as are the moments of Adam. */
  readonly tensors: Tensors;
  readonly first: Tensors;
  readonly second: Tensors;
  /** Flossing's own moments; readout and start are zero. */
  readonly flossing:
    | { readonly first: Tensors; readonly second: Tensors; readonly steps: number; readonly run: FlossingState | undefined }
    | undefined;
}

/** Where a run stands. */
export interface TrainingPosition {
  /** Training epochs done. */
  readonly epoch: number;
  /** The epoch before which flossing is done. */
  readonly flossed: number;
  /** Flossing under way. */
  readonly block: Block | undefined;
}

/** Everything that a later run needs to go on bitwise. */
export interface TrainingState {
  readonly position: TrainingPosition;
  readonly networks: readonly NetworkState[];
}

/** Reads a state from the GPU while nothing is under way. */
export async function readState(engine: TrainEngine, flossing: TrainingFlossing | undefined, position: TrainingPosition): Promise<TrainingState> {
  const { sizes, layout, buffers } = engine;
  const floss = flossing?.engine.buffers;
  const [data, moments, ...flossMoments] = await download(engine.device, [
    { source: buffers.parameters },
    { source: buffers.moments },
    ...(floss ? [{ source: floss.firstMoments }, { source: floss.secondMoments }] : []),
  ]);
  const runs = flossing?.state();
  const networks = Array.from({ length: sizes.M }, (_, m): NetworkState => {
    const each = layout.parameters;
    const pairs = new Float32Array(moments, 8 * m * each, 2 * each);
    return {
      tensors: unpackTrainTensors(new Float32Array(data, 4 * m * each, each), sizes),
      first: unpackTrainTensors(half(pairs, 0), sizes),
      second: unpackTrainTensors(half(pairs, 1), sizes),
      flossing: flossing && { ...flossMomentsOf(flossMoments, m, flossing, engine), steps: flossing.steps[m], run: runs?.[m] },
    };
  });
  return { position: { ...position, block: position.block && { ...position.block } }, networks };
}

function flossMomentsOf(data: readonly ArrayBuffer[], m: number, flossing: TrainingFlossing, { sizes, layout }: TrainEngine) {
  const each = flossing.engine.layout.parameters;
  const [first, second] = data.map((moments) => {
    const all = new Float32Array(layout.parameters);
    all.set(new Float32Array(moments, 4 * m * each, each));
    return unpackTrainTensors(all, sizes);
  });
  return { first, second };
}

function half(pairs: Float32Array, part: 0 | 1): Float32Array {
  return Float32Array.from({ length: pairs.length / 2 }, (_, i) => pairs[2 * i + part]);
}

/** Puts a state back. */
export function writeState(engine: TrainEngine, flossing: TrainingFlossing | undefined, { networks }: TrainingState): void {
  const { sizes, layout, buffers } = engine;
  networks.forEach((network, m) => {
    const data = pack(network.tensors, sizes);
    buffers.parameters.write(data, m * layout.parameters);
    buffers.transposed.write(packTransposed(data, layoutOf({ ...sizes, K: 1, warmup: 0 })), m * layout.rows * layout.NP);
    buffers.moments.write(interleave(pack(network.first, sizes), pack(network.second, sizes)), 2 * m * layout.parameters);
    if (!flossing || !network.flossing) return;
    const each = flossing.engine.layout.parameters;
    const cut = (tensors: Tensors) => pack(tensors, sizes).subarray(0, each);
    const { firstMoments, secondMoments } = flossing.engine.buffers;
    firstMoments.write(cut(network.flossing.first), m * each);
    secondMoments.write(cut(network.flossing.second), m * each);
    flossing.steps[m] = network.flossing.steps;
  });
  const runs = networks.map((network) => network.flossing?.run);
  if (runs.every((run) => run !== undefined)) flossing?.restore(runs);
}

function pack(tensors: Tensors, sizes: TrainSizes): Float32Array {
  return packTrainModel(trainModelOf(tensors, sizes), sizes);
}

function interleave(first: Float32Array, second: Float32Array): Float32Array {
  return Float32Array.from({ length: 2 * first.length }, (_, i) => (i % 2 === 0 ? first : second)[i >> 1]);
}

/** Names of the tensors of a state, in the order in which they are written. */
export const stateTensors = trainTensors;
