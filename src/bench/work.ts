import { cells } from "../cells/index";
import { layoutOf, type Sizes } from "../kernels/sizes";
import { type TrainSizes, trainLayout } from "../kernels/train_sizes";

/** What one kind of kernel does in one epoch. */
export interface Work {
  readonly flops: number;
  /** Bytes that must be read or written at least once per step. */
  readonly bytes: number;
}

/** Kernels whose work is counted; the others take no time to speak of. */
export type Stage =
  | "walk_forward"
  | "walk_adjoint"
  | "step_tangents"
  | "step_orthonormalise"
  | "step_correct"
  | "step_solve"
  | "step_pull_back"
  | "weight_gradient";

/**
 * Multiplications and additions of an epoch without those of padding or of a second Gram-Schmidt pass, so that rates of different
 * versions can be compared (kernels.md: 2N²K + 2NK² forward).
 * @param interval steps between orthonormalisations
 */
export function workOf({ cell, M, B, T, N, S, K }: Sizes, interval: number): Record<Stage, Work> {
  const { gates, states, record } = cells[cell];
  const D = states * N;
  const G = gates * N;
  const steps = M * B * T;
  const often = steps / interval;
  const triangle = (K * (K + 1)) / 2;
  const product = 2 * G * N * K;
  const state = 2 * G * (N + S);
  return {
    walk_forward: {
      flops: steps * (product + state) + often * 4 * D * triangle,
      bytes: 4 * (steps * (G * N + 2 * D * K + 2 * record * N) + often * triangle),
    },
    walk_adjoint: {
      // Correction: S and Q S, upper triangles; solve with Rᵀ; product with Jᵀ.
      flops: steps * (product + 2 * G * N + 2 * D * K) + often * (4 + 2) * D * triangle,
      bytes: 4 * (steps * (G * N + D * K + G * K + 2 * D * K) + often * triangle),
    },
    step_tangents: { flops: steps * (product + state), bytes: 4 * steps * (G * N + 2 * D * K + 2 * record * N) },
    step_orthonormalise: { flops: often * 4 * D * triangle, bytes: 4 * often * (2 * D * K + triangle) },
    step_correct: { flops: often * 4 * D * triangle, bytes: 4 * often * 3 * D * K },
    step_solve: { flops: steps * 2 * D * K + often * 2 * D * triangle, bytes: 4 * (steps * (D * K + 2 * G * K) + often * (D * K + triangle)) },
    step_pull_back: { flops: steps * (product + 2 * G * N), bytes: 4 * steps * (G * N + D * K + G * K) },
    weight_gradient: { flops: steps * 2 * G * (N * (K + 1) + S + 2), bytes: 4 * steps * (G + N) * (K + 1) },
  };
}

/** CholeskyQR passes of a panel that is not nearly dependent (shaders/lib/gram_schmidt.wgsl). */
const PASSES = 2;

/** Additions, multiplications and divisions of tanh_stable, about: both of its branches are run (shaders/lib/math.wgsl). */
const ELEMENTARY = 40;
/** Of a gate's step in a cell's `cell_adjoint`, and of one tangent vector's in `cell_tangent`, about. */
const GATE_ADJOINT = 6;
const GATE_TANGENT = 3;

/** Operations of an epoch as the kernels do them: padding, the pointwise part, whole panels where a triangle would do, and every pass of CholeskyQR. */
export function executedFlops(sizes: Sizes, interval: number): Partial<Record<Stage, number>> {
  const { NP, KP, D, panel, panels, gates } = layoutOf(sizes);
  const { elementary } = cells[sizes.cell];
  const steps = sizes.M * sizes.B * sizes.T;
  const often = steps / interval;
  const product = 2 * gates * NP * NP * (KP + 1);
  // Xᵀ Y of two panels, or X C.
  const tile = 2 * D * panel ** 2;
  const pairs = (panels * (panels + 1)) / 2;
  // Cholesky factor and inverse of each pass, and the product of the inverses.
  const factors = (2 * PASSES + PASSES - 1) * panel ** 3;
  const tangents = GATE_TANGENT * gates * NP * KP;
  return {
    walk_forward:
      steps * (product + tangents + ELEMENTARY * elementary * NP) + often * (tile * 2 * (pairs - panels + PASSES * panels) + factors * panels),
    // The pointwise part has second-order sums beside it.
    walk_adjoint: steps * (product + tangents + 2 * NP * KP + GATE_ADJOINT * gates * NP) + often * tile * 3 * pairs,
    weight_gradient: steps * product,
  };
}

/** Operations of a training epoch as the kernels do them: padding, the pointwise part of a step, and whole tiles beside the weights. */
export function executedTraining(sizes: TrainSizes): Partial<Record<string, number>> {
  const { cell, M, T, S, R } = sizes;
  const { gates, elementary } = cells[cell];
  const { NP, BP, rows, kept } = trainLayout(sizes);
  const steps = M * BP * T;
  const product = 2 * rows * NP;
  // Blocks of 8 columns: inputs and a one beside the adjoints, errors beside what is read out.
  const beside = 16 * (kept * Math.ceil((S + 1) / 8) + NP * Math.ceil(R / 8));
  return {
    train_forward: steps * (product + rows * (2 * S + 3) + NP * (elementary * ELEMENTARY + 2 * R)),
    train_adjoint: steps * (product + NP * (gates * GATE_ADJOINT + 2 * R + 1)),
    train_gradient: steps * (product + beside),
  };
}

/** Multiplications and additions of a training epoch, and its bytes, by kernel; the update takes no time to speak of. */
export function trainingWork({ cell, M, B, T, N, S, R }: TrainSizes): Partial<Record<string, Work>> {
  const { gates, record } = cells[cell];
  const G = gates * N;
  const steps = M * B * T;
  const product = 2 * G * N;
  return {
    train_forward: { flops: steps * (product + 2 * G * S + 2 * N * R), bytes: 4 * steps * (record * N + S + 2 * R) },
    train_adjoint: { flops: steps * (product + 2 * N * R), bytes: 4 * steps * (record * N + G + R) },
    train_gradient: { flops: steps * (product + 2 * G * (S + 1) + 2 * N * R), bytes: 4 * steps * (N + G + S + R) },
  };
}
