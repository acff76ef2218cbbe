import { EigenvalueDecomposition, Matrix } from "ml-matrix";
import {
  cells,
  createTrainer,
  isSoftware,
  logCondition,
  longTermJacobians,
  lyapunovSpectra,
  type Model,
  NumericalError,
  type Progress,
  type Task,
  type Trainer,
  type TrainModel,
} from "../../src/index";
import { walkForward } from "../../src/reference/walk_forward";
import type { Settings } from "../settings/fields";
import { firstFrame, pictureInputs, stateSize } from "./inputs";
import type { Snapshot } from "./types";

/** Steps over which gradients and units are shown. */
const HORIZON = 96;
/** Sequences over which the gradient's norm is taken. */
const BATCH = 8;
/** Units of a raster at most. */
const UNITS = 40;
/** Steps between two sums of the walk's logarithms. */
const BLOCK = 16;
/** State numbers up to which the long-term Jacobian's singular values take no time to speak of. */
const SMALL = 64;
/** Steps between two horizons at which they are computed, in two QR sweeps: within half a decade, and far less at the last. */
const EVERY = 32;

type Told = (progress: Progress) => void;

const LN10 = Math.log(10);

/** Measures networks of one shape: everything that figures show of a network at one moment. */
export class Probe {
  readonly #device: GPUDevice;
  readonly #settings: Settings;
  readonly #h0: Float32Array;
  readonly #trainer: Trainer;
  /** Exponents computed. */
  #K: number;

  private constructor(device: GPUDevice, settings: Settings, h0: Float32Array, trainer: Trainer, K: number) {
    this.#device = device;
    this.#settings = settings;
    this.#h0 = h0;
    this.#trainer = trainer;
    this.#K = K;
  }

  /** @param networks how many are measured at a time */
  static async create(device: GPUDevice, settings: Settings, model: Model, h0: Float32Array, networks: number, onProgress: Told): Promise<Probe> {
    const D = stateSize(model);
    // All exponents of a small network; of a large one on a slow adapter, some beyond those that are flossed.
    const K = Math.min(D, isSoftware(device) ? Math.max(48, settings.k + 16) : 256);
    return new Probe(device, settings, h0, await gradientProbe(device, settings, model, networks, onProgress), K);
  }

  async measure(models: readonly Model[]): Promise<Snapshot[]> {
    const spectra = await this.#spectra(models);
    const decays = await this.#decays(models);
    return models.map((model, m) => ({
      spectrum: spectra[m].exponents,
      decay: decays[m],
      eigenvalues: eigenvalues(model),
      condition: this.#condition(model, spectra[m]),
      raster: this.#raster(model),
    }));
  }

