import type { DeviceReport } from "../../src/bench/report";
import type { RunFile } from "../run/file";
import type { Settings } from "../settings/fields";
import { fitSettings } from "../settings/fit";
import type { Live } from "./live";
import type { Phase } from "./player";
import type { Sandbox } from "./sandbox";

/** What the sandbox does, for tests and the console. */
export interface FlossingState {
  readonly phase: Phase;
  /** Of training, once it has begun; of flossing before. */
  readonly epoch: number;
  /** [K] of the latest flossing epoch, nats per step. */
  readonly exponents: readonly number[];
  readonly loss: number | undefined;
  /** The adapter in use; undefined: none. */
  readonly adapter: string | undefined;
  readonly error: string | undefined;
}

export interface Flossing {
  readonly state: FlossingState;
  readonly settings: Settings;
  /**
   * Starts a run with the form's settings, changed by `config`; what cannot be is moved to what can.
   * @throws Error where there is no adapter
   */
  start(config?: Partial<Settings>): Promise<void>;
  pause(): void;
  /** Settings and metrics so far. */
  export(): RunFile;
  /** What the adapter is and can do: features, limits, ceilings, small epochs. Pauses what runs. */
  report(): Promise<DeviceReport>;
  /** Destroys the graphics device, to see what the page does then. */
  loseDevice(): void;
}

declare global {
  interface Window {
    flossing: Flossing;
  }
}

export function startApi(sandbox: Sandbox, live: Live): void {
  const { player, controls } = sandbox;
  window.flossing = {
    get state(): FlossingState {
      const { data, phase, error } = player;
      const flossed = data.flossing.at(-1);
      const trained = data.training.at(-1);
      return {
        phase,
        epoch: trained?.epoch ?? flossed?.at ?? 0,
        exponents: flossed?.exponents ?? [],
        loss: flossed?.loss,
        adapter: live.knownAdapter?.name,
        error,
      };
    },
    get settings() {
      return controls.settings;
    },
    async start(config = {}) {
      if (!(await live.adapter)) throw new Error("there is no adapter: nothing can be computed here, only recordings play");
      const { settings, notes } = fitSettings(config, controls.settings);
      player.pause();
      sandbox.setSettings(settings, notes);
      player.clear();
      await player.play();
    },
    pause: () => player.pause(),
    export: () => sandbox.export(),
    async report() {
      player.pause();
      return live.report();
    },
    loseDevice: () => live.lose(),
  };
}
