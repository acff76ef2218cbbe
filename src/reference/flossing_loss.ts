/** The exponents of all trajectories, the loss on them, and what the adjoint starts from. */
export interface FlossingLoss {
  /** [B][K], nats per step. */
  readonly exponents: Float64Array[];
  readonly loss: number;
  /** [B][K]: w_i = ∂L/∂(log R_ii), the same for every counted step. */
  readonly w: Float64Array[];
}

/**
 * λ_i = Σ log R_ii / (T − warmup), L = mean over trajectories and i ≤ K of (λ_i − target_i)² (design.md 2 and 3.2; the paper sums over i).
 * logSums [B][K] over the `counted` = T − warmup steps; target [K].
 */
export function flossingLoss(logSums: readonly Float64Array[], counted: number, target: ArrayLike<number>): FlossingLoss {
  const B = logSums.length;
  const exponents = logSums.map((sums) => sums.map((sum) => sum / counted));
  const K = target.length;
  let loss = 0;
  const w = exponents.map((lambda) =>
    lambda.map((value, i) => {
      const distance = value - target[i];
      loss += distance ** 2 / (K * B);
      return (2 * distance) / (K * B * counted);
    }),
  );
  return { exponents, loss, w };
}
