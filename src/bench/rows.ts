import type { CellName } from "../cells/index";
import type { Sizes } from "../kernels/sizes";

/** One line of the table of speed: what is computed, and how much faster than the best PyTorch configuration we mean to be. */
export interface BenchRow {
  readonly kind: "flossing" | "spectrum" | "training";
  readonly cell: CellName;
  readonly hidden: number;
  /** Exponents; 0 in training. */
  readonly k: number;
  readonly steps: number;
  readonly batch: number;
  readonly networks: number;
  /** Of the training task, in steps. */
  readonly delay?: number;
  /** Goal of PyTorch's time over ours, on two CPU cores with a software adapter. */
  readonly goal: number;
}

/** The sizes of its walk: one input, as the peers' networks have, and no warm-up. */
export function walkSizesOf({ cell, networks: M, batch: B, steps: T, hidden: N, k: K }: Omit<BenchRow, "kind" | "delay" | "goal">): Sizes {
  return { cell, M, B, T, N, S: 1, K, warmup: 0 };
}

const vanilla = { kind: "flossing", cell: "rnn", batch: 1 } as const;

/** Sizes and goals of design 7. */
export const benchRows: readonly BenchRow[] = [
  { ...vanilla, hidden: 80, k: 75, steps: 300, networks: 1, goal: 2 },
  { ...vanilla, hidden: 80, k: 75, steps: 300, networks: 10, goal: 1 },
  { ...vanilla, hidden: 80, k: 16, steps: 300, networks: 10, goal: 4 },
  { ...vanilla, hidden: 32, k: 1, steps: 100, networks: 10, goal: 20 },
  { ...vanilla, kind: "training", hidden: 80, k: 0, steps: 300, batch: 16, networks: 1, delay: 40, goal: 1.5 },
  { ...vanilla, kind: "training", hidden: 80, k: 0, steps: 300, batch: 16, networks: 10, delay: 40, goal: 1.3 },
  { ...vanilla, cell: "lstm", hidden: 64, k: 32, steps: 100, networks: 10, goal: 1.5 },
  { ...vanilla, cell: "gru", hidden: 64, k: 32, steps: 100, networks: 10, goal: 1.5 },
  { ...vanilla, kind: "spectrum", hidden: 256, k: 64, steps: 300, networks: 1, goal: 2 },
];
