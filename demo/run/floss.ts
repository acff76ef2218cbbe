import { createFlosser, type Flosser, type FlosserState, type Model, type ParameterName, type Progress } from "../../src/index";
import type { Settings } from "../settings/fields";
import { firstFrame, firstModel, firstState, type OwnNetwork, weightFile } from "./inputs";
import { Pictures } from "./pictures";
import { Probe } from "./probe";
import type { FlossRow, Row, Run, WeightFiles } from "./types";

/** Milliseconds between rows that a person sees as motion. */
export const LATENCY = 100;

interface Checkpoint {
  readonly state: FlosserState;
  readonly at: number;
}

/** One network being flossed. */
export class FlossRun implements Run {
  readonly #settings: Settings;
  readonly #flosser: Flosser;
  readonly #probe: Probe;
  readonly #pictures = new Pictures();
  #model: Model;
  #checkpoint: Checkpoint | undefined;

  private constructor(settings: Settings, flosser: Flosser, probe: Probe, model: Model, from: Checkpoint | undefined) {
    this.#settings = settings;
    this.#flosser = flosser;
    this.#probe = probe;
    this.#model = model;
    this.#checkpoint = from;
  }

  static async create(
    device: GPUDevice,
    settings: Settings,
    own: OwnNetwork | undefined,
    from: unknown,
    onProgress: (progress: Progress) => void,
  ): Promise<FlossRun> {
    const model = firstModel(settings, own);
    const h0 = firstState(model, settings, own);
    const { k, epochs, lr, target, warmup, steps: T, input: kind, seedInput: seed } = settings;
    // bias_hh would only double the step of bias_ih.
    const train: ParameterName[] = ["weight_hh_l0", "weight_ih_l0", "bias_ih_l0"];
    const inputs = { T, x: { kind, seed }, h0, q0: firstFrame(model, k, settings) };
    const flosser = await createFlosser(device, [model], inputs, { k, epochs, lr, target, warmup, train, latency: LATENCY, onProgress });
    try {
      const checkpoint = from as Checkpoint | undefined;
      if (checkpoint) flosser.restore(checkpoint.state);
      const probe = await Probe.create(device, settings, model, h0, 1, onProgress);
      const [now] = checkpoint ? await flosser.models() : [model];
      return new FlossRun(settings, flosser, probe, now, checkpoint);
    } catch (error) {
      flosser.destroy();
      throw error;
    }
  }

  async *rows(): AsyncGenerator<Row> {
    const { every, epochs } = this.#settings;
    await this.#picture(this.#checkpoint?.at ?? 0);
    yield* this.#pictures.rest();
    for (let epoch = this.#checkpoint?.state.epoch ?? 0; epoch <= epochs; ) {
      // Epoch n is measured before its update: a picture after the updates 0 … n − 1 is of the network that epoch n measures.
      const end = Math.min(epochs + 1, (Math.floor(epoch / every) + 1) * every);
      for await (const { epoch: at, loss, exponents } of this.#flosser.run(end)) {
        const row: FlossRow = { kind: "floss", at, loss: loss[0], exponents: Array.from(exponents[0][0]) };
        yield row;
        yield* this.#pictures.ready();
      }
      epoch = end;
      await this.#picture(Math.min(epoch, epochs));
    }
    yield* this.#pictures.rest();
  }

  /** Takes down how the network is, and lets its picture be made while flossing goes on. */
  async #picture(at: number): Promise<void> {
    const [model] = await this.#flosser.models();
    this.#checkpoint = { state: await this.#flosser.state(), at };
    this.#model = model;
    await this.#pictures.begin(async () => ({ kind: "snapshot", at, value: at, networks: await this.#probe.measure([model]) }));
  }

  checkpoint(): Checkpoint | undefined {
    return this.#checkpoint;
  }

  weights(): WeightFiles {
    return { flossed: weightFile(this.#model) };
  }

  destroy(): void {
    this.#flosser.destroy();
    void this.#pictures.settled().then(() => this.#probe.destroy());
  }
}
