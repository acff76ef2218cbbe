import { adapterName } from "../../src/index";
import { requestNodeDevice } from "../../src/node";
import { presetSettings, presets } from "../settings/presets";
import { createRun } from "./create";
import { type Limits, type RunFile, toFile, toJson } from "./file";
import { addRow, emptyRun } from "./types";

/** The most that a recording may weigh. */
const MOST_BYTES = 100_000;

/** Runs a preset as the page would on a GPU, and gives the recording as JSON below 100 kB. */
export async function record(id: string, tell: (text: string) => void): Promise<string> {
  const preset = presets.find((each) => each.id === id);
  if (!preset) throw new Error(`no preset '${id}': choose ${presets.map((each) => each.id).join(", ")}`);
  const settings = presetSettings(preset, false);
  const device = await requestNodeDevice();
  const data = emptyRun(settings, adapterName(device));
  const run = await createRun(device, settings, undefined, undefined, () => {});
  for await (const row of run.rows()) {
    addRow(data, row);
    if (row.at % 50 === 0) tell(`${id}: ${row.kind} ${row.at}`);
  }
  run.destroy();
  device.destroy();
  return smallest((limits) => toFile(data, limits));
}

export const recordings = presets.map(({ id }) => id);

/** As many rows and pictures as fit: rows of flossing, with all their exponents, are the first that become fewer. */
function smallest(make: (limits: Limits) => RunFile): string {
  for (let limits: Limits = { flossing: 240, training: 300, pictures: 14 }; ; ) {
    const text = toJson(make(limits), 3);
    if (text.length < MOST_BYTES) return text;
    const { flossing, training, pictures } = limits;
    if (flossing > 60) limits = { ...limits, flossing: Math.floor(0.85 * flossing) };
    else if (pictures > 4) limits = { ...limits, pictures: pictures - 1 };
    else if (training > 60) limits = { ...limits, training: Math.floor(0.85 * training) };
    else throw new Error(`the recording has ${text.length} bytes, more than ${MOST_BYTES}`);
  }
}
