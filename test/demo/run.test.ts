import { expect, it } from "vitest";
import { createRun } from "../../demo/run/create";
import { addRow, emptyRun, type Run, type RunData } from "../../demo/run/types";
import { defaults, type Settings } from "../../demo/settings/fields";
import { fitSettings } from "../../demo/settings/fit";
import { readModelFile } from "../../src/files/model_file";
import { readSafetensors } from "../../src/files/safetensors";
import { testDevice } from "../helpers/device";

// What the worker computes, in Node.

const settingsOf = (given: Partial<Settings>) => fitSettings(given, defaults(true)).settings;

async function start(settings: Settings, from?: unknown): Promise<Run> {
  return createRun(await testDevice(), settings, undefined, from, () => {});
}

async function collect(run: Run, data: RunData, until = Infinity): Promise<RunData> {
  for await (const row of run.rows()) {
    addRow(data, row);
    if (row.kind !== "snapshot" && row.at >= until) break;
  }
  return data;
}

it.each([
  { mode: "floss", hidden: 8, k: 3, steps: 20, epochs: 30, every: 10, lr: 0.01 },
  {
    mode: "twins",
    cell: "lstm",
    hidden: 6,
    k: 4,
    steps: 12,
    warmup: 2,
    epochs: 8,
    length: 12,
    delay: 2,
    batch: 4,
    trainEpochs: 20,
    every: 10,
    again: 13,
    againEpochs: 4,
  },
] as const)("$mode: from a checkpoint it goes on bitwise", async (given) => {
  const settings = settingsOf(given);
  const first = await start(settings);
  const whole = await collect(first, emptyRun(settings, ""));
  const last = first.weights();
  first.destroy();
  const broken = await start(settings);
  const data = await collect(broken, emptyRun(settings, ""), settings.mode === "floss" ? 17 : 22);
  const again = await start(settings, structuredClone(broken.checkpoint()));
  broken.destroy();
  await collect(again, data);
  expect(data.flossing).toEqual(whole.flossing);
  expect(data.training).toEqual(whole.training);
  expect(data.snapshots.at(-1)).toEqual(whole.snapshots.at(-1));
  expect(again.weights()).toEqual(last);
  again.destroy();
  if (settings.mode === "floss") return;
  const file = readModelFile(readSafetensors(last["with-flossing"], "twin"), "twin");
  expect(file.model.cell).toBe("lstm");
  expect(file.states.map(({ name, values }) => [name, values?.shape])).toEqual([
    ["h0", [4, 6]],
    ["c0", [4, 6]],
  ]);
});

it("a network with dead units is shown with the exponents that it has", async () => {
  const settings = settingsOf({ mode: "floss", cell: "rnn_relu", hidden: 16, gain: 1.4, k: 1, steps: 20, epochs: 2, every: 2 });
  const run = await start(settings);
  const { snapshots } = await collect(run, emptyRun(settings, ""));
  run.destroy();
  const { spectrum, raster } = snapshots[0].networks[0];
  expect(spectrum.length).toBeGreaterThan(0);
  expect(spectrum.length).toBeLessThan(16);
  expect(spectrum.every(Number.isFinite)).toBe(true);
  expect(raster.scale).toBeGreaterThan(1);
});
