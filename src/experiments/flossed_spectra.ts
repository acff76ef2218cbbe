import { type CellName, cells } from "../cells/index";
import { createFlosser } from "../flossing";
import { drawInputs, type InputKind, randomFrame, randomModel, randomState } from "../initialise";
import { lyapunovSpectra } from "../lyapunov";
import type { Model } from "../model";
import type { Workplace } from "./experiment";

/** Flossing of random networks, and how their spectra are measured. */
export interface SpectraSettings {
  readonly cell: CellName;
  readonly hidden: number;
  readonly networks: number;
  readonly gain: number;
  readonly biasScale?: number;
  readonly input: InputKind;
  /** Steps of a flossing walk, and those at its start that are not counted. */
  readonly steps: number;
  readonly warmup: number;
  readonly epochs: number;
  readonly lr: number;
  /** Steps over which spectra are measured, after `measuredWarmup`. */
  readonly measuredSteps: number;
  readonly measuredWarmup: number;
  /** Exponents that are measured; default all. */
  readonly measured?: number;
}

/** [networks][D] exponents in nats per step, and the networks they are of. */
export interface MeasuredNetworks {
  readonly models: readonly Model[];
  readonly exponents: readonly (readonly number[])[];
}

/** Random networks as the paper's code makes them. */
export function randomModels({ cell, hidden, networks, gain, biasScale }: SpectraSettings, seed: number): Model[] {
  const options = { cell, hidden, inputs: 1, gain, seed, ...(biasScale !== undefined && { biasScale }) };
  return Array.from({ length: networks }, (_, network) => randomModel({ ...options, network }));
}

/** Flosses the first k exponents of the networks to 0. */
export async function flossModels(models: readonly Model[], k: number, settings: SpectraSettings, seed: number, place: Workplace): Promise<Model[]> {
  const { steps: T, warmup, epochs, lr, input } = settings;
  const { device, signal, profile, progress } = place;
  const D = cells[settings.cell].states * settings.hidden;
  const h0 = (network: number) => randomState({ B: 1, D, seed, network });
  const train = ["weight_hh_l0", "weight_ih_l0", "bias_ih_l0"] as const;
  const how = { k, epochs, lr, warmup, train, signal, ...(profile && { profile }) };
  const flosser = await createFlosser(device, models, { T, x: { kind: input, seed }, h0, q0: randomFrame(D, k, seed) }, how);
  try {
    for await (const { epoch } of flosser) progress(epoch, epochs);
    signal.throwIfAborted();
    return await flosser.models();
  } finally {
    flosser.destroy();
  }
}

/** Epoch of the inputs on which spectra are measured: no flossing walk has seen them. */
export const MEASURED_EPOCH = 1_000_000;

/** The measured exponents of each network on a long walk with inputs of its own, largest first. */
export async function measureSpectra(models: readonly Model[], settings: SpectraSettings, seed: number, place: Workplace): Promise<number[][]> {
  const { device, signal, profile } = place;
  const { measuredSteps, measuredWarmup: warmup, input, cell, hidden } = settings;
  const D = cells[cell].states * hidden;
  const T = measuredSteps + warmup;
  const x = (_: number, network: number) => drawInputs(input, { B: 1, T, S: 1, seed, network, epoch: MEASURED_EPOCH });
  const h0 = (network: number) => randomState({ B: 1, D, seed, network });
  const results = await lyapunovSpectra(device, models, { T, x, h0 }, { k: settings.measured ?? D, warmup, signal, ...(profile && { profile }) });
  return results.map(({ exponents }) => [...exponents[0]].sort((a, b) => b - a));
}
