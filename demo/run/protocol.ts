import type { DeviceReport } from "../../src/bench/report";
import type { Settings } from "../settings/fields";
import type { OwnNetwork } from "./inputs";
import type { Row, WeightFiles } from "./types";

// What page and worker say to each other. `id` numbers the runs: what comes of an older one is dropped.

export type ToWorker =
  | { readonly type: "hello" }
  | { readonly type: "open"; readonly id: number; readonly settings: Settings; readonly own: OwnNetwork | undefined; readonly playing: boolean }
  | { readonly type: "play"; readonly id: number }
  | { readonly type: "pause"; readonly id: number }
  /** One epoch more, then pause. */
  | { readonly type: "step"; readonly id: number }
  /** A new device, and the run from its last checkpoint. */
  | { readonly type: "rebuild"; readonly id: number }
  | { readonly type: "close" }
  /** Measures the adapter. */
  | { readonly type: "report" }
  | { readonly type: "weights"; readonly id: number }
  /** Destroys the device, to see what happens then. */
  | { readonly type: "lose" };

export interface AdapterReport {
  readonly name: string;
  /** Whether it computes on the CPU. */
  readonly software: boolean;
}

export type ReportMessage =
  | { readonly type: "reporting"; readonly doing: string }
  | { readonly type: "report"; readonly report: DeviceReport }
  | { readonly type: "unreported"; readonly message: string };

export type FromWorker =
  /** undefined: there is none. */
  | { readonly type: "adapter"; readonly adapter: AdapterReport | undefined }
  | ReportMessage
  | { readonly type: "compiling"; readonly id: number; readonly done: number; readonly total: number }
  | { readonly type: "rows"; readonly id: number; readonly rows: readonly Row[] }
  | { readonly type: "playing" | "paused" | "done"; readonly id: number }
  | { readonly type: "lost"; readonly id: number; readonly message: string }
  | { readonly type: "error"; readonly id: number; readonly message: string }
  | { readonly type: "weights"; readonly id: number; readonly files: WeightFiles };
