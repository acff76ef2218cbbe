import { type CellName, cellNames, cells } from "../cells/index";
import { InputError } from "../errors";
import {
  firstNotFinite,
  joinStates,
  type Model,
  type ParameterName,
  type Parameters,
  parameterNames,
  parameterShape,
  splitStates,
  stateNames,
} from "../model";
import { floats, floatTensor, lengthOf, type Tensor, type TensorFile, writeSafetensors } from "./safetensors";

/** Numbers with their shape. */
export interface Values {
  readonly shape: readonly number[];
  readonly data: Float32Array;
}

/** A model and what its file has beside it. */
export interface ModelFile {
  readonly model: Model;
  /** What stands before `weight_ih_l0`. */
  readonly prefix: string;
  /** Parameters that the file has; the others are zeros. */
  readonly present: readonly ParameterName[];
  /** Initial states [B, N] or [N], by the names that the cell's states have: h0, and c0 of an LSTM. */
  readonly states: readonly { readonly name: "h0" | "c0"; readonly values: Values | undefined }[];
  /** Initial tangent frame [D, ≥ K]. */
  readonly q0: Values | undefined;
  /** Inputs [B, T, S] or [T, S]. */
  readonly x: Values | undefined;
  /** What was converted. */
  readonly notes: readonly string[];
  readonly file: TensorFile;
}

export interface ModelFileOptions {
  /** Picks one of several networks. */
  readonly prefix?: string | undefined;
  /** What the cell is taken to be; default: what the shapes say. */
  readonly cell?: CellName | undefined;
  /** Whether the file's own `x` is wanted; default true. */
  readonly inputs?: boolean;
}

/**
 * The network of a file in PyTorch's names, as `save_file(rnn.state_dict(), …)` writes it (design 5, Files).
 * @param name what messages call the file
 * @throws InputError
 */
export function readModelFile(file: TensorFile, name: string, options: ModelFileOptions = {}): ModelFile {
  const { tensors } = file;
  const prefix = choosePrefix([...tensors.keys()], name, options.prefix);
  checkLayers([...tensors.keys()], name, prefix);
  const notes: string[] = [];
  const read = (key: string) => readValues(tensors, key, name, notes);
  const shape = tensors.get(`${prefix}weight_hh_l0`)?.shape;
  if (!shape) throw new InputError(`${name} has ${prefix}weight_ih_l0 but no ${prefix}weight_hh_l0`);
  const cell = findCell(shape, `${name}: ${prefix}weight_hh_l0`, options.cell, file.metadata?.cell);
  const hidden = shape[1];
  const [, inputs] = matrixShape(tensors, `${prefix}weight_ih_l0`, name);
  const sizes = { cell, hidden, inputs };
  const parameters = readParameters((key) => read(prefix + key), sizes, `${name}: ${prefix}`);
  const extra = (key: string) => read(tensors.has(prefix + key) ? prefix + key : key);
  const states = stateNames(cell).map((key) => ({ name: key, values: extra(key) }));
  const beside = { states, q0: extra("q0"), x: options.inputs === false ? undefined : extra("x") };
  checkBeside(beside, sizes, name);
  const present = parameterNames.filter((key) => tensors.has(prefix + key));
  return { model: { ...sizes, parameters }, prefix, present, ...beside, notes: [...new Set(notes)], file };
}

function matrixShape(tensors: ReadonlyMap<string, Tensor>, key: string, name: string): readonly number[] {
  const shape = tensors.get(key)?.shape ?? [];
  if (shape.length !== 2) throw new InputError(`${name}: ${key} is ${text(shape)}, it must be [G·N, S]`);
  return shape;
}

type Sizes = Omit<Model, "parameters">;

function readParameters(read: (key: string) => Values | undefined, sizes: Sizes, place: string): Parameters {
  const entries = parameterNames.map((key) => {
    const expected = parameterShape(sizes, key);
    const values = read(key);
    if (values && values.shape.join() !== expected.join()) {
      const network = `the network (${cells[sizes.cell].title}, ${sizes.hidden} units, ${sizes.inputs} inputs)`;
      throw new InputError(`${place}${key} is ${text(values.shape)}, ${network} needs ${text(expected)}`);
    }
    return [key, values?.data ?? new Float32Array(lengthOf(expected))];
  });
  return Object.fromEntries(entries) as Parameters;
}

