import { readFileSync, writeFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { readTuned, tunedPath, writeTuned } from "../../src/cli/tuned";
import { sameKey, type TunedEntry, tunedKey, withEntry } from "../../src/tuning/entry";
import { temporaryFolder } from "../cli/helper";

const file = temporaryFolder();

const device = { adapterInfo: { vendor: "mesa", architecture: "software", device: "llvmpipe", description: "llvmpipe: Mesa 25" } } as GPUDevice;
const size = { kind: "flossing", cell: "rnn", hidden: 80, k: 16, steps: 300, batch: 1, networks: 10 } as const;
const key = tunedKey(device, size, "1.2.3");
const entry: TunedEntry = { ...key, gain: 1.234, shape: { chunk: 64, together: 5 } };

describe("the key", () => {
  it("is adapter, driver, version, work, cell and sizes: each alone makes another", () => {
    expect(sameKey(key, tunedKey(device, { ...size }, "1.2.3"))).toBe(true);
    for (const other of [
      { driver: "llvmpipe: Mesa 26" },
      { adapter: "x" },
      { vendor: "x" },
      { architecture: "x" },
      { version: "1.2.4" },
      { cell: "gru" },
    ])
      expect(sameKey(key, { ...key, ...other }), JSON.stringify(other)).toBe(false);
    for (const other of [{ hidden: 81 }, { k: 17 }, { steps: 301 }, { batch: 2 }, { networks: 9 }, { kind: "spectrum" as const }])
      expect(sameKey(key, { ...key, ...other }), JSON.stringify(other)).toBe(false);
  });
});

describe("the file", () => {
  it("round trip: lines that a person can read, entries replaced, and taken out where the default is best", () => {
    const path = file("a/b/tuned.json");
    expect(readTuned(path)).toEqual([]);
    const other: TunedEntry = { ...entry, k: 8 };
    writeTuned(path, [entry, other]);
    expect(readFileSync(path, "utf8").split("\n").length).toBeGreaterThan(20);
    expect(readTuned(path)).toEqual([entry, other]);
    const found = { gain: 1.50049, shape: { chunk: 16 } };
    expect(withEntry(readTuned(path), key, found)).toEqual([other, { ...key, gain: 1.5, shape: { chunk: 16 } }]);
    expect(withEntry(readTuned(path), key)).toEqual([other]);
  });

  it("lies where the environment says", () => {
    expect(tunedPath({ FLOSS_TUNED: "/x/y.json", XDG_CACHE_HOME: "/c" })).toBe("/x/y.json");
    expect(tunedPath({ XDG_CACHE_HOME: "/c" })).toBe("/c/gradient-flossing/tuned.json");
    expect(tunedPath({})).toMatch(/\/\.cache\/gradient-flossing\/tuned\.json$/);
    expect(tunedPath({ FLOSS_TUNED: "off" })).toBeUndefined();
  });

  it.each([
    ["{", /is no JSON \(.*\): mend or delete it, or leave it out with --no-tuned/],
    ["[]", /has no list 'entries'/],
    [JSON.stringify({ entries: [entry, { ...entry, hidden: "80" }] }), /broken\.json, entry 2: hidden: .*expected number.*; mend or delete it/],
    [JSON.stringify({ entries: [{ ...entry, shape: { chunks: 64 } }] }), /entry 1: shape: Unrecognized key: "chunks"/],
    [JSON.stringify({ entries: [{ ...entry, gain: 0 }] }), /entry 1: gain: /],
  ])("broken: one line that names file, entry and remedy, %#", (text, message) => {
    writeFileSync(file("broken.json"), text);
    expect(() => readTuned(file("broken.json"))).toThrow(message);
  });
});
