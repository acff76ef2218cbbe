import { type CellName, cells } from "../cells/index";
import { InputError, LimitError } from "../errors";
import { MOST_STEPS } from "../gpu/status";
import { kernelShape, type Shaped } from "./shape";
import { PANEL } from "./sizes";

/** Sizes of training, the letters of design 2, and what decides the kernels' form. */
export interface TrainSizes {
  readonly cell: CellName;
  /** Networks. */
  readonly M: number;
  /** Sequences of a batch. */
  readonly B: number;
  /** Steps. */
  readonly T: number;
  /** Hidden units. */
  readonly N: number;
  /** Inputs. */
  readonly S: number;
  /** Outputs. */
  readonly R: number;
  /** Logit binary cross-entropy, or mean squared error. */
  readonly loss: "bce" | "mse";
  /** What the readout sees; the trained start is of the same kind. */
  readonly readout: "activation" | "pre-activation";
  /** First counted step, from 0. */
  readonly scored: number;
}

/** As in shaders/lib/train_layout.wgsl. Element counts. */
export interface TrainLayout {
  readonly NP: number;
  readonly BP: number;
  readonly rows: number;
  /** Rows of the adjoints of a step. */
  readonly kept: number;
  /** Of all steps of a network, with what lies behind them. */
  readonly adjoints: number;
  readonly blocks: number;
  readonly slabs: number;
  readonly atReadout: number;
  readonly atReadoutBias: number;
  readonly atStart: number;
  /** Of one network. */
  readonly parameters: number;
  readonly gradient: number;
}

export const trainTensors = ["weight_hh_l0", "weight_ih_l0", "bias_ih_l0", "bias_hh_l0", "readout.weight", "readout.bias", "h0"] as const;
export type TrainTensor = (typeof trainTensors)[number];

/** Numbers behind a network's gradient, the sum of its loss first (shaders/lib/train_layout.wgsl). */
export const METRICS = 16;
export const SLAB = 64;
export const LOSS_BLOCK = 16;

export function trainLayout({ cell, B, T, N, S, R }: TrainSizes): TrainLayout {
  const { gates, states, apart, closed } = cells[cell];
  const NP = Math.ceil(N / PANEL) * PANEL;
  const BP = Math.ceil(B / 8) * 8;
  const rows = gates * NP;
  const kept = rows + apart * NP;
  const atReadout = rows * NP + S * rows + 2 * rows;
  const atReadoutBias = atReadout + R * NP;
  const atStart = atReadoutBias + Math.ceil(R / 4) * 4;
  const parameters = atStart + states * NP * BP;
  return {
    ...{ NP, BP, rows, kept, adjoints: (T * kept + (closed ? 0 : states * NP)) * BP, atReadout, atReadoutBias, atStart, parameters },
    blocks: Math.ceil(T / LOSS_BLOCK),
    slabs: Math.ceil(T / SLAB),
    gradient: parameters + METRICS,
  };
}

/** Bytes of workgroup memory that WebGPU promises on the adapters of the cpu profile: what a shared matrix may take. */
const SHARED_BYTES = 32768;

/** Constants that the training shaders are compiled with: sizes of arrays must be known there. */
export function trainConstants(sizes: TrainSizes, shape: Shaped): string {
  const { N, S, R, B, cell } = sizes;
  const { NP, BP, rows } = trainLayout(sizes);
  const columns = columnsOf(sizes, shape);
  const shared = kernelShape(shape).profile === "cpu" && rows * NP * 4 <= SHARED_BYTES;
  const integers = { N, NP, BATCH: B, BP, S, R, COLUMNS: columns, TILE_COLUMNS: tileColumnsOf(sizes, shape) };
  const flags = { SHARED: shared, LOSS_MSE: sizes.loss === "mse", PREACTIVATION: sizes.readout === "pre-activation" };
  const lines = [
    ...Object.entries(integers).map(([name, value]) => `const ${name} = ${value}u;`),
    ...Object.entries(flags).map(([name, value]) => `const ${name} = ${value};`),
  ];
  return `// The sizes of this run of the cell '${cell}'.\n${lines.join("\n")}\n`;
}

/** Blocks of 8 columns of a tile of the weight gradient: what the shape says, or as many as come out even. No result depends on it. */
export function tileColumnsOf(sizes: TrainSizes, shape: Shaped): number {
  const blocks = trainLayout(sizes).NP / 8;
  const { tile } = kernelShape(shape);
  if (tile && blocks % tile !== 0) throw new InputError(`tile = ${tile}: must divide ${blocks}, the blocks of 8 units`);
  return tile ?? [5, 4, 3, 2].find((count) => blocks % count === 0) ?? 1;
}

/**
 * Sequences of a lane: what the shape says, or two, unless the batch is odd or the adapter's cores would have nothing to do. No
 * result depends on it.
 */
export function columnsOf(sizes: TrainSizes, shape: Shaped): number {
  const { BP } = trainLayout(sizes);
  const { columns } = kernelShape(shape);
  if (columns && BP % (8 * columns) !== 0) throw new InputError(`columns = ${columns}: must divide ${BP / 8}, the blocks of 8 sequences`);
  if (columns) return columns;
  return BP % 16 === 0 && (sizes.M * BP) / 16 >= 4 ? 2 : 1;
}

/** Workgroups that share a network's batch. */
export function partsOf(sizes: TrainSizes, shape: Shaped): number {
  return trainLayout(sizes).BP / (kernelShape(shape).profile === "cpu" ? 8 * columnsOf(sizes, shape) : 8);
}

/** @throws InputError, LimitError where the sizes make no sense or pass what the kernels can count */
export function checkTrainSizes(sizes: TrainSizes): void {
  for (const name of ["M", "B", "T", "N", "R"] as const) {
    if (!Number.isInteger(sizes[name]) || sizes[name] < 1) throw new InputError(`${name} = ${sizes[name]}: must be a whole number of at least 1`);
  }
  if (!Number.isInteger(sizes.S) || sizes.S < 0) throw new InputError(`S = ${sizes.S}: must be a whole number of at least 0`);
  if (!Number.isInteger(sizes.scored) || sizes.scored < 0 || sizes.scored >= sizes.T)
    throw new InputError(`the first counted step is ${sizes.scored}: must be 0 to ${sizes.T - 1}, below the ${sizes.T} steps`);
  if (sizes.T > MOST_STEPS) throw new LimitError(`T = ${sizes.T} steps: at most ${MOST_STEPS} in one walk; lower the steps`);
  const { gates, title } = cells[sizes.cell];
  if (sizes.readout === "pre-activation" && gates !== 1)
    throw new InputError(`readout = pre-activation: a unit of ${title} cells has ${gates} of them; use activation`);
}