function checkBeside({ states, q0, x }: Pick<ModelFile, "states" | "q0" | "x">, { cell, hidden, inputs }: Sizes, name: string): void {
  const D = cells[cell].states * hidden;
  for (const { name: key, values } of states) {
    if (values && (values.shape.length < 1 || values.shape.length > 2 || values.shape.at(-1) !== hidden || values.data.length === 0))
      throw new InputError(`${name}: ${key} is ${text(values.shape)}, the initial state must be [B, ${hidden}] or [${hidden}]`);
  }
  if (q0 && (q0.shape.length !== 2 || q0.shape[0] !== D || q0.shape[1] < 1))
    throw new InputError(`${name}: q0 is ${text(q0.shape)}, the tangent frame must be [${D}, K]`);
  if (x) checkInputShape(x.shape, inputs, `${name}: x`);
}

/** @throws InputError unless `shape` is [B, T, S] or [T, S] with at least one trajectory and step */
export function checkInputShape(shape: readonly number[], S: number, name: string): void {
  const fits = (shape.length === 2 || shape.length === 3) && shape.at(-1) === S && shape.slice(0, -1).every((size) => size > 0);
  if (!fits) throw new InputError(`${name} is ${text(shape)}, the input of a network with S = ${S} must be [B, T, ${S}] or [T, ${S}]`);
}

/** Float32 numbers of a tensor, checked to be finite; a note says what was converted. */
export function readValues(tensors: ReadonlyMap<string, Tensor>, key: string, name: string, notes: string[]): Values | undefined {
  const tensor = tensors.get(key);
  if (!tensor) return undefined;
  const data = floats(tensor);
  if (!data) throw new InputError(`${name}: ${key} has dtype ${tensor.dtype}: convert it to F32 (F64, F16 and BF16 work too)`);
  if (tensor.dtype !== "F32") notes.push(`${name}: ${key} was converted from ${tensor.dtype} to F32`);
  checkFinite(data, tensor.shape, `${name}: ${key}`);
  return { shape: tensor.shape, data };
}

/** @throws InputError that gives the position of the first number that is not finite */
export function checkFinite(data: Float32Array, shape: readonly number[], name: string): void {
  const bad = firstNotFinite(data);
  if (bad < 0) return;
  let rest = bad;
  const position = [...shape].reverse().map((size) => {
    const index = rest % size;
    rest = Math.floor(rest / size);
    return index;
  });
  throw new InputError(`${name} has ${data[bad]} at position ${text(position.reverse())}: only finite numbers can be used`);
}

function choosePrefix(keys: readonly string[], name: string, wanted: string | undefined): string {
  const prefixes = keys.filter((key) => key.endsWith("weight_ih_l0")).map((key) => key.slice(0, -"weight_ih_l0".length));
  const list = prefixes.map((prefix) => `'${prefix}'`).join(", ");
  if (prefixes.length === 0)
    throw new InputError(`${name} has no tensor weight_ih_l0 (with or without a prefix): it must hold a network in PyTorch's names`);
  if (wanted !== undefined) {
    const found = prefixes.find((prefix) => prefix === wanted) ?? prefixes.find((prefix) => prefix === `${wanted}.`);
    if (found === undefined) throw new InputError(`--prefix '${wanted}' is not in ${name}, which has ${list}`);
    return found;
  }
  if (prefixes.length > 1) throw new InputError(`${name} holds ${prefixes.length} networks, with the prefixes ${list}: choose one with --prefix`);
  return prefixes[0];
}

