import { describe, expect, it } from "vitest";
import { experiments } from "../../src/experiments/index";
import { signedRank } from "../../src/experiments/statistics";

const plan = (name: string, scale: "quick" | "paper", changes = {}) =>
  experiments.find((each) => each.name === name)!.plan({ scale, seed: 0, changes });

describe.each(experiments.map(({ name }) => name))("figure %s", (name) => {
  it.each(["quick", "paper"] as const)("can be planned at %s scale, with parts that have their own keys and work", (scale) => {
    const { parts, settings } = plan(name, scale);
    expect(new Set(parts.map(({ key }) => key)).size).toBe(parts.length);
    for (const { key } of parts) expect(key).toMatch(/^[\w-]+$/);
    expect(parts.some(({ work }) => work.length > 0)).toBe(true);
    // A claim that no number of networks could show would always fail.
    expect(signedRank(new Array(Number(settings.networks)).fill(1))).toBeLessThan(0.05);
  });

  it("takes its changes, and refuses those of other figures", () => {
    expect(plan(name, "quick", { networks: 7 }).settings.networks).toBe(7);
    const { settings } = plan(name, "quick");
    if (!("delays" in settings)) expect(() => plan(name, "quick", { delays: [4] })).toThrow(`figure ${name} has no delays`);
  });
});

it("every part of a training figure is a run of its own settings", () => {
  const settings = plan("4", "paper").parts.map((part) => JSON.stringify(part.kind === "train" ? part.settings : part.key));
  expect(new Set(settings).size).toBe(settings.length);
  expect(settings.length).toBe(2 * 4 * 4);
});

it("another seed trains other networks", () => {
  const seeds = [0, 1].map((seed) => {
    const [part] = experiments.find(({ name }) => name === "3")!.plan({ scale: "paper", seed, changes: {} }).parts;
    return part.kind === "train" ? (part.settings.seeds as number[]) : [];
  });
  expect(seeds[0].some((seed) => seeds[1].includes(seed))).toBe(false);
});
