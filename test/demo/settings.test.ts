import { readFileSync, statSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { adviceFor } from "../../demo/page/advice";
import { fromJson, toCsv, toFile, toJson } from "../../demo/run/file";
import { addRow, emptyRun, lastAt } from "../../demo/run/types";
import { defaults, fields, tasks } from "../../demo/settings/fields";
import { fitSettings } from "../../demo/settings/fit";
import { presetSettings, presets } from "../../demo/settings/presets";
import { fromQuery, toQuery } from "../../demo/settings/url";
import { createTask } from "../../src/index";

const recorded = (id: string) => new URL(`../../demo/public/recorded/${id}.json`, import.meta.url);

describe("settings of the demo", () => {
  it("an address restores every one of them", () => {
    for (const preset of presets) {
      const settings = { ...presetSettings(preset, false), seedNetwork: 5, seedState: 6, seedInput: 7, seedFrame: 8 };
      expect(fromQuery(toQuery(settings), true)).toEqual({ settings, notes: [] });
    }
    expect(new Set(fields.map(({ key }) => key)).size).toBe(fields.length);
    expect(fromQuery("", true)).toBeUndefined();
  });

  it("what an address asks too much of is moved to what can be, and told", () => {
    const { settings, notes } = fromQuery("?n=20&k=99&t=10&warmup=300&lr=big&cell=abacus&colour=red", false)!;
    expect(settings).toMatchObject({ hidden: 20, k: 20, steps: 10, warmup: 9, lr: defaults(false).lr, cell: "rnn" });
    expect(notes.join("\n")).toMatch(/colour.*\n.*'abacus'.*\n.*'big'.*\n.*no more exponents\n.*warm-up is 9/);
    expect(fromQuery("?n=1000", false)?.settings.hidden).toBe(256);
  });

  it.each(tasks)("task %s: every delay that is let through can be made", (task) => {
    for (const delay of [1, 2, 3, 9, 10, 11, 200])
      for (const length of [4, 11, 12]) {
        const { settings } = fitSettings({ mode: "twins", task, delay, length }, defaults(true));
        const given = task === "adding" ? undefined : settings.delay;
        expect(() => createTask(task, { steps: settings.length, delay: given, depth: 1, referenceLabels: false })).not.toThrow();
      }
  });

  it.each(presets)("preset $id fits as it is, on a GPU and on a CPU", (preset) => {
    for (const small of [false, true]) {
      const settings = presetSettings(preset, small);
      expect(fitSettings(settings, defaults(small))).toEqual({ settings, notes: [] });
    }
  });
});

describe("recorded runs", () => {
  it.each(presets)("$id: of these settings, whole, below 100 kB", (preset) => {
    const { data } = fromJson(readFileSync(recorded(preset.id), "utf8"), preset.id);
    expect(statSync(recorded(preset.id)).size).toBeLessThan(100_000);
    expect(data.settings).toEqual(presetSettings(preset, false));
    const last = data.snapshots[data.snapshots.length - 1];
    expect(last.at).toBe(lastAt(data));
    const { mode, epochs, trainEpochs, again, againEpochs } = data.settings;
    if (mode === "floss") expect(lastAt(data)).toBe(epochs);
    if (mode === "twins") expect(lastAt(data)).toBe(epochs + trainEpochs + (again > 1 ? againEpochs : 0));
    expect(data.snapshots.every(({ networks }) => networks.length === (mode === "twins" ? 2 : 1))).toBe(true);
  });

  it("show what the text beside them says", () => {
    const load = (id: string) => fromJson(readFileSync(recorded(id), "utf8"), id).data;
    const floss = load("floss");
    expect(floss.flossing[floss.flossing.length - 1].loss).toBeLessThan(0.01 * floss.flossing[0].loss);
    const [first, last] = [floss.snapshots[0].networks[0], floss.snapshots[floss.snapshots.length - 1].networks[0]];
    expect(first.decay[95]).toBeLessThan(-8);
    expect(Math.abs(last.decay[95])).toBeLessThan(1);
    expect(last.spectrum[15] - last.spectrum[16]).toBeGreaterThan(0.2);
    expect(last.condition.log10.at(-1)).toBeLessThan(0.4 * (first.condition.log10.at(-1) ?? 0));
    const accuracy = load("figure-3").training.at(-1)?.accuracy ?? [1, 0];
    expect(accuracy[0]).toBeLessThan(0.6);
    expect(accuracy[1]).toBeGreaterThan(0.95);
    const decays = load("sweep").snapshots.map(({ value, networks: [{ decay }] }) => [value, decay[95]]);
    for (const [gain, decay] of decays) {
      if (gain <= 0.8) expect(decay, `g = ${gain}`).toBeLessThan(-3);
      if (gain >= 2) expect(decay, `g = ${gain}`).toBeGreaterThan(1);
    }
  });
});

describe("files of the demo", () => {
  const { data } = fromJson(readFileSync(recorded("floss"), "utf8"), "floss");

  it("a run written and read is the same", () => {
    expect(fromJson(toJson(toFile(data), 17), "again").data).toEqual(data);
  });

  it("a spreadsheet has a line a row", () => {
    const lines = toCsv(data).trimEnd().split("\n");
    expect(lines).toHaveLength(1 + data.flossing.length);
    expect(lines[0].split(",").slice(7, 9)).toEqual(["exponent_1", "exponent_2"]);
    const row = data.flossing[3];
    expect(lines[4].split(",").map(Number).slice(7)).toEqual(row.exponents);
    expect(new Set(lines.map((line) => line.split(",").length)).size).toBe(1);
  });

  it.each([
    ["no JSON", "{", /x is not JSON/],
    ["another format", '{"format":"other"}', /x is not a run of this page: format/],
    ["text where a number belongs", toJson(toFile(data)).replace('"loss":[', '"loss":["a",'), /flossing\.loss\.0/],
  ])("refused with one line: %s", (_, text, message) => {
    expect(() => fromJson(text, "x")).toThrow(message);
  });

  it("rows that a rebuilt run computes again replace the old ones", () => {
    const run = emptyRun(defaults(true), "");
    for (const at of [0, 1, 2, 3, 2, 3, 4]) addRow(run, { kind: "floss", at, loss: at, exponents: [] });
    expect(run.flossing.map(({ at }) => at)).toEqual([0, 1, 2, 3, 4]);
    for (let at = 0; at < 5000; at++) addRow(run, { kind: "snapshot", at, value: at, networks: [] });
    expect(run.snapshots.length).toBeLessThan(241);
    expect([run.snapshots[0].at, run.snapshots[run.snapshots.length - 1].at]).toEqual([0, 4999]);
  });
});

it.each([
  ["Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/156.0.0.0 Safari/537.36", /--enable-unsafe-webgpu/],
  ["Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/110.0.0.0 Safari/537.36", /version 113/],
  ["Mozilla/5.0 (X11; Linux x86_64; rv:145.0) Gecko/20100101 Firefox/145.0", /Firefox on Linux/],
  ["Mozilla/5.0 (Windows NT 10.0; Win64; x64; rv:140.0) Gecko/20100101 Firefox/140.0", /version 141/],
  ["Mozilla/5.0 (iPhone; CPU iPhone OS 18_0 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/18.0 Mobile/15E148 Safari/604.1", /26/],
])("advice where there is no adapter: %s", (userAgent, wanted) => {
  expect(adviceFor(userAgent, true).join(" ")).toMatch(wanted);
  expect(adviceFor(userAgent, false)[0]).toMatch(/https/);
});
