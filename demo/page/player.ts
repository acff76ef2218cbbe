import type { OwnNetwork } from "../run/inputs";
import { addRow, emptyRun, lastAt, type RunData, type WeightFiles } from "../run/types";
import type { Settings } from "../settings/fields";
import type { Listener, Live } from "./live";

/** What a player does. `recording`: it plays what was computed before. */
export type Phase = "idle" | "recording" | "compiling" | "running" | "paused" | "done" | "lost" | "error";

/** Seconds that a recording plays. */
const RECORDING_S = 14;

/**
 * One run as figures see it: computed live in the worker, or recorded. It can be played, stopped, taken step by step, and
 * looked at as it was before. A 'change' is told at most once a frame.
 */
export class Player extends EventTarget {
  readonly #live: Live;
  readonly #settings: () => Settings;
  readonly #own: () => OwnNetwork | undefined;
  #data: RunData;
  #recording: RunData | undefined;
  #phase: Phase = "idle";
  /** Where one looks; undefined: at the end. */
  #cursor: number | undefined;
  #id = 0;
  #progress = "";
  #error: string | undefined;
  #timer: ReturnType<typeof setInterval> | undefined;
  #hidden = false;
  #told = false;
  #weights: ((files: WeightFiles) => void) | undefined;

  /** @param settings what a new run is computed with */
  constructor(live: Live, settings: () => Settings, own: () => OwnNetwork | undefined = () => undefined) {
    super();
    this.#live = live;
    this.#settings = settings;
    this.#own = own;
    this.#data = emptyRun(settings(), "");
    document.addEventListener("visibilitychange", () => this.#onVisibility());
  }

  get data(): RunData {
    return this.#data;
  }

  get phase(): Phase {
    return this.#phase;
  }

  get error(): string | undefined {
    return this.#error;
  }

  /** What goes on while nothing is to be seen. */
  get progress(): string {
    return this.#progress;
  }

  get end(): number {
    return lastAt(this.#data);
  }

  get at(): number {
    return this.#cursor ?? this.end;
  }

  get playing(): boolean {
    return this.#phase === "running" || this.#phase === "compiling" || this.#phase === "recording";
  }

  /** Whether the data came from a file or with the page. */
  get recorded(): boolean {
    return this.#recording !== undefined && this.#recording === this.#data;
  }

  /** Shows a recording, as it ends. */
  show(recording: RunData): void {
    this.#stop();
    this.#cursor = undefined;
    this.#recording = recording;
    this.#data = recording;
    this.#set("idle");
  }

  /** Empties the figures: the settings are other ones than those of the data. */
  clear(): void {
    this.#stop();
    this.#cursor = undefined;
    this.#recording = undefined;
    this.#data = emptyRun(this.#settings(), "");
    this.#set("idle");
  }

  async play(): Promise<void> {
    if (this.playing) return;
    const adapter = await this.#live.adapter;
    if (!adapter) return this.#playRecording();
    if (this.#isOpen && (this.#phase === "paused" || this.#phase === "lost")) {
      this.#cursor = undefined;
      this.#error = undefined;
      this.#live.tell(this.#phase === "lost" ? "rebuild" : "play", this.#id);
      this.#set(this.#phase === "lost" ? "compiling" : "running");
    } else this.#open(adapter.name, true);
  }

  pause(): void {
    if (this.#phase === "recording") this.#stop();
    else if (this.#isOpen && this.playing) this.#live.tell("pause", this.#id);
    else return;
    this.#set("paused");
  }

  async step(): Promise<void> {
    const adapter = await this.#live.adapter;
    if (!adapter) {
      this.pause();
      this.seek(this.at >= this.end ? 0 : this.#next(this.at));
    } else if (this.#isOpen && this.#phase !== "done" && this.#phase !== "error" && this.#phase !== "lost") {
      this.#cursor = undefined;
      this.#live.tell("step", this.#id);
      this.#set("paused");
    } else this.#open(adapter.name, false);
  }

  /** Back to what was there before anything ran. */
  reset(): void {
    this.#stop();
    this.#cursor = undefined;
    if (this.#recording) this.#data = this.#recording;
    else this.#data = emptyRun(this.#settings(), "");
    this.#set("idle");
  }

  /** Looks at an earlier moment. */
  seek(at: number): void {
    if (this.#phase === "recording") this.pause();
    this.#cursor = at >= this.end ? undefined : Math.max(0, at);
    this.#tell();
  }

  /** The networks as safetensors files; undefined where they are not here: a recording has no weights. */
  async weights(): Promise<WeightFiles | undefined> {
    if (!this.#isOpen || this.#phase === "lost" || this.#phase === "compiling" || this.#data.snapshots.length === 0) return undefined;
    return new Promise((resolve) => {
      this.#weights = resolve;
      this.#live.tell("weights", this.#id);
    });
  }

  get #isOpen(): boolean {
    return this.#id > 0 && this.#live.owns(this.#id);
  }

  #open(adapter: string, playing: boolean): void {
    this.#stop();
    this.#cursor = undefined;
    const settings = this.#settings();
    this.#data = emptyRun(settings, adapter);
    this.#id = this.#live.open(settings, this.#own(), playing, (message) => this.#hear(message));
    this.#progress = "preparing";
    this.#set("compiling");
  }

  #hear(message: Parameters<Listener>[0]): void {
    if (message.type === "rows") {
      for (const row of message.rows) addRow(this.#data, row);
      this.#tell();
    } else if (message.type === "compiling") {
      this.#progress = `compiling kernels, ${message.done} of ${message.total}`;
      if (this.#phase === "compiling") this.#tell();
    } else if (message.type === "weights") this.#weights?.(message.files);
    else if (message.type === "lost" || message.type === "error") {
      this.#error = message.message;
      this.#set(message.type);
    } else if (message.type !== "paused" || this.playing) this.#set(message.type === "playing" ? "running" : message.type);
  }

  #playRecording(): void {
    if (!this.#recording) return;
    this.#data = this.#recording;
    if (this.at >= this.end) this.#cursor = 0;
    const from = this.at;
    const start = performance.now();
    this.#set("recording");
    this.#timer = setInterval(() => {
      const at = from + ((performance.now() - start) / 1000) * (this.end / RECORDING_S);
      if (at >= this.end) {
        this.#stop();
        this.#cursor = undefined;
        this.#set("done");
      } else if (Math.floor(at) !== this.#cursor) {
        this.#cursor = Math.floor(at);
        this.#tell();
      }
    }, 50);
  }

  /** The next row after a moment. */
  #next(at: number): number {
    const { flossing, training, snapshots } = this.#data;
    const later = [...flossing, ...training, ...snapshots].map((row) => row.at).filter((other) => other > at);
    return later.length > 0 ? Math.min(...later) : this.end;
  }

  #stop(): void {
    clearInterval(this.#timer);
    if (this.#isOpen && this.#phase !== "recording") this.#live.close(this.#id);
    this.#error = undefined;
    this.#progress = "";
  }

  /** A page that nobody sees computes nothing. */
  #onVisibility(): void {
    if (document.hidden && this.playing) {
      this.#hidden = true;
      this.pause();
    } else if (!document.hidden && this.#hidden) {
      this.#hidden = false;
      void this.play();
    }
  }

  #set(phase: Phase): void {
    this.#phase = phase;
    this.dispatchEvent(new Event("phase"));
    this.#tell();
  }

  /** Once a frame is enough for people; a hidden page draws none. */
  #tell(): void {
    if (this.#told) return;
    this.#told = true;
    requestAnimationFrame(() => {
      this.#told = false;
      this.dispatchEvent(new Event("change"));
    });
  }
}
