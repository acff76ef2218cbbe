import type { Progress } from "../../src/index";
import type { Settings } from "../settings/fields";
import { firstModel, firstState, weightFile } from "./inputs";
import { Probe } from "./probe";
import type { Row, Run, WeightFiles } from "./types";

/** Gains around the one at which a network of normal weights begins to amplify. */
export const gains: readonly number[] = [0.2, 0.4, 0.6, 0.8, 1, 1.2, 1.4, 1.6, 1.8, 2, 2.25, 2.5];

/** Networks of growing gain, one after the other: nothing is trained. */
export class SweepRun implements Run {
  readonly #settings: Settings;
  readonly #probe: Probe;
  #at = 0;

  private constructor(settings: Settings, probe: Probe, at: number) {
    this.#settings = settings;
    this.#probe = probe;
    this.#at = at;
  }

  static async create(device: GPUDevice, settings: Settings, from: unknown, onProgress: (progress: Progress) => void): Promise<SweepRun> {
    const model = firstModel(settings, undefined);
    const probe = await Probe.create(device, settings, model, firstState(model, settings, undefined), 1, onProgress);
    return new SweepRun(settings, probe, (from as number | undefined) ?? 0);
  }

  async *rows(): AsyncGenerator<Row> {
    while (this.#at < gains.length) {
      const networks = await this.#probe.measure([this.#model(this.#at)]);
      yield { kind: "snapshot", at: this.#at, value: gains[this.#at], networks };
      this.#at++;
    }
  }

  #model(at: number) {
    return firstModel({ ...this.#settings, gain: gains[at] }, undefined);
  }

  checkpoint(): number {
    return this.#at;
  }

  weights(): WeightFiles {
    const at = Math.max(0, Math.min(this.#at, gains.length - 1));
    return { [`gain-${gains[at]}`]: weightFile(this.#model(at)) };
  }

  destroy(): void {
    this.#probe.destroy();
  }
}
