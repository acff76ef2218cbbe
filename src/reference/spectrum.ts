import { cells } from "../cells/index";
import { InputError } from "../errors";
import { parameterNames, parameterShape } from "../model";
import { flossingLoss } from "./flossing_loss";
import type { Numbers } from "./matrix";
import { gramSchmidt } from "./qr";
import { walkAdjoint } from "./walk_adjoint";
import { type ReferenceModel, type Schedule, walkForward } from "./walk_forward";
import { addWeightGradient, type ParameterGradient, zeroGradient } from "./weight_gradient";

/** B trajectories of one network. */
export interface ReferenceInputs {
  /** Input [B, T, S], or null for none. */
  readonly x: Numbers | null;
  readonly B: number;
  readonly T: number;
  /** Initial states [B, D]. */
  readonly h0: Numbers;
  /** Initial tangent frame [D, ≥ K], the same for all trajectories; its first K columns are orthonormalised before use. */
  readonly q0: Numbers;
}

export interface ReferenceOptions {
  /** Exponents K, 1 … D. */
  readonly k: number;
  /** Steps that are not counted, 0 … T − 1. */
  readonly warmup?: number;
  /** Steps between orthonormalisations. */
  readonly interval?: number;
  /** First steps, all orthonormalised; default 0. */
  readonly dense?: number;
  /** One number for all exponents, or [K]. */
  readonly target?: number | ArrayLike<number>;
  readonly gradient?: boolean;
}

export interface ReferenceResult {
  /** [B][K], nats per step. */
  readonly exponents: Float64Array[];
  /** Mean over trajectories and exponents of (λ − target)². */
  readonly loss: number;
}

export interface ReferenceGradientResult extends ReferenceResult {
  /** Gradient of the loss; h0 [B, D]. */
  readonly gradient: ParameterGradient & { readonly h0: Float64Array };
}

function checkLength(name: string, length: number, ...shape: number[]): void {
  const expected = shape.reduce((product, size) => product * size, 1);
  if (length !== expected) throw new InputError(`${name} has ${length} numbers, [${shape.join(", ")}] needs ${expected}`);
}

function checkRange(name: string, value: number, least: number, most: number): void {
  if (!Number.isInteger(value) || value < least || value > most)
    throw new InputError(`${name} is ${value}, it must be an integer from ${least} to ${most}`);
}

function checkArguments(model: ReferenceModel, { x, B, T, h0, q0 }: ReferenceInputs, K: number, { warmup, interval }: Schedule): void {
  const D = cells[model.cell].states * model.hidden;
  for (const name of parameterNames) checkLength(name, model.parameters[name].length, ...parameterShape(model, name));
  checkRange("T", T, 1, Infinity);
  checkRange("B", B, 1, Infinity);
  checkRange("k", K, 1, D);
  checkRange("warmup", warmup, 0, T - 1);
  checkRange("interval", interval, 1, Infinity);
  if (x) checkLength("x", x.length, B, T, model.inputs);
  checkLength("h0", h0.length, B, D);
  if (q0.length % D !== 0 || q0.length < D * K) throw new InputError(`q0 has ${q0.length} numbers, [${D}, at least ${K}] is needed`);
}

/** The first K columns of q0 [D, ≥ K], orthonormalised. */
function startFrame(q0: Numbers, D: number, K: number): Float64Array {
  const width = q0.length / D;
  const columns = Float64Array.from({ length: D * K }, (_, at) => q0[Math.floor(at / K) * width + (at % K)]);
  return gramSchmidt(columns, D, K).q;
}

/**
 * Lyapunov exponents of B trajectories of one network, the flossing loss, and its exact gradient, all in float64.
 * This is the specification of the kernels: plain loops, one function a stage, nothing fast.
 */
export function referenceSpectrum(
  model: ReferenceModel,
  inputs: ReferenceInputs,
  options: ReferenceOptions & { gradient: true },
): ReferenceGradientResult;
export function referenceSpectrum(model: ReferenceModel, inputs: ReferenceInputs, options: ReferenceOptions): ReferenceResult;
export function referenceSpectrum(
  model: ReferenceModel,
  inputs: ReferenceInputs,
  options: ReferenceOptions,
): ReferenceResult | ReferenceGradientResult {
  const { B, T } = inputs;
  const { k: K, warmup = 0, interval = 1, dense = 0, target = 0 } = options;
  const schedule: Schedule = { T, warmup, interval, dense };
  checkArguments(model, inputs, K, schedule);
  const D = inputs.h0.length / B;
  const targets = typeof target === "number" ? new Float64Array(K).fill(target) : target;
  checkLength("target", targets.length, K);
  const q0 = startFrame(inputs.q0, D, K);
  const inputOf = (b: number) => inputs.x?.subarray(b * T * model.inputs, (b + 1) * T * model.inputs) ?? null;
  const walks = Array.from({ length: B }, (_, b) => walkForward(model, inputOf(b), inputs.h0.subarray(b * D, (b + 1) * D), q0, schedule, b));
  const { exponents, loss, w } = flossingLoss(
    walks.map(({ logSums }) => logSums),
    T - warmup,
    targets,
  );
  if (!options.gradient) return { exponents, loss };
  const gradient = { ...zeroGradient(model), h0: new Float64Array(B * D) };
  walks.forEach((walk, b) => {
    const adjoint = walkAdjoint(model, walk, w[b]);
    addWeightGradient(gradient, model, walk, adjoint, inputOf(b));
    gradient.h0.set(adjoint.h0Bar, b * D);
  });
  return { exponents, loss, gradient };
}
