import { type CellName, cells } from "../cells/index";
import { InputError, LimitError } from "../errors";
import { MOST_STEPS } from "../gpu/status";
import type { Few } from "../shaders";
import { kernelShape, type Shaped } from "./shape";

/** Sizes of a walk, the letters of design 2. */
export interface Sizes {
  readonly cell: CellName;
  /** Networks. */
  readonly M: number;
  /** Trajectories of one network. */
  readonly B: number;
  /** Steps. */
  readonly T: number;
  /** Hidden units. */
  readonly N: number;
  /** Inputs. */
  readonly S: number;
  /** Tangent vectors, exponents. */
  readonly K: number;
  readonly warmup: number;
  /** Tangent vectors that are orthonormalised together; default 16. */
  readonly panel?: number;
}

/** As in shaders/lib/layout.wgsl and adjoint_layout.wgsl. Element counts, per trajectory or network. */
export interface Layout {
  readonly NP: number;
  readonly KP: number;
  readonly D: number;
  readonly panel: number;
  readonly panels: number;
  readonly blocks: number;
  readonly gates: number;
  readonly states: number;
  readonly record: number;
  /** Of `tangents` and one step: the tangent vectors, and W times those before where the cell's adjoint needs it. */
  readonly slot: number;
  /** Of a row of `rows`. */
  readonly row: number;
  /** Steps whose weight gradients are summed together, at fixed times: fewer than BLOCK where their rows would take too much. */
  readonly slab: number;
  readonly atWeightIh: number;
  readonly atBiasIh: number;
  readonly atBiasHh: number;
  readonly parameters: number;
}

/** Units are padded to a multiple of it; so are tangent vectors, where the shape has no other panels. */
export const PANEL = 16;
/** Steps whose log R_ii are summed together, at fixed times. */
export const BLOCK = 16;

/** @throws InputError, LimitError where the sizes make no sense or pass what the kernels can count */
export function checkSizes(sizes: Sizes): void {
  const D = cells[sizes.cell].states * sizes.N;
  for (const name of ["M", "B", "T", "N", "K"] as const) {
    if (!Number.isInteger(sizes[name]) || sizes[name] < 1) throw new InputError(`${name} = ${sizes[name]}: must be a whole number of at least 1`);
  }
  if (!Number.isInteger(sizes.S) || sizes.S < 0) throw new InputError(`S = ${sizes.S}: must be a whole number of at least 0`);
  if (sizes.K > D) throw new InputError(`k = ${sizes.K}: a network with ${D} state numbers has exponents 1 to ${D}; lower k`);
  if (!Number.isInteger(sizes.warmup) || sizes.warmup < 0 || sizes.warmup >= sizes.T)
    throw new InputError(`warmup = ${sizes.warmup}: must be 0 to ${sizes.T - 1}, below the ${sizes.T} steps`);
  if (sizes.T > MOST_STEPS) throw new LimitError(`T = ${sizes.T} steps: at most ${MOST_STEPS} in one walk; lower the steps`);
  if (sizes.K > 4095) throw new LimitError(`k = ${sizes.K}: at most 4095; lower k`);
}

/** Bytes that the rows of a slab of one trajectory may take; not an adapter's limit, so that sums do not depend on it. */
const SLAB_BYTES = 64 * 2 ** 20;

function padded(n: number, to = PANEL): number {
  return Math.ceil(n / to) * to;
}

export function layoutOf(sizes: Sizes): Layout {
  const { gates, states, record, closed, apart } = cells[sizes.cell];
  const NP = padded(sizes.N);
  const { panel = PANEL } = sizes;
  const KP = padded(sizes.K, panel);
  const row = Math.ceil((sizes.K + 1 + Math.min(apart, 1)) / 4) * 4;
  const most = SLAB_BYTES / (4 * (gates + 1) * NP * row);
  const atWeightIh = gates * NP * NP;
  const atBiasIh = atWeightIh + sizes.S * gates * NP;
  const atBiasHh = atBiasIh + gates * NP;
  return {
    NP,
    KP,
    D: states * NP,
    panel,
    panels: KP / panel,
    blocks: Math.ceil(sizes.T / BLOCK),
    gates,
    states,
    record,
    slot: KP * (states + (closed ? 0 : gates)) * NP,
    row,
    slab: Math.min(BLOCK, Math.max(1, 2 ** Math.floor(Math.log2(most)))),
    atWeightIh,
    atBiasIh,
    atBiasHh,
    parameters: atBiasHh + gates * NP,
  };
}

/** Units up to which a lane can keep its weights in registers. */
const FEW_UNITS = 96;

/** The kernels for few tangent vectors, where they suit; undefined: those for panels of them. */
export function fewOf(sizes: Sizes, shape: Shaped): Few | undefined {
  const { NP } = layoutOf(sizes);
  if (kernelShape(shape).profile !== "cpu" || !cells[sizes.cell].closed || sizes.K > 3 || NP > FEW_UNITS) return undefined;
  return { owned: NP / 8, vectors: sizes.K };
}

/** Kernels with lib/lanes_wide take two panels at once. */
export function wideConstant(wide: boolean): Readonly<Record<string, number>> {
  return wide ? { WIDE: 1 } : {};
}
