import { expect, it } from "vitest";
import { fitPower } from "../../src/bench/fit";
import { median } from "../../src/bench/median";
import { byFusedName, fitsOf, type ScalingPoint } from "../../src/bench/scaling";
import { executedFlops, executedTraining, workOf } from "../../src/bench/work";

const sizes = [32, 64, 128, 256, 512];

it("finds the exponent of a power law, in any order of the sizes", () => {
  const points = sizes.map((n) => [n, 3 * n ** 1.7] as const).reverse();
  expect(fitPower(points).exponent).toBeCloseTo(1.7, 12);
  expect(fitPower(points).last).toBeCloseTo(1.7, 12);
});

it("the median of an even number of times is the mean of the middle two; times stay in their order", () => {
  const times = [4, 1, 3, 2];
  expect([median([3, 1, 2]), median(times), median([5])]).toEqual([2, 2.5, 5]);
  expect(times).toEqual([4, 1, 3, 2]);
});

it("a constant beside it lowers the exponent over all sizes more than at the end", () => {
  const { exponent, last } = fitPower(sizes.map((n) => [n, 5000 + n ** 2] as const));
  expect(exponent).toBeLessThan(1.6);
  expect(last).toBeGreaterThan(exponent);
  expect(last).toBeLessThan(2);
});

it("fits a network's share of each counted kernel, all together and the wall's time, beside the operations over the same sizes", () => {
  const base = { work: "flossing", cell: "rnn", k: 8, steps: 10, batch: 1 } as const;
  const points = sizes.map((hidden): ScalingPoint => {
    const networks = 1024 / hidden;
    const kernels = {
      walk_forward: { ms: networks * hidden ** 1.5, flops: networks * hidden, bytes: 1, executed: networks * hidden ** 2 },
      weight_gradient: { ms: 2 * networks * hidden ** 1.5, flops: networks * hidden, bytes: 1, executed: 3 * networks * hidden ** 2 },
      adam: { ms: 7, flops: 0, bytes: 1, executed: 0 },
    };
    return { ...base, networks, hidden, wall_ms: 10 * networks * hidden, kernels };
  });
  const fits = fitsOf("hidden", points);
  expect(fits.map(({ kernel }) => kernel)).toEqual(["walk_forward", "weight_gradient", "kernels", "wall"]);
  expect(fits.map(({ measured }) => Number(measured.exponent.toFixed(9)))).toEqual([1.5, 1.5, 1.5, 1]);
  expect(fits.map(({ flops }) => Number(flops.exponent.toFixed(9)))).toEqual([2, 2, 2, 2]);
});

it("adds up the stages of a step under the kernel that does the same in one dispatch", () => {
  const time = (ms: number) => ({ ms, longest: ms, passes: 1 });
  const stages = {
    step_tangents: time(2),
    step_orthonormalise: time(3),
    step_correct: time(1),
    step_solve: time(4),
    step_pull_back: time(5),
    adam: time(7),
  };
  expect(byFusedName(stages)).toEqual({ walk_forward: 5, walk_adjoint: 10, adam: 7 });
});

it("counts whole panels, two passes of CholeskyQR and the pointwise part", () => {
  const sizes = { cell: "rnn", M: 2, B: 1, T: 3, N: 48, S: 1, K: 32, warmup: 0 } as const;
  const product = 2 * 48 * 48 * 33;
  const tile = 2 * 48 * 16 * 16;
  const pointwise = 3 * 48 * 32;
  // Forward: one pair of panels, and two panels twice; backward: three pairs, each in S, Q S and the solution with Rᵀ.
  expect(executedFlops(sizes, 1)).toEqual({
    walk_forward: 6 * (product + pointwise + 40 * 48 + 10 * tile + 2 * 5 * 16 ** 3),
    walk_adjoint: 6 * (product + pointwise + 2 * 48 * 32 + 6 * 48 + 9 * tile),
    weight_gradient: 6 * product,
  });
  // The larger the network, the less it adds.
  const added = (N: number) => (executedFlops({ ...sizes, N }, 1).walk_forward ?? 0) / workOf({ ...sizes, N }, 1).walk_forward.flops;
  expect(added(48)).toBeGreaterThan(1.4);
  expect(added(4096)).toBeLessThan(1.02);
});

it("counts the pointwise part of training and what lies beside the weights", () => {
  const sizes = { cell: "gru", M: 2, B: 3, T: 5, N: 17, S: 2, R: 1, scored: 0, loss: "mse", readout: "activation" } as const;
  const [steps, rows, NP] = [2 * 8 * 5, 3 * 32, 32];
  const product = 2 * rows * NP;
  expect(executedTraining(sizes)).toEqual({
    train_forward: steps * (product + 7 * rows + NP * (3 * 40 + 2)),
    train_adjoint: steps * (product + NP * (3 * 6 + 2 + 1)),
    // The input part of n has adjoints of its own.
    train_gradient: steps * (product + 16 * (rows + NP + NP)),
  });
});
