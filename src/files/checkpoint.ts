import { cells } from "../cells/index";
import { InputError } from "../errors";
import { type TrainSizes, type TrainTensor, trainTensors } from "../kernels/train_sizes";
import { joinStates, splitStates, stateNames } from "../model";
import { stateOfStart } from "../train_model";
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
    h0: [B, N],
  };
  return shapes[name];
}

/** Tensors by the names that a file has for them: the start's own where it is a pre-activation, else h0, and c0 where the cell has it. */
function namedTensors(values: Readonly<Record<TrainTensor, Float32Array>>, sizes: TrainSizes): [string, Tensor][] {
  return trainTensors.flatMap((name): [string, Tensor][] => {
    if (name !== "h0") return [[name, floatTensor(values[name], shapeOf(name, sizes))]];
    if (sizes.readout === "pre-activation") return [["start", floatTensor(values.h0, shapeOf("h0", sizes))]];
    return stateTensors(values.h0, sizes);
  });
}

function stateTensors(states: Float32Array, sizes: TrainSizes): [string, Tensor][] {
  return splitStates(sizes.cell, states, sizes.B).map(([name, part]) => [name, floatTensor(part, shapeOf("h0", sizes))]);
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
    for (const [name, tensor] of namedTensors(values, sizes)) tensors.set(name + suffix, tensor);
  };
  add("", network.tensors);
  if (sizes.readout === "pre-activation")
    for (const [name, tensor] of stateTensors(stateOfStart(sizes, network.tensors.h0), sizes)) tensors.set(name, tensor);
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
  const values = (key: string, shape: number[]) => {
    const tensor = tensors.get(key);
    const found = tensor && floats(tensor);
    if (!found || JSON.stringify(tensor.shape) !== JSON.stringify(shape))
      throw new InputError(`${path}: ${key} is ${tensor ? `[${tensor.shape}]` : "missing"}, this run needs [${shape}]`);
    return found;
  };
  const take = (suffix: string) =>
    Object.fromEntries(
      trainTensors.map((name) => {
        const shape = shapeOf(name, sizes);
        if (name !== "h0") return [name, values(name + suffix, shape)];
        const parts = sizes.readout === "pre-activation" ? ["start"] : stateNames(sizes.cell);
        return [
          name,
          joinStates(
            parts.map((part) => values(part + suffix, shape)),
            sizes.B,
          ),
        ];
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
