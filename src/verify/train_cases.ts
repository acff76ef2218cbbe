import type { CellName } from "../cells/index";
import { joinStates, type ParameterName, parameterNames, stateNames } from "../model";
import type { TrainModel } from "../train_model";
import { copied, unpacked } from "./cases";

/** One accuracy case of training: a network with its readout and sequences, and what PyTorch's float64 autograd says of it. */
export interface TrainCase {
  readonly name: string;
  readonly model: TrainModel;
  readonly B: number;
  readonly T: number;
  /** [B, T, S] and [B, T, R] */
  readonly x: Float32Array;
  readonly y: Float32Array;
  readonly lossKind: "bce" | "mse";
  readonly firstStep: number;
  readonly loss: number;
  readonly gradient: Readonly<Record<ParameterName | "readout.weight" | "readout.bias", Float64Array>>;
}

interface Description {
  readonly cell: CellName;
  readonly hidden: number;
  readonly inputs: number;
  readonly steps: number;
  readonly batch: number;
  readonly loss_kind: "bce" | "mse";
  readonly first_step: number;
  readonly loss: number;
}

const descriptions = import.meta.glob<Description>("../../test/cases/train-*.json", { eager: true, import: "default" });
const tensorUrls = import.meta.glob<string>("../../test/cases/train-*.safetensors", { eager: true, query: "?url&inline", import: "default" });

const path = (name: string) => `../../test/cases/${name}`;

export const trainCaseNames: readonly string[] = Object.keys(descriptions).map((file) => file.slice(path("").length, -".json".length));

/** The case `name`. */
export function loadTrainCase(name: string): TrainCase {
  const { cell, hidden, inputs, steps: T, batch: B, loss_kind: lossKind, first_step: firstStep, loss } = descriptions[path(`${name}.json`)];
  const tensors = unpacked(tensorUrls[path(`${name}.safetensors`)], name);
  const gradients = unpacked(tensorUrls[path(`${name}.gradient.safetensors`)], name);
  const single = (key: string) => new Float32Array(copied(tensors, key, "F32"));
  const double = (key: string) => new Float64Array(copied(gradients, key, "F64"));
  const parameters = Object.fromEntries(parameterNames.map((key) => [key, single(key)])) as unknown as TrainModel["parameters"];
  const gradient = Object.fromEntries([...parameterNames, "readout.weight", "readout.bias"].map((key) => [key, double(key)]));
  const readout = {
    readoutWeight: single("readout.weight"),
    readoutBias: single("readout.bias"),
    start: joinStates(stateNames(cell).map(single), B),
  };
  return {
    ...{ name, model: { cell, hidden, inputs, parameters, ...readout }, B, T, x: single("x"), y: single("y"), lossKind, firstStep, loss },
    gradient: gradient as TrainCase["gradient"],
  };
}
