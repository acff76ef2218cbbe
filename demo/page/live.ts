import type { DeviceReport } from "../../src/bench/report";
import type { OwnNetwork } from "../run/inputs";
import type { AdapterReport, FromWorker, ReportMessage, ToWorker } from "../run/protocol";
import type { Settings } from "../settings/fields";

/** What someone who runs something in the worker wants to hear. */
export type Listener = (message: Exclude<FromWorker, ReportMessage | { readonly type: "adapter" }>) => void;

/** The page's end of the worker: one run at a time, the latest that was asked for. */
export class Live {
  readonly #worker: Worker;
  #id = 0;
  #listener: Listener | undefined;
  /** The adapter; undefined: there is none. */
  readonly adapter: Promise<AdapterReport | undefined>;
  #known: AdapterReport | undefined;
  #onReport: ((message: ReportMessage) => void) | undefined;

  constructor(worker: Worker) {
    this.#worker = worker;
    this.adapter = new Promise((resolve) => {
      worker.addEventListener("message", ({ data }: MessageEvent<FromWorker>) => {
        if (data.type === "adapter") {
          this.#known = data.adapter;
          resolve(data.adapter);
        } else if (data.type === "reporting" || data.type === "report" || data.type === "unreported") this.#onReport?.(data);
        else if (data.id === this.#id) this.#listener?.(data);
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

  /** Measures the adapter; what runs should have paused. @throws Error where it cannot be, or is being measured already */
  report(doing: (text: string) => void = () => {}): Promise<DeviceReport> {
    if (this.#onReport) return Promise.reject(new Error("the adapter is being measured already"));
    return new Promise<DeviceReport>((resolve, reject) => {
      this.#onReport = (message) => {
        if (message.type === "reporting") doing(message.doing);
        else if (message.type === "report") resolve(message.report);
        else reject(new Error(message.message));
      };
      this.#post({ type: "report" });
    }).finally(() => {
      this.#onReport = undefined;
    });
  }

  /** Takes the device away, to see what happens then. */
  lose(): void {
    this.#post({ type: "lose" });
  }
}
