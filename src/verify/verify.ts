import { evaluateTask } from "../evaluate";
import { lyapunovSpectra, type SpectrumOptions, type SpectrumResult } from "../lyapunov";
import { type ParameterName, parameterNames } from "../model";
import type { TrainModel } from "../train_model";
import { type Case, caseNames, loadCase, pytorchErrors } from "./cases";
import { permutation, permuteColumns, permuted, permuteParameters, permuteRows } from "./permutation";
import { loadTrainCase, type TrainCase, trainCaseNames } from "./train_cases";

/** One line of a verification. */
export interface VerifyRow {
  readonly case: string;
  /** Largest error of an exponent or the loss, or relative error of the whole gradient. */
  readonly kind: "value" | "gradient";
  /** Over eight random orders of the hidden units. */
  readonly median: number;
  readonly largest: number;
  /** PyTorch's float32 error on the case. */
  readonly pytorch: number;
  /** What the median may be; the largest may be three times that. */
  readonly limit: number;
  readonly passed: boolean;
}

/** Floors of the limits: below them no one can tell a good kernel from a better one (design 7). */
const floors = { value: 5e-6, gradient: 5e-5 } as const;

const ORDERS = 8;

/**
 * Computes the accuracy cases on a device and compares with PyTorch's float64 autograd: over eight random orders of the hidden
 * units, the median error may be what PyTorch's float32 has on the case, and the largest three times that.
 * @param onRow told each line as it is known
 */
export async function verifyAccuracy(
  device: GPUDevice,
  options: Pick<SpectrumOptions, "profile" | "signal" | "onProgress"> & { readonly onRow?: (row: VerifyRow) => void } = {},
): Promise<VerifyRow[]> {
  const rows: VerifyRow[] = [];
  for (const name of [...caseNames, ...trainCaseNames]) {
    const measured = caseNames.includes(name)
      ? await measure(device, loadCase(name), options)
      : await measureTraining(device, loadTrainCase(name), options);
    for (const kind of ["value", "gradient"] as const) {
      const row = rowOf(
        name,
        kind,
        measured.map((errors) => errors[kind]),
      );
      rows.push(row);
      options.onRow?.(row);
    }
  }
  return rows;
}

/** Errors of the case in each order of its units, all computed together. */
async function measure(device: GPUDevice, c: Case, options: Pick<SpectrumOptions, "profile" | "signal" | "onProgress">) {
  const orders = Array.from({ length: ORDERS }, (_, number) => permutation(c.model.hidden, number));
  const networks = orders.map((order) => permuted(c, order));
  const inputs = { B: c.B, T: c.T, x: c.x, h0: (m: number) => networks[m].h0, q0: (m: number) => networks[m].q0 };
  const how = { k: c.K, warmup: c.warmup, interval: 1, target: c.target, gradient: true };
  const { profile, signal, onProgress } = options;
  const results = await lyapunovSpectra(
    device,
    networks.map(({ model }) => model),
    inputs,
    { ...how, ...(profile && { profile }), signal, onProgress },
  );
  return results.map((result, m) => errorsOf(c, result, orders[m]));
}

/** The same for a case of training. */
async function measureTraining(
  device: GPUDevice,
  { model, gradient, ...c }: TrainCase,
  { profile, onProgress }: Pick<SpectrumOptions, "profile" | "onProgress">,
) {
  const orders = Array.from({ length: ORDERS }, (_, number) => permutation(model.hidden, number));
  const networks = orders.map((order): TrainModel => {
    const parameters = permuteParameters(model.parameters, model.inputs, order);
    const start = new Float32Array(model.start.length);
    const D = start.length / c.B;
    for (let b = 0; b < c.B; b++) start.set(permuteRows(model.start.subarray(b * D, (b + 1) * D), 1, order), b * D);
    return { ...model, parameters, readoutWeight: permuteColumns(model.readoutWeight, order), start };
  });
  const how = { loss: c.lossKind, firstStep: c.firstStep, onProgress, ...(profile && { profile }) };
  const results = await evaluateTask(device, networks, c, () => c, how);
  return results.map((result, m) => {
    const { h0: _, ...got } = result.gradient;
    const readout = (values: ArrayLike<number>[]) => values.flatMap((each) => Array.from(each));
    const expected = { ...permuteParameters(gradient, model.inputs, orders[m]) };
    const expectedReadout = readout([permuteColumns(gradient["readout.weight"], orders[m]), gradient["readout.bias"]]);
    return {
      value: Math.abs(result.loss - c.loss),
      gradient: relativeError([...flat(got), ...readout([got["readout.weight"], got["readout.bias"]])], [...flat(expected), ...expectedReadout]),
    };
  });
}

function errorsOf(c: Case, { exponents, loss, gradient }: SpectrumResult, order: readonly number[]): { value: number; gradient: number } {
  if (!gradient) throw new Error("the gradient is missing");
  const differences = exponents.flatMap((row, b) => Array.from(row, (value, k) => Math.abs(value - c.exponents[b][k])));
  const value = largest([...differences, Math.abs(loss - c.loss)]);
  return { value, gradient: relativeError(flat(gradient), flat(permuteParameters(c.gradient, c.model.inputs, order))) };
}

function flat(parameters: Readonly<Record<ParameterName, ArrayLike<number>>>): number[] {
  return parameterNames.flatMap((name) => Array.from(parameters[name]));
}

/** ‖actual − expected‖ / ‖expected‖ */
function relativeError(actual: readonly number[], expected: readonly number[]): number {
  return Math.hypot(...actual.map((value, i) => value - expected[i])) / Math.hypot(...expected);
}

/** Not a number where one is not: no comparison passes then. */
function largest(values: readonly number[]): number {
  return values.reduce((most, value) => (Number.isNaN(value) || value > most ? value : most), 0);
}

function rowOf(name: string, kind: VerifyRow["kind"], errors: readonly number[]): VerifyRow {
  const sorted = [...errors].sort((a, b) => a - b);
  const median = errors.some(Number.isNaN) ? Number.NaN : sorted[Math.floor(sorted.length / 2)];
  const pytorch = pytorchErrors[name][kind];
  const limit = Math.max(pytorch, floors[kind]);
  const most = errors.some(Number.isNaN) ? Number.NaN : sorted[sorted.length - 1];
  return { case: name, kind, median, largest: most, pytorch, limit, passed: median <= limit && most <= 3 * limit };
}
