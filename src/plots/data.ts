/** What the plots draw: numbers and words only, so that Node and the browser share them. */

/** One epoch of a flossing run, of one trajectory or averaged over several. */
export interface FlossingPlotEpoch {
  readonly epoch: number;
  /** Mean of (λ_i − target_i)² over the exponents. */
  readonly loss: number;
  /** [K] nats per step. */
  readonly exponents: ArrayLike<number>;
}

/** A flossing run of one network. */
export interface FlossingPlotData {
  readonly title: string;
  readonly caption: string;
  /** The target of every exponent, or of each. */
  readonly target: number | readonly number[];
  /** [K] exponents of the first epoch. */
  readonly before: ArrayLike<number>;
  /** [K] exponents of the last epoch. */
  readonly after: ArrayLike<number>;
  readonly epochs: readonly FlossingPlotEpoch[];
}

/** Lyapunov spectra of one or several trajectories. */
export interface SpectrumPlotData {
  readonly title: string;
  readonly caption: string;
  /** [B][K] nats per step. */
  readonly exponents: readonly ArrayLike<number>[];
  /** [B][K] standard errors; null: not known. */
  readonly standardErrors?: readonly ArrayLike<number | null>[] | undefined;
}

/** GPU time of kernels. */
export interface BenchPlotData {
  readonly title: string;
  readonly caption: string;
  readonly bars: readonly { readonly row: string; readonly stage: string /** Milliseconds of an epoch. */; readonly ms: number }[];
}

/** How variants of the kernels did against the default. */
export interface TunePlotData {
  readonly title: string;
  readonly caption: string;
  readonly sizes: readonly {
    readonly size: string;
    /** Time of the default over the variant's. */
    readonly variants: readonly { readonly name: string; readonly ratio: number; readonly kind: "default" | "accepted" | "rejected" | "winner" }[];
  }[];
}

/** Training runs of one setting. */
export interface TrainingPlotData {
  readonly title: string;
  readonly caption: string;
  /** Epochs before which networks were flossed. */
  readonly flossedAt: readonly number[];
  readonly runs: readonly {
    readonly seed: number;
    readonly points: readonly {
      readonly epoch: number;
      readonly loss: number;
      readonly accuracy?: number | undefined;
      readonly gradientNorm: number;
    }[];
  }[];
}

/** Training runs of several settings. */
export interface ComparePlotData {
  readonly title: string;
  readonly caption: string;
  /** What the curves show. */
  readonly label: string;
  readonly log: boolean;
  readonly curves: readonly {
    /** Task and horizon. */
    readonly panel: string;
    readonly condition: string;
    /** Median and quartiles over the seeds. */
    readonly points: readonly { readonly epoch: number; readonly median: number; readonly low: number; readonly high: number }[];
  }[];
}

/** Rates of kernels under the adapter's ceilings, and times against sizes. */
export interface RooflinePlotData {
  readonly title: string;
  readonly caption: string;
  /** 10⁹ operations and bytes per second that the adapter was measured to do at best. */
  readonly ceiling: { readonly gflops: number; readonly gbytes: number };
  readonly points: readonly {
    readonly cell: string;
    readonly kernel: string;
    /** Operations per byte that must move. */
    readonly intensity: number;
    readonly gflops: number;
  }[];
  readonly curves: readonly {
    readonly title: string;
    /** What the size is, and the time. */
    readonly label: string;
    readonly time: string;
    readonly points: readonly {
      readonly cell: string;
      readonly kernel: string;
      readonly size: number;
      readonly ms: number;
      /** What it would be if time grew as the operations do, from the largest size down. */
      readonly expected: number;
    }[];
  }[];
}
