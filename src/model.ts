import { type CellName, cells } from "./cells/index";
import { InputError } from "./errors";

/** The recurrent parameters of one network under PyTorch's names, row-major float32. */
export interface Parameters {
  /** [G·N, S] */
  readonly weight_ih_l0: Float32Array;
  /** [G·N, N] */
  readonly weight_hh_l0: Float32Array;
  /** [G·N] */
  readonly bias_ih_l0: Float32Array;
  /** [G·N] */
  readonly bias_hh_l0: Float32Array;
}

export type ParameterName = keyof Parameters;
export const parameterNames: readonly ParameterName[] = ["weight_ih_l0", "weight_hh_l0", "bias_ih_l0", "bias_hh_l0"];

/** One recurrent network. */
export interface Model {
  readonly cell: CellName;
  /** Hidden units N. */
  readonly hidden: number;
  /** Inputs S. */
  readonly inputs: number;
  readonly parameters: Parameters;
}

/** Biases that are trained of a network of our own: where bias_hh is just another bias_ih, it would only double the step of that. */
export function trainedBiases(cell: CellName): readonly ("bias_ih_l0" | "bias_hh_l0")[] {
  return cells[cell].apart > 0 ? ["bias_ih_l0", "bias_hh_l0"] : ["bias_ih_l0"];
}

/** Shape of a parameter of a network with `hidden` = N units and `inputs` = S inputs. */
export function parameterShape(model: Pick<Model, "cell" | "hidden" | "inputs">, name: ParameterName): readonly number[] {
  const rows = cells[model.cell].gates * model.hidden;
  if (name === "weight_ih_l0") return [rows, model.inputs];
  if (name === "weight_hh_l0") return [rows, model.hidden];
  return [rows];
}

/** @throws InputError where a tensor's length does not fit the sizes, or a number is not finite. */
export function checkModel(model: Model): void {
  for (const name of parameterNames) {
    const values = model.parameters[name];
    const shape = parameterShape(model, name);
    const length = shape.reduce((product, size) => product * size, 1);
    if (values.length !== length)
      throw new InputError(
        `${name} has ${values.length} numbers, a ${model.cell} with N = ${model.hidden} and S = ${model.inputs} needs [${shape.join(", ")}]`,
      );
    const bad = firstNotFinite(values);
    if (bad >= 0) throw new InputError(`${name} has ${values[bad]} at position ${bad}: weights must be finite numbers`);
  }
}

/** Position of the first value that is not a finite number, −1 where all are. */
export function firstNotFinite(values: Float32Array): number {
  // x · 0 is 0 for finite numbers alone: a sum, many times faster than a test of each.
  let sum = 0;
  for (let i = 0; i < values.length; i++) sum += values[i] * 0;
  return sum === 0 ? -1 : values.findIndex((value) => !Number.isFinite(value));
}

/** @throws InputError where one of them is not as `checkModel` wants it, or they differ in shape */
export function checkModels(models: readonly Model[]): void {
  if (models.length === 0) throw new InputError("no network: give at least one");
  models.forEach((model, m) => {
    checkModel(model);
    for (const name of ["cell", "hidden", "inputs"] as const) {
      if (model[name] !== models[0][name])
        throw new InputError(`network ${m} has ${name} ${model[name]}, network 0 has ${models[0][name]}: networks that run together must agree`);
    }
  });
}

/** PyTorch's names of a cell's states, each [B, N]: h0, and c0 where there are two. */
export function stateNames(cell: CellName): readonly ("h0" | "c0")[] {
  return (["h0", "c0"] as const).slice(0, cells[cell].states);
}

/** States [B, D] of a batch, from one array [B, N] for each of `stateNames`. */
export function joinStates(parts: readonly Float32Array[], B: number): Float32Array {
  const N = parts[0].length / B;
  const joined = new Float32Array(B * N * parts.length);
  parts.forEach((part, s) => {
    for (let b = 0; b < B; b++) joined.set(part.subarray(b * N, (b + 1) * N), (b * parts.length + s) * N);
  });
  return joined;
}

/** The arrays [B, N] of `stateNames`, from states [B, D]. */
export function splitStates(cell: CellName, states: Float32Array, B: number): ["h0" | "c0", Float32Array][] {
  const names = stateNames(cell);
  const N = states.length / (B * names.length);
  return names.map((name, s) => {
    const part = new Float32Array(B * N);
    for (let b = 0; b < B; b++) part.set(states.subarray((b * names.length + s) * N, (b * names.length + s + 1) * N), b * N);
    return [name, part];
  });
}