function checkLayers(keys: readonly string[], name: string, prefix: string): void {
  for (const key of keys) {
    if (!key.startsWith(prefix)) continue;
    const [, kind, layer, reverse] = /^(weight_ih|weight_hh|weight_hr|bias_ih|bias_hh)_l(\d+)(_reverse)?$/.exec(key.slice(prefix.length)) ?? [];
    if (layer === undefined) continue;
    if (layer !== "0") throw new InputError(`${name} has ${key}: networks of more than one layer are not supported yet`);
    if (reverse) throw new InputError(`${name} has ${key}: bidirectional networks are not supported`);
    if (kind === "weight_hr") throw new InputError(`${name} has ${key}: LSTMs with projections are not supported`);
  }
}

/** @param told what the file's metadata say, where our commands wrote it */
function findCell(shape: readonly number[], name: string, wanted: CellName | undefined, told: string | undefined): CellName {
  const [rows, columns] = shape;
  const gates = rows / columns;
  const known = cellNames.filter((cell) => cells[cell].gates === gates);
  if (shape.length !== 2 || known.length === 0)
    throw new InputError(`${name} is ${text(shape)}, it must be [G·N, N]: [N, N] of a vanilla RNN, [3N, N] of a GRU, [4N, N] of an LSTM`);
  if (wanted === undefined) return known.find((cell) => cell === told) ?? known[0];
  if (!known.includes(wanted))
    throw new InputError(`${name} is ${text(shape)}, which is the shape of ${known.join(" or ")}, not of --cell ${wanted}`);
  return wanted;
}

function text(shape: readonly number[]): string {
  return `[${shape.join(", ")}]`;
}

/** The source's file with other weights: the same names, tensors that we do not know unchanged, no bias that was not there. */
export function writeModelFile({ file, prefix, present }: ModelFile, model: Model): Uint8Array {
  const tensors = new Map(file.tensors);
  for (const name of present) tensors.set(prefix + name, floatTensor(model.parameters[name], parameterShape(model, name)));
  return writeSafetensors(tensors, cellMetadata(model.cell, file.metadata));
}

/** Metadata that tell the cell, where the shapes do not. */
export function cellMetadata(cell: CellName, metadata?: Readonly<Record<string, string>>): Readonly<Record<string, string>> | undefined {
  const first = cellNames.find((name) => cells[name].gates === cells[cell].gates);
  return cell === first && metadata?.cell === undefined ? metadata : { ...metadata, cell };
}

/** Rows of the initial states that a file has, where it has some for each trajectory. */
export function stateRows({ states }: Pick<ModelFile, "states">): number | undefined {
  return states.find(({ values }) => values?.shape.length === 2)?.values?.shape[0];
}

/** Initial states [B, D] of a file: one row serves all trajectories, none is zero. @throws InputError */
export function statesOf({ states, model: { hidden } }: Pick<ModelFile, "states" | "model">, B: number, name: string): Float32Array {
  const parts = states.map(({ name: key, values }) => repeatRows(values, B, hidden, `${name}: ${key}`));
  return joinStates(parts, B);
}

/** [B, width]; one row serves all, none is zero. @throws InputError */
export function repeatRows(values: Values | undefined, B: number, width: number, name: string): Float32Array {
  const result = new Float32Array(B * width);
  if (!values) return result;
  const rows = values.data.length / width;
  if (rows !== 1 && rows !== B) throw new InputError(`${name} has ${rows} rows for ${B} trajectories: it must have one, or one for each`);
  for (let b = 0; b < B; b++) result.set(values.data.subarray((b % rows) * width, ((b % rows) + 1) * width), b * width);
  return result;
}

/** Tensors of a network under PyTorch's names with a prefix. */
export function parameterTensors(
  model: Omit<Model, "parameters">,
  parameters: Parameters,
  present = parameterNames,
  prefix = "",
): [string, Tensor][] {
  return present.map((name) => [prefix + name, floatTensor(parameters[name], parameterShape(model, name))]);
}

/** Tensors [B, N] of states [B, D] (or of their gradient), under PyTorch's names. */
export function stateTensors({ cell, hidden }: Omit<Model, "parameters">, states: Float32Array, B: number): [string, Tensor][] {
  return splitStates(cell, states, B).map(([name, part]) => [name, floatTensor(part, [B, hidden])]);
}
