import { floatTensor } from "../../src/files/safetensors";
import {
  type CellName,
  cells,
  drawInputs,
  type Model,
  parameterTensors,
  randomFrame,
  randomModel,
  randomState,
  type TrainModel,
  writeSafetensors,
} from "../../src/index";
import type { Settings } from "../settings/fields";

/** A network that someone brought along instead of a drawn one. */
export interface OwnNetwork {
  readonly name: string;
  readonly model: Model;
}

/** Numbers of the epochs whose inputs only pictures use: no run comes so far. */
const PICTURES = 1_000_000;

export function stateSize({ cell, hidden }: Pick<Model, "cell" | "hidden">): number {
  return cells[cell].states * hidden;
}

/** The network that a run starts with. */
export function firstModel({ cell, hidden, gain, init, seedNetwork: seed }: Settings, own: OwnNetwork | undefined): Model {
  return own?.model ?? randomModel({ cell, hidden, inputs: 1, gain, init, seed });
}

/** Start of a walk [1, D]: drawn, or zeros for a network that was brought along. */
export function firstState(model: Model, { seedState: seed }: Settings, own: OwnNetwork | undefined): Float32Array {
  const D = stateSize(model);
  return own ? new Float32Array(D) : randomState({ B: 1, D, seed });
}

export function firstFrame(model: Model, K: number, { seedFrame }: Settings): Float32Array {
  return randomFrame(stateSize(model), K, seedFrame);
}

/** Inputs [B, T, S] of the pictures of a run: the same in all of them. */
export function pictureInputs(S: number, B: number, T: number, { input, seedInput: seed }: Settings): Float32Array {
  return drawInputs(input, { B, T, S, seed, epoch: PICTURES });
}

/** A safetensors file that PyTorch loads. */
export function weightFile(model: Model, training?: { readonly readout: "activation" | "pre-activation"; readonly batch: number }): Uint8Array {
  const tensors = new Map(parameterTensors(model, model.parameters));
  if (training) {
    const { readoutWeight, readoutBias, start } = model as TrainModel;
    tensors.set("readout.weight", floatTensor(readoutWeight, [readoutBias.length, model.hidden]));
    tensors.set("readout.bias", floatTensor(readoutBias, [readoutBias.length]));
    const { batch: B, readout } = training;
    const [N, D] = [model.hidden, stateSize(model)];
    const state = readout === "activation" ? start : start.map(Math.tanh);
    const part = (s: number) => Float32Array.from({ length: B * N }, (_, i) => state[Math.floor(i / N) * D + s * N + (i % N)]);
    for (const [s, name] of ["h0", "c0"].slice(0, D / N).entries()) tensors.set(name, floatTensor(part(s), [B, N]));
  }
  return writeSafetensors(tensors, { cell: model.cell, made_by: "the demo of gradient-flossing" });
}

export type { CellName };
