import type { OwnNetwork } from "../run/inputs";
import type { AdapterReport, FromWorker, ToWorker } from "../run/protocol";
import type { Settings } from "../settings/fields";

/** What someone who runs something in the worker wants to hear. */
export type Listener = (message: Exclude<FromWorker, { readonly type: "adapter" }>) => void;

/** The page's end of the worker: one run at a time, the latest that was asked for. */
export class Live {
  readonly #worker: Worker;
  #id = 0;
  #listener: Listener | undefined;
  /** The adapter; undefined: there is none. */
  readonly adapter: Promise<AdapterReport | undefined>;
  #known: AdapterReport | undefined;

  constructor(worker: Worker) {
    this.#worker = worker;
    this.adapter = new Promise((resolve) => {
      worker.addEventListener("message", ({ data }: MessageEvent<FromWorker>) => {
        if (data.type === "adapter") {
          this.#known = data.adapter;
          resolve(data.adapter);
        } else if (data.id === this.#id) this.#listener?.(data);
      });
      // Where a worker cannot even start, nothing can be computed.
      worker.addEventListener("error", () => resolve(undefined));
    });
    this.#post({ type: "hello" });
  }

  /** As far as is known by now. */
  get knownAdapter(): AdapterReport | undefined {
    return this.#known;
  }

  #post(message: ToWorker): void {
    this.#worker.postMessage(message);
  }

  /** Starts a run; who ran before is told to have paused, and hears no more. Returns the run's number. */
  open(settings: Settings, own: OwnNetwork | undefined, playing: boolean, listener: Listener): number {
    this.#listener?.({ type: "paused", id: this.#id });
    this.#listener = listener;
    this.#id++;
    this.#post({ type: "open", id: this.#id, settings, own, playing });
    return this.#id;
  }

  owns(id: number): boolean {
    return id === this.#id;
  }

  tell(type: "play" | "pause" | "step" | "rebuild" | "weights", id: number): void {
    this.#post({ type, id });
  }

  close(id: number): void {
    if (!this.owns(id)) return;
    this.#listener = undefined;
    this.#id++;
    this.#post({ type: "close" });
  }

  /** Takes the device away, to see what happens then. */
  lose(): void {
    this.#post({ type: "lose" });
  }
}
