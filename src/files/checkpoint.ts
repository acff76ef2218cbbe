import { cells } from "../cells/index";
import { InputError } from "../errors";
import { type TrainSizes, type TrainTensor, trainTensors } from "../kernels/train_sizes";
import type { NetworkState, TrainingPosition } from "../training_state";
import { floats, floatTensor, readSafetensors, type Tensor, writeSafetensors } from "./safetensors";

// One network's state as safetensors: the weights under PyTorch's names, so that other tools and commands read them, the moments
// of Adam beside them, and where the run stands in the metadata.

function shapeOf(name: TrainTensor, { cell, N, S, R, B }: TrainSizes): number[] {
  const rows = cells[cell].gates * N;
  const shapes: Record<TrainTensor, number[]> = {
    weight_hh_l0: [rows, N],
    weight_ih_l0: [rows, S],
    bias_ih_l0: [rows],
    bias_hh_l0: [rows],
    "readout.weight": [R, N],
    "readout.bias": [R],
    h0: [B, cells[cell].states * N],
  };
  return shapes[name];
}

/** The start's own name where it is a pre-activation; `h0` is the state then. */
function fileName(name: TrainTensor, { readout }: TrainSizes): string {
  return name === "h0" && readout === "pre-activation" ? "start" : name;
}

/** @param about what else a reader should know, as text */
export function writeCheckpoint(
  network: NetworkState,
  position: TrainingPosition,
  sizes: TrainSizes,
  about: Readonly<Record<string, string>>,
): Uint8Array {
  const tensors = new Map<string, Tensor>();
  // What follows the name, and not what precedes it: a prefix would be another network to whoever reads the file.
  const add = (suffix: string, values: Readonly<Record<TrainTensor, Float32Array>>) => {
    for (const name of trainTensors) tensors.set(fileName(name, sizes) + suffix, floatTensor(values[name], shapeOf(name, sizes)));
  };
  add("", network.tensors);
  if (sizes.readout === "pre-activation") tensors.set("h0", floatTensor(network.tensors.h0.map(Math.tanh), shapeOf("h0", sizes)));
  add(".adam_first", network.first);
  add(".adam_second", network.second);
  if (network.flossing) {
    add(".flossing_first", network.flossing.first);
    add(".flossing_second", network.flossing.second);
  }
  const state = { position, flossing: network.flossing && { steps: network.flossing.steps, run: network.flossing.run } };
  return writeSafetensors(tensors, { ...about, state: JSON.stringify(state) });
}

/** @throws InputError where the file is no checkpoint of such sizes */
export function readCheckpoint(bytes: Uint8Array, path: string, sizes: TrainSizes): { network: NetworkState; position: TrainingPosition } {
  const { tensors, metadata } = readSafetensors(bytes, path);
  const take = (suffix: string) =>
    Object.fromEntries(
      trainTensors.map((name) => {
        const key = fileName(name, sizes) + suffix;
        const tensor = tensors.get(key);
        const values = tensor && floats(tensor);
        const shape = shapeOf(name, sizes);
        if (!values || JSON.stringify(tensor.shape) !== JSON.stringify(shape))
          throw new InputError(`${path}: ${key} is ${tensor ? `[${tensor.shape}]` : "missing"}, this run needs [${shape}]`);
        return [name, values];
      }),
    ) as NetworkState["tensors"];
  if (!metadata?.state) throw new InputError(`${path} is no checkpoint: it does not say where the run stands`);
  const { position, flossing } = JSON.parse(metadata.state) as {
    position: TrainingPosition;
    flossing?: { steps: number; run: NonNullable<NetworkState["flossing"]>["run"] };
  };
  const network: NetworkState = {
    ...{ tensors: take(""), first: take(".adam_first"), second: take(".adam_second") },
    flossing: flossing && { first: take(".flossing_first"), second: take(".flossing_second"), steps: flossing.steps, run: flossing.run },
  };
  return { network, position };
}
