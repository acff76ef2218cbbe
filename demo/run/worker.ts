import { reportDevice } from "../../src/bench/report";
import { adapterName, isSoftware, type Progress, requestDevice } from "../../src/index";
import type { Settings } from "../settings/fields";
import { createRun } from "./create";
import type { OwnNetwork } from "./inputs";
import type { FromWorker, ToWorker } from "./protocol";
import type { Row, Run } from "./types";

// The networks live here, so that the page stays free for people.

const scope = self as unknown as { postMessage(message: FromWorker): void; onmessage: ((event: MessageEvent<ToWorker>) => void) | null };
const post = (message: FromWorker) => scope.postMessage(message);

/** Milliseconds within which rows are told together. */
const TOGETHER_MS = 16;

class Job {
  readonly id: number;
  readonly settings: Settings;
  readonly own: OwnNetwork | undefined;
  run: Run | undefined;
  rows: AsyncGenerator<Row> | undefined;
  playing: boolean;
  steps = 0;
  /** The rows that are being taken. */
  pulling: AsyncGenerator<Row> | undefined;
  #waiting: Row[] = [];

  constructor(id: number, settings: Settings, own: OwnNetwork | undefined, playing: boolean) {
    this.id = id;
    this.settings = settings;
    this.own = own;
    this.playing = playing;
  }

  tell(row: Row): void {
    if (this.#waiting.length === 0) setTimeout(() => this.flush(), TOGETHER_MS);
    this.#waiting.push(row);
  }

  flush(): void {
    if (this.#waiting.length > 0 && this === job) post({ type: "rows", id: this.id, rows: this.#waiting });
    this.#waiting = [];
  }
}

let device: GPUDevice | undefined;
let job: Job | undefined;

async function getDevice(): Promise<GPUDevice> {
  if (device) return device;
  const made = await requestDevice(navigator.gpu, { powerPreference: "high-performance" });
  device = made;
  made.lost.then(({ message }) => {
    if (device === made) lose(message.split("\n")[0]);
  });
  return made;
}

async function hello(): Promise<void> {
  try {
    const found = await getDevice();
    post({ type: "adapter", adapter: { name: adapterName(found), software: isSoftware(found) } });
  } catch {
    post({ type: "adapter", adapter: undefined });
  }
}

/** The device is gone: what is left is the last checkpoint. */
function lose(message: string): void {
  device = undefined;
  if (!job) return;
  job.flush();
  job.playing = false;
  post({ type: "lost", id: job.id, message: message || "the browser took the device away" });
}

/** Prepares the run, from its checkpoint where it has one, and lets it go on. */
async function prepare(current: Job): Promise<void> {
  const from = current.run?.checkpoint();
  current.run = undefined;
  const onProgress = (progress: Progress) => {
    if (progress.stage === "compile" && current === job) post({ type: "compiling", id: current.id, done: progress.done, total: progress.total });
  };
  try {
    const run = await createRun(await getDevice(), current.settings, current.own, from, onProgress);
    if (current !== job) return run.destroy();
    current.run = run;
    current.rows = run.rows();
    post({ type: current.playing ? "playing" : "paused", id: current.id });
    await pull(current);
  } catch (error) {
    void fail(current, error);
  }
}

/** Takes rows as long as the run plays. The first picture comes in any case. */
async function pull(current: Job): Promise<void> {
  const { rows } = current;
  if (!rows || current.pulling === rows) return;
  current.pulling = rows;
  const wanted = () => current === job && current.rows === rows;
  try {
    while (wanted() && (current.playing || current.steps > 0)) {
      const { value, done } = await rows.next();
      if (!wanted()) return;
      if (done) {
        current.flush();
        current.playing = false;
        return post({ type: "done", id: current.id });
      }
      current.tell(value);
      if (current.steps > 0 && (value.kind !== "snapshot" || current.settings.mode === "sweep")) current.steps--;
    }
  } catch (error) {
    if (wanted()) void fail(current, error);
  } finally {
    if (current.pulling === rows) current.pulling = undefined;
  }
}

/** A lost device makes calls fail before it is told to be lost. */
const LOSS_MS = 500;

async function fail(current: Job, error: unknown): Promise<void> {
  const message = (error as Error).message.split("\n")[0];
  const gone = await Promise.race([device?.lost, new Promise<undefined>((resolve) => setTimeout(resolve, LOSS_MS))]);
  // Whoever hears of the loss tells it.
  if (gone || current !== job || !device) return;
  current.flush();
  current.playing = false;
  if ((error as Error).name === "DeviceError") lose(message);
  else post({ type: "error", id: current.id, message });
}

function close(): void {
  const old = job;
  job = undefined;
  // What is under way may still use the buffers: they go when its turn ends.
  const end = () => (old?.pulling ? setTimeout(end, 50) : old?.run?.destroy());
  end();
}

/** What the adapter is and can do. */
async function report(): Promise<void> {
  try {
    const found = await reportDevice(await getDevice(), (doing) => post({ type: "reporting", doing }));
    post({ type: "report", report: found });
  } catch (error) {
    post({ type: "unreported", message: (error as Error).message.split("\n")[0] });
  }
}

function act(message: ToWorker): void {
  if (message.type === "hello") void hello();
  else if (message.type === "close") close();
  else if (message.type === "report") void report();
  else if (message.type === "lose") device?.destroy();
  else if (message.type === "open") {
    close();
    job = new Job(message.id, message.settings, message.own, message.playing);
    if (!message.playing) job.steps = 1;
    void prepare(job);
  } else if (job?.id === message.id) actOn(job, message);
}

function actOn(current: Job, { type, id }: Extract<ToWorker, { readonly id: number }>): void {
  if (type === "weights") {
    const files = current.run?.weights();
    if (files) post({ type: "weights", id, files });
  } else if (type === "rebuild") {
    current.playing = true;
    void prepare(current);
  } else {
    current.playing = type === "play";
    if (type === "step") current.steps = 1;
    post({ type: current.playing ? "playing" : "paused", id });
    void pull(current);
  }
}

scope.onmessage = ({ data }) => act(data);
