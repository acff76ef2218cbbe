import { expect, it } from "vitest";
import type { Shape } from "../../src/kernels/shape";
import { knobsOf } from "../../src/tuning/knobs";

const llvmpipe = {
  features: new Set(["subgroups"]),
  adapterInfo: { description: "llvmpipe", device: "", architecture: "", isFallbackAdapter: true, subgroupMinSize: 8, subgroupMaxSize: 8 },
} as unknown as GPUDevice;
const gpu = {
  features: new Set(["subgroups"]),
  adapterInfo: { description: "some GPU", device: "", architecture: "", isFallbackAdapter: false, subgroupMinSize: 32, subgroupMaxSize: 32 },
} as unknown as GPUDevice;
const row = { kind: "flossing", cell: "rnn", hidden: 80, k: 75, steps: 300, batch: 1, networks: 10, goal: 1 } as const;

/** What is tried from a shape on, where nothing wins. */
function tried(device: GPUDevice, of: Parameters<typeof knobsOf>[1], uses: Shape, profile?: "cpu" | "gpu") {
  return knobsOf(device, of, profile).flatMap(({ name, values }) => (values(uses).length > 0 ? [[name, ...values(uses)]] : []));
}

it("cpu profile: schedule first, the other profile last; nothing that lanes fix", () => {
  expect(tried(llvmpipe, row, { profile: "cpu", workgroup: 8, side: 16, panel: 16, chunk: 32, groups: 1, steps: "fused", together: 10 })).toEqual([
    ["steps", "stepwise"],
    ["groups", 2],
    ["chunk", 16, 64, 128],
    ["together", 5, 3, 2, 1],
    ["profile", "gpu"],
  ]);
});

it("gpu profile: the kernels' numbers first; no other profile where lanes of 8 are missing", () => {
  const uses = { profile: "gpu", workgroup: 128, side: 32, panel: 16, chunk: 304, groups: 2, steps: "fused", together: 2 } as const;
  expect(tried(gpu, row, uses)).toEqual([
    ["workgroup", 32, 64, 256],
    ["panel", 8, 32],
    ["side", 16, 64],
    ["steps", "stepwise"],
    ["groups", 1],
    ["chunk", 160, 80],
    ["together", 1],
  ]);
  // One panel needs no groups; a spectrum has no weight gradient.
  const short = { profile: "cpu", workgroup: 8, side: 16, panel: 16, chunk: 4, groups: 2, steps: "fused", together: 1 } as const;
  const spectrum = { ...row, kind: "spectrum", hidden: 512, k: 64, networks: 1 } as const;
  expect(tried(llvmpipe, spectrum, short, "cpu")).toContainEqual(["chunk", 16, 8]);
  const few = tried(gpu, { ...row, kind: "spectrum", k: 8 }, uses).map(([name]) => name);
  expect(few).toEqual(["workgroup", "panel", "steps", "chunk", "together"]);
});

it("few tangent vectors have fused kernels of their own", () => {
  const uses = { profile: "cpu", workgroup: 8, side: 16, panel: 16, chunk: 96, groups: 1, steps: "fused", together: 10 } as const;
  expect(tried(llvmpipe, { ...row, hidden: 32, k: 1, steps: 100 }, uses, "cpu").map(([name]) => name)).toEqual(["chunk", "together"]);
});

it("training: sequences of a lane and tiles that come out even", () => {
  const uses = { profile: "cpu", workgroup: 8, side: 16, chunk: 48, together: 1, columns: 2, tile: 5 } as const;
  expect(tried(llvmpipe, { ...row, kind: "training", k: 0, batch: 16, networks: 1 }, uses, "cpu")).toEqual([
    ["columns", 1],
    ["tile", 1, 2],
    ["chunk", 32, 96, 16, 192],
  ]);
});
