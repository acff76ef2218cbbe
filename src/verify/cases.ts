import type { CellName } from "../cells/index";
import { readSafetensors, type TensorFile } from "../files/safetensors";
import { joinStates, type Model, type ParameterName, parameterNames, stateNames } from "../model";

/** One accuracy case: a network with everything it needs, and what PyTorch's float64 autograd says of it. */
export interface Case {
  readonly name: string;
  readonly model: Model;
  readonly B: number;
  readonly T: number;
  readonly S: number;
  readonly K: number;
  readonly warmup: number;
  readonly target: number;
  /** Input [B, T, S]. */
  readonly x: Float32Array;
  /** Initial state [B, D]. */
  readonly h0: Float32Array;
  /** Initial tangent frame [D, K]. */
  readonly q0: Float32Array;
  /** Exponents [B][K] in nats per step. */
  readonly exponents: readonly (readonly number[])[];
  readonly loss: number;
  /** Gradient of the loss, summed over the trajectories. */
  readonly gradient: Readonly<Record<ParameterName, Float64Array>>;
}

interface Description {
  readonly cell: CellName;
  readonly hidden: number;
  readonly inputs: number;
  readonly steps: number;
  readonly batch: number;
  readonly k: number;
  readonly warmup: number;
  readonly target: number;
  readonly exponents: number[][];
  readonly loss: number;
}

/** Largest error of PyTorch's float32 on a case: of exponents and loss, and relative of the gradient. */
export interface PyTorchError {
  readonly value: number;
  readonly gradient: number;
}

// Packed into the build, so that every user can verify on the adapter at hand, in Node and in the page.
const descriptions = import.meta.glob<Description>("../../test/cases/{rnn,gru,lstm}-*.json", { eager: true, import: "default" });
const tensorUrls = import.meta.glob<string>("../../test/cases/{rnn,gru,lstm}-*.safetensors", {
  eager: true,
  query: "?url&inline",
  import: "default",
});
const errors = import.meta.glob<Record<string, PyTorchError>>("../../test/cases/pytorch-float32-error.json", { eager: true, import: "default" });

const path = (name: string) => `../../test/cases/${name}`;

export const pytorchErrors: Readonly<Record<string, PyTorchError>> = errors[path("pytorch-float32-error.json")];

/** Small ones first. */
export const caseNames: readonly string[] = Object.keys(descriptions)
  .map((file) => file.slice(path("").length, -".json".length))
  .sort((a, b) => tensorUrls[path(`${a}.safetensors`)].length - tensorUrls[path(`${b}.safetensors`)].length);

/** The tensors of a file that was packed as a data URL. */
function packed(file: string): TensorFile["tensors"] {
  return unpacked(tensorUrls[path(file)], file);
}

/** @param url the file as a data URL */
export function unpacked(url: string, file: string): TensorFile["tensors"] {
  const base64 = url.split(",")[1];
  const bytes = Uint8Array.from(atob(base64), (letter) => letter.charCodeAt(0));
  return readSafetensors(bytes, file).tensors;
}

/** The case `name`. */
export function loadCase(name: string): Case {
  const { cell, hidden, inputs, steps, batch, k, ...rest } = descriptions[path(`${name}.json`)];
  const tensors = packed(`${name}.safetensors`);
  const gradients = packed(`${name}.gradient.safetensors`);
  const single = (key: string) => new Float32Array(copied(tensors, key, "F32"));
  const double = (key: string) => new Float64Array(copied(gradients, key, "F64"));
  const of = <Values>(read: (key: ParameterName) => Values) => Object.fromEntries(parameterNames.map((key) => [key, read(key)]));
  const parameters = of(single) as unknown as Model["parameters"];
  const gradient = of(double) as Case["gradient"];
  const sizes = { B: batch, T: steps, S: inputs, K: k };
  const h0 = joinStates(stateNames(cell).map(single), batch);
  const starts = { x: single("x"), h0, q0: single("q0") };
  return { name, model: { cell, hidden, inputs, parameters }, ...sizes, ...rest, ...starts, gradient };
}

/** The bytes of a tensor, aligned. */
export function copied(tensors: TensorFile["tensors"], key: string, dtype: string): ArrayBuffer {
  const tensor = tensors.get(key);
  if (tensor?.dtype !== dtype) throw new Error(`${key} is missing or not ${dtype}`);
  return tensor.bytes.slice().buffer as ArrayBuffer;
}
