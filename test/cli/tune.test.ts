import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { version } from "../../package.json";
import { createTeller } from "../../src/cli/progress";
import { tunedKey } from "../../src/tuning/entry";
import { testDevice } from "../helpers/device";
import { floss, temporaryFolder } from "./helper";

const file = temporaryFolder();
const before = process.env.FLOSS_TUNED;
beforeEach(() => {
  process.env.FLOSS_TUNED = file("tuned.json");
});
afterEach(() => {
  process.env.FLOSS_TUNED = before;
});

const small = ["--hidden", "9", "--k", "3", "--steps", "40", "--rounds", "2", "--budget", "60"];

test("variants of one size as JSON: times, ratios, what was rejected; a picture; the same bits where only the schedule varies", async () => {
  const { code, stdout, stderr } = await floss(
    "tune",
    "flossing",
    ...small,
    "--networks",
    "3",
    "--profile",
    "cpu",
    "--json",
    "--plot",
    file("v.svg"),
  );
  expect(code).toBe(0);
  expect(stdout).toMatch(/^\{.*\}\n$/);
  const report = JSON.parse(stdout);
  expect(report).toMatchObject({ kind: "flossing", hidden: 9, k: 3, steps: 40, networks: 3, default: { profile: "cpu", workgroup: 8, panel: 16 } });
  expect(report.variants[0]).toMatchObject({ shape: {}, ratio: 1, accepted: true, reason: "default" });
  const tried = report.variants.filter(({ knob }: { knob: string | null }) => knob === "chunk" || knob === "together");
  expect(tried.length).toBeGreaterThanOrEqual(3);
  for (const variant of tried) {
    expect(variant.same_bits, JSON.stringify(variant)).toBe(true);
    expect(variant.reason).toMatch(/faster|slower|within noise/);
    expect(variant.ms_per_epoch_min).toBeLessThanOrEqual(variant.ms_per_epoch);
  }
  expect(stderr).toMatch(/flossing N=9 K=3 T=40 x3: chunk \d+: [\d.]+ of the default's speed, the same bits/);
  expect(stderr).not.toMatch(/: ,|trying (nothing|$)/m);
  expect(readFileSync(file("v.svg"), "utf8")).toMatch(/chunk \d+/);
});

test("training, for people: a table, nothing written in a dry run", async () => {
  process.env.FLOSS_TUNED = file("none.json");
  const sizes = "--hidden 8 --steps 33 --delay 5 --batch 8 --networks 2 --rounds 2 --profile cpu --dry-run".split(" ");
  const { code, stdout } = await floss("tune", "training", ...sizes, "--quiet");
  expect(code).toBe(0);
  expect(stdout).toMatch(/^training N=8 T=33 x2 B=8: (winner|the default stays)/);
  expect(stdout).toMatch(/variant +ms +least +ratio/);
  expect(stdout).toMatch(/tile \d +[\d.]+ +[\d.]+ +[\d.]+ .* the same bits/);
  expect(stdout).toContain("panel 16 are fixed on the cpu profile");
  expect(existsSync(file("none.json"))).toBe(false);
});

test("spectrum, floss and bench use an entry for the very same size and say so; the same bits; --no-tuned leaves it out", async () => {
  const size = { kind: "flossing", cell: "rnn", hidden: 9, k: 3, steps: 40, batch: 1, networks: 2 } as const;
  const entries = [
    { ...tunedKey(await testDevice(), size, version), gain: 1.25, shape: { chunk: 16, together: 1 } },
    { ...tunedKey(await testDevice(), { ...size, kind: "spectrum", networks: 1 }, version), gain: 1.5, shape: { chunk: 32 } },
  ];
  writeFileSync(file("tuned.json"), JSON.stringify({ entries }));
  const run = (name: string, ...more: string[]) =>
    floss("floss", ..."--hidden 9 --k 3 --steps 40 --networks 2 --epochs 3 --input-kind bernoulli".split(" "), "-o", file(name), ...more);
  const tuned = await run("a.safetensors");
  expect(tuned.stderr).toMatch(/note: tuned: chunk 16, together 1 \(1\.25 times the default's speed, from .*tuned\.json; --no-tuned leaves it out\)/);
  const plain = await run("b.safetensors", "--no-tuned");
  expect(plain.stderr).not.toContain("tuned:");
  expect(readFileSync(file("a.safetensors")).equals(readFileSync(file("b.safetensors")))).toBe(true);
  const spectrum = await floss("spectrum", ..."--hidden 9 --k 3 --steps 40 --input-kind bernoulli".split(" "));
  expect(spectrum.stderr).toContain("tuned: chunk 32");
  expect((await floss("spectrum", ..."--hidden 9 --k 3 --steps 41 --input-kind bernoulli".split(" "))).stderr).not.toContain("tuned:");
  const bench = await floss("bench", "flossing", ..."--hidden 9 --k 3 --steps 40 --networks 2 --rounds 1 --epochs 2".split(" "));
  expect(bench.stderr).toContain("tuned: chunk 16");
});

test("a training run keeps the shape it began with", async () => {
  const size = { kind: "training", cell: "rnn", hidden: 8, k: 0, steps: 40, batch: 8, networks: 1 } as const;
  const write = async (shape: object) =>
    writeFileSync(file("tuned.json"), JSON.stringify({ entries: [{ ...tunedKey(await testDevice(), size, version), gain: 1.25, shape }] }));
  const train = (...more: string[]) =>
    floss("train", ..."--task copy --delay 5 --hidden 8 --steps 40 --batch 8 --checkpoint-every 2".split(" "), "-o", file("run"), ...more);
  const shapeOf = () => JSON.parse(readFileSync(file("run/provenance.json"), "utf8")).shape;
  await write({ chunk: 16 });
  const first = await train("--epochs", "4");
  expect([first.code, shapeOf()]).toEqual([0, { chunk: 16 }]);
  expect(readFileSync(file("run/seed-0/checkpoint.safetensors"), "latin1")).toContain('"shape":"{\\"chunk\\":16}"');
  // As if it had been interrupted, and tuned anew meanwhile.
  const { rmSync } = await import("node:fs");
  rmSync(file("run/seed-0/summary.json"));
  await write({ chunk: 32 });
  const second = await train("--epochs", "4", "--resume");
  expect([second.code, shapeOf()]).toEqual([0, { chunk: 16 }]);
  expect(second.stderr).not.toContain("tuned:");
});

test("a broken file is one line and exit 2, before anything is measured; so is nowhere to write", async () => {
  writeFileSync(file("tuned.json"), '{"entries": [{"adapter": 3}]}');
  const commands = [
    // Each names a remedy that it knows itself.
    [["tune", "flossing", ...small], "keep nothing with --dry-run"],
    [["spectrum", ..."--hidden 9 --k 3 --steps 40 --input-kind none".split(" ")], "leave it out with --no-tuned"],
  ] as const;
  for (const [argv, remedy] of commands) {
    const { code, stdout, stderr } = await floss(...argv, "--quiet");
    expect([code, stdout]).toEqual([2, ""]);
    expect(stderr).toMatch(new RegExp(`^error: .*tuned\\.json, entry 1: adapter: .*; mend or delete it, or ${remedy}\n$`));
  }
  process.env.FLOSS_TUNED = file("tuned.json/below.json");
  const unread = await floss("tune", "flossing", ...small, "--quiet");
  expect(unread).toMatchObject({ code: 2, stdout: "", stderr: expect.stringMatching(/cannot be read \(ENOTDIR\): .*--dry-run\n$/) });
  writeFileSync(file("plain"), "");
  for (const [path, said] of [
    [
      "/proc/x/tuned.json",
      /^error: the folder \/proc\/x for tuned shapes cannot be made \(\w+\): name another file with FLOSS_TUNED, .*--dry-run\n$/,
    ],
    [file("plain/a/tuned.json"), /^error: .*plain\/a\/tuned\.json cannot be read \(ENOTDIR\): .*--dry-run\n$/],
    ["/proc/tuned.json", /^error: the file of tuned shapes \/proc\/tuned\.json cannot be written \(\w+\): choose another path, or .*--dry-run\n$/],
  ] as const) {
    process.env.FLOSS_TUNED = path;
    const { code, stdout, stderr } = await floss("tune", "flossing", ...small, "--quiet");
    expect([code, stdout]).toEqual([2, ""]);
    expect(stderr).toMatch(said);
  }
  process.env.FLOSS_TUNED = "off";
  expect(await floss("tune", "flossing", ...small)).toMatchObject({ code: 2, stderr: expect.stringContaining("add --dry-run") });
  expect(await floss("tune", "flossing", "--delay", "5", "--dry-run")).toMatchObject({
    code: 2,
    stderr: expect.stringContaining("leave --delay out"),
  });
  expect(await floss("tune", "--hidden", "9")).toMatchObject({ code: 2, stderr: expect.stringContaining("--hidden is for one size") });
});

describe("the line that tells what is tried", () => {
  const told = (isTTY: boolean, quiet = false) => {
    let text = "";
    const stderr = (more: string) => {
      text += more;
    };
    const teller = createTeller({ stdout: () => {}, stderr, isTTY }, { quiet });
    teller.say("trying a");
    teller.say("trying b");
    teller.keep("a: slower");
    teller.say("trying c");
    teller.stop();
    teller.stop();
    return text;
  };
  const clear = "\r\x1b[K";

  test("is written over on a terminal and gone at the end; lines that stay stand whole", () => {
    expect(told(true)).toBe(`${clear}trying a${clear}trying b${clear}a: slower\n${clear}trying c${clear}`);
  });

  test("elsewhere stays, with some seconds to the next; nothing with --quiet", () => {
    expect(told(false)).toBe("trying a\na: slower\n");
    expect([told(false, true), told(true, true)]).toEqual(["", ""]);
  });
});
