import { readFileSync } from "node:fs";
import type { CellName } from "../../src/cells/index";
import { type Model, type ParameterName, parameterNames } from "../../src/model";

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
  /** Initial state [B, N]. */
  readonly h0: Float32Array;
  /** Initial tangent frame [D, K]. */
  readonly q0: Float32Array;
  /** Exponents [B][K] in nats per step. */
  readonly exponents: number[][];
  readonly loss: number;
  /** Gradient of the loss, summed over the trajectories. */
  readonly gradient: Record<ParameterName, Float64Array>;
}

/** The accuracy cases of the cells there are; files in `test/cases`. */
export const caseNames: string[] = ["rnn-small", "rnn-batch", "rnn-paper"];

interface Header {
  readonly [name: string]: { readonly dtype: "F32" | "F64"; readonly shape: number[]; readonly data_offsets: [number, number] };
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

/** All tensors of a trusted safetensors file. The strict reader of the product is `src/files/safetensors.ts`. */
function readTensors(file: string): Record<string, Float32Array | Float64Array> {
  const bytes = readFileSync(new URL(`../cases/${file}`, import.meta.url));
  const start = 8 + Number(bytes.readBigUInt64LE(0));
  const header = JSON.parse(bytes.subarray(8, start).toString("utf8")) as Header;
  const tensors: Record<string, Float32Array | Float64Array> = {};
  for (const [name, { dtype, data_offsets }] of Object.entries(header)) {
    // A copy, because typed arrays need an aligned start.
    const data = new Uint8Array(bytes.subarray(start + data_offsets[0], start + data_offsets[1])).buffer;
    tensors[name] = dtype === "F64" ? new Float64Array(data) : new Float32Array(data);
  }
  return tensors;
}

/** The tensor `name` in the number format that the caller expects of it. */
function pick<A extends Float32Array | Float64Array>(tensors: Record<string, Float32Array | Float64Array>, name: string, type: new () => A): A {
  const tensor = tensors[name];
  if (!(tensor instanceof type)) throw new Error(`${name} is missing or not a ${type.name}`);
  return tensor;
}

/** Read the case `name` from `test/cases`. */
export function loadCase(name: string): Case {
  const json = JSON.parse(readFileSync(new URL(`../cases/${name}.json`, import.meta.url), "utf8")) as Description;
  const tensors = readTensors(`${name}.safetensors`);
  const gradients = readTensors(`${name}.gradient.safetensors`);
  const parameters = Object.fromEntries(parameterNames.map((tensor) => [tensor, pick(tensors, tensor, Float32Array)]));
  const gradient = Object.fromEntries(parameterNames.map((tensor) => [tensor, pick(gradients, tensor, Float64Array)]));
  const { cell, hidden, inputs, steps, batch, k, warmup, target, exponents, loss } = json;
  return {
    name,
    model: { cell, hidden, inputs, parameters: parameters as unknown as Model["parameters"] },
    B: batch,
    T: steps,
    S: inputs,
    K: k,
    warmup,
    target,
    x: pick(tensors, "x", Float32Array),
    h0: pick(tensors, "h0", Float32Array),
    q0: pick(tensors, "q0", Float32Array),
    exponents,
    loss,
    gradient: gradient as Record<ParameterName, Float64Array>,
  };
}
