/** What a task asks of a network, for one choice of its numbers. */
export interface Task {
  readonly name: string;
  /** File of shaders/tasks that draws it; undefined where sequences are loaded. */
  readonly shader: "delayed" | "spatial" | "adding" | undefined;
  /** Inputs and outputs. */
  readonly S: number;
  readonly R: number;
  readonly loss: "bce" | "mse";
  /** Inputs uniform in [0, 1) instead of bits. */
  readonly real: boolean;
  /** What the network sees of an input is multiplied with this: the paper's code divides by the number of channels. */
  readonly scale: number;
  /** Steps before the first that targets may look at. */
  readonly history: number;
  /** Steps Δ between taps, and their number. */
  readonly delay: number;
  readonly taps: number;
  /** First counted step, from 0. */
  readonly scored: number;
  /** The longest dependency in steps, in words that say what it is. */
  readonly horizon: string;
}

/** What people choose of a task. */
export interface TaskOptions {
  /** Steps T of a sequence. */
  readonly steps: number;
  /** The paper's d for `copy` and `xor`, the code's Δ for `xor-tree`. */
  readonly delay: number | undefined;
  /** Depth h of `xor-tree`: 2^h taps. */
  readonly depth: number;
  /** Counts one step more, whose label needs an input before the sequence: as the paper's code (paper.md 11.1). */
  readonly referenceLabels: boolean;
}
