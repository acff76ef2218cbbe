import type { Progress } from "../../src/index";
import type { Settings } from "../settings/fields";
import { FlossRun } from "./floss";
import type { OwnNetwork } from "./inputs";
import { SweepRun } from "./sweep";
import { TwinRun } from "./twins";
import type { Run } from "./types";

/** Prepares what the settings ask for. @param from a run's checkpoint to go on from */
export async function createRun(
  device: GPUDevice,
  settings: Settings,
  own: OwnNetwork | undefined,
  from: unknown,
  onProgress: (progress: Progress) => void,
): Promise<Run> {
  if (settings.mode === "twins") return TwinRun.create(device, settings, from, onProgress);
  if (settings.mode === "sweep") return SweepRun.create(device, settings, from, onProgress);
  return FlossRun.create(device, settings, own, from, onProgress);
}