  async #spectra(models: readonly Model[]) {
    const T = Math.max(HORIZON, this.#settings.steps);
    const x = pictureInputs(models[0].inputs, 1, T, this.#settings);
    const walk = (k: number) =>
      lyapunovSpectra(this.#device, models, { x, T, h0: this.#h0, q0: firstFrame(models[0], k, this.#settings) }, { k, interval: 1 });
    const results = await this.#widest(walk);
    return results.map(({ exponents: [row], blocks: [sums] }) => ({ exponents: Array.from(row).sort((a, b) => b - a), blocks: sums }));
  }

  /** log10 κ over the first k directions, and the slope that the exponents predict. */
  #condition(model: Model, { exponents, blocks }: { exponents: readonly number[]; blocks: readonly Float64Array[] }): Snapshot["condition"] {
    const k = Math.min(this.#settings.k, exponents.length);
    const slope = (exponents[0] - exponents[k - 1]) / LN10;
    if (stateSize(model) > SMALL) return { every: BLOCK, log10: sumsOfOneSweep(blocks, k), slope, k };
    const walk = { x: pictureInputs(model.inputs, 1, HORIZON, this.#settings), h0: this.#h0, T: HORIZON };
    const horizons = Array.from({ length: HORIZON / EVERY }, (_, i) => (i + 1) * EVERY);
    const logs = longTermJacobians(model, walk, { horizons, sweeps: 2 }).map((product) => logCondition(product.logs, k) / LN10);
    // Behind dead units κ is infinite; the walk's sums are of the directions that are left.
    return logs.every(Number.isFinite)
      ? { every: EVERY, log10: [0, ...logs], slope, k }
      : { every: BLOCK, log10: sumsOfOneSweep(blocks, k), slope, k };
  }

  /** Where units are dead, as those of ReLU may be, directions vanish: fewer exponents are asked for, then and from then on. */
  async #widest<Result>(walk: (k: number) => Promise<Result>): Promise<Result> {
    for (;;) {
      try {
        return await walk(this.#K);
      } catch (error) {
        if (!(error instanceof NumericalError) || this.#K === 1) throw error;
        this.#K = Math.floor(this.#K / 2);
      }
    }
  }

  /** The trainer only measures: it has no epochs, and its weights are put in place of those it had. */
  async #decays(models: readonly Model[]): Promise<number[][]> {
    const state = await this.#trainer.state();
    const networks = state.networks.map((network, m) => ({ ...network, tensors: { ...network.tensors, ...models[m].parameters } }));
    this.#trainer.restore({ ...state, networks });
    for await (const event of this.#trainer.run())
      if (event.kind === "measure") return event.gradientDecay.map((norms) => Array.from(norms, (norm) => Math.log10(norm / norms[0] + 1e-30)));
    throw new Error("the gradient's norm was not measured");
  }

  /** States by the float64 reference: a walk with one tangent vector costs next to nothing. */
  #raster(model: Model): Snapshot["raster"] {
    const x = pictureInputs(model.inputs, 1, HORIZON, this.#settings);
    const { states } = walkForward(model, x, this.#h0, Float64Array.from(firstFrame(model, 1, this.#settings)), {
      T: HORIZON,
      warmup: 0,
      interval: 1,
    });
    const units = Math.min(UNITS, model.hidden);
    const bytes = new Int8Array(units * HORIZON);
    // Only cells without a tanh leave the range from −1 to 1.
    const scale = Math.max(1, ...states.slice(1).map((state) => state.subarray(0, units).reduce((most, h) => Math.max(most, Math.abs(h)), 0)));
    for (let t = 1; t <= HORIZON; t++) for (let i = 0; i < units; i++) bytes[i * HORIZON + t - 1] = Math.round((127 * states[t][i]) / scale);
    return { units, steps: HORIZON, scale, data: toBase64(bytes) };
  }

  destroy(): void {
    this.#trainer.destroy();
  }
}

/** A trainer that never trains: the norm of the last step's gradient with respect to earlier states. */
async function gradientProbe(device: GPUDevice, settings: Settings, model: Model, M: number, onProgress: Told): Promise<Trainer> {
  const { cell, hidden: N, inputs: S } = model;
  const task: Task = {
    ...{ name: "gradient", shader: undefined, S, R: 1, loss: "mse", real: true, scale: 1, history: 0, delay: 0, taps: 0, scored: 0 },
    horizon: "",
  };
  const sizes = { cell, M, B: BATCH, T: HORIZON, N, S, R: 1, loss: "mse", readout: "activation", scored: 0 } as const;
  const readoutWeight = Float32Array.from({ length: N }, (_, i) => (i % 2 === 0 ? 1 : -1) / Math.sqrt(N));
  const start = new Float32Array(BATCH * stateSize(model));
  const whole: TrainModel = { ...model, readoutWeight, readoutBias: new Float32Array(1), start };
  const seeds = { network: 0, state: 0, input: 0, frame: 0 };
  const sequences = { x: pictureInputs(S, BATCH, HORIZON, settings), y: new Float32Array(BATCH * HORIZON).fill(1) };
  const options = { epochs: 0, measureEvery: 1, task, seeds: new Array(M).fill(seeds), onProgress };
  return createTrainer(device, new Array<TrainModel>(M).fill(whole), sizes, options, () => sequences);
}

/** Of each gate's block [N, N] of weight_hh. */
function eigenvalues({ cell, hidden: N, parameters }: Model): Snapshot["eigenvalues"] {
  const re: number[] = [];
  const im: number[] = [];
  for (let gate = 0; gate < cells[cell].gates; gate++) {
    const row = (i: number) => Array.from(parameters.weight_hh_l0.subarray((gate * N + i) * N, (gate * N + i + 1) * N));
    const { realEigenvalues, imaginaryEigenvalues } = new EigenvalueDecomposition(new Matrix(Array.from({ length: N }, (_, i) => row(i))));
    re.push(...realEigenvalues);
    im.push(...imaginaryEigenvalues);
  }
  return { re, im };
}

/** Of a large network, log10 κ from the walk's own sums of log R_ii: the first QR sweep, off by a constant or so. */
function sumsOfOneSweep(blocks: readonly Float64Array[], k: number): number[] {
  const log10 = [0];
  for (const [i, block] of blocks.slice(0, Math.floor(HORIZON / BLOCK)).entries()) log10.push(log10[i] + (block[0] - block[k - 1]) / LN10);
  return log10;
}

function toBase64(bytes: Int8Array): string {
  return btoa(String.fromCharCode(...new Uint8Array(bytes.buffer)));
}
