import { existsSync, readdirSync, readFileSync } from "node:fs";
import { build } from "vite";
import { describe, expect, it } from "vitest";
import { create } from "webgpu";
import { cellNames, cells } from "../src/cells/index";
import { createKernel } from "../src/gpu/kernel";
import { MOST_STEPS } from "../src/gpu/status";
import { adamGroups, adamParams } from "../src/kernels/adam";
import { drawGroups, drawParams } from "../src/kernels/draw_inputs";
import { drawTaskGroups, drawTaskParams } from "../src/kernels/draw_task";
import { lossParams } from "../src/kernels/flossing_loss";
import { kernelSpecs } from "../src/kernels/index";
import { kernelShape } from "../src/kernels/shape";
import { layoutOf } from "../src/kernels/sizes";
import { panelShares, stepParams, stepStages, unitRanges } from "../src/kernels/stepwise";
import { trainWalkParams } from "../src/kernels/train_forward";
import { trainGradientGroups, trainGradientParams } from "../src/kernels/train_gradient";
import { partsOf, type TrainSizes, trainLayout } from "../src/kernels/train_sizes";
import { trainUpdateParams } from "../src/kernels/train_update";
import { walkParams } from "../src/kernels/walk_forward";
import { gradientParams, weightGradientGroups } from "../src/kernels/weight_gradient";
import { requestNodeDevice } from "../src/node";

// The rules of the house that a program can check (style.md 3, 4.2).

const read = (path: string) => readFileSync(new URL(`../${path}`, import.meta.url), "utf8");
const list = (path: string) => readdirSync(new URL(`../${path}`, import.meta.url), { recursive: true }).map(String);
const entries = list("shaders")
  .filter((name) => /^\w+\.wgsl$/.test(name))
  .map((name) => name.slice(0, -5));
const sizes = { cell: "rnn", M: 2, B: 2, T: 20, N: 21, S: 2, K: 18, warmup: 0 } as const;
const params: Readonly<Record<string, Readonly<Record<string, string>>>> = {
  walk_forward: walkParams,
  walk_adjoint: walkParams,
  weight_gradient: gradientParams,
  flossing_loss: lossParams,
  adam: adamParams,
  draw_inputs: drawParams,
  train_forward: trainWalkParams,
  train_adjoint: trainWalkParams,
  train_gradient: trainGradientParams,
  train_update: trainUpdateParams,
  draw_task: drawTaskParams,
  ...Object.fromEntries(stepStages.map((stage) => [stage, stepParams])),
};

it.each(entries)("kernel %s has its four files", (name) => {
  // The stages of a step are those of walk_forward and walk_adjoint, whose twins are theirs.
  const stage = name.startsWith("step_") ? "stepwise" : name;
  const twin = stage === "stepwise" ? "walk_forward" : name;
  for (const path of [`src/kernels/${stage}.ts`, `src/reference/${twin}.ts`, `test/kernels/${stage}.test.ts`])
    expect(existsSync(new URL(`../${path}`, import.meta.url)), path).toBe(true);
});

describe.each(["cpu", "gpu"] as const)("%s profile", (profile) => {
  const specs = kernelSpecs(sizes, profile);

  it("every entry file has a spec", () => {
    expect(specs.map(({ name }) => name).sort()).toEqual([...entries].sort());
  });

  it.each(specs.map((spec) => [spec.name, spec] as const))("%s: bindings and Params of the shader and the host agree", (name, spec) => {
    const text = read(`shaders/${name}.wgsl`);
    const declared = [...text.matchAll(/^@group\(0\) @binding\((\d+)\) var<(\w+)(?:, (\w+))?> (\w+):/gm)];
    expect(declared.map((match) => Number(match[1]))).toEqual(declared.map((_, i) => i));
    const kind = (space: string, access?: string) => (space === "uniform" ? "uniform" : access === "read_write" ? "storage" : "read-only-storage");
    expect(declared.map((match) => [match[4], kind(match[2], match[3])])).toEqual(Object.entries(spec.bindings));
    // Walks and the stages of a step have theirs in a library file.
    const struct = /struct Params \{([^}]*)\}/.exec(spec.code)?.[1] ?? "";
    const fields = [...struct.matchAll(/^\s*(\w+): (\w+),/gm)].map((match) => [match[1], match[2]]);
    expect(fields).toEqual(Object.entries(params[name]));
  });

  it("WG and SIDE are what the host counts with, and the storage buffers fit WebGPU's default limits", () => {
    const text = read(`shaders/profiles/${profile}.wgsl`);
    const constant = (name: string) => Number(new RegExp(`const ${name} = (\\d+)u;`).exec(text)?.[1]);
    const { NP, parameters } = layoutOf(sizes);
    expect(adamGroups(sizes, profile)).toBe(Math.ceil(parameters / constant("WG")));
    const tiles = Math.ceil(NP / constant("SIDE"));
    expect(weightGradientGroups(sizes, profile)).toBe(tiles * (tiles + sizes.S + 2));
    for (const spec of specs) expect(Object.values(spec.bindings).filter((kind) => kind !== "uniform").length).toBeLessThanOrEqual(8);
  });

  it("no kernel asks for more workgroups of a network than WebGPU promises, however large it is and long its walk", () => {
    const large = { ...sizes, cell: "lstm", M: 1, B: 1, T: MOST_STEPS, N: 8192, S: 100 } as const;
    const train: TrainSizes = { ...large, B: 64, R: 10, scored: 0, loss: "bce", readout: "activation" };
    const counts = {
      weight_gradient: weightGradientGroups(large, profile),
      adam: adamGroups(large, profile),
      draw_inputs: drawGroups(large, profile),
      draw_task: drawTaskGroups(train, profile),
      train_gradient: [trainGradientGroups(train, profile), trainLayout(train).slabs],
      train_forward: partsOf(train, profile),
      step_tangents: [unitRanges(large, kernelShape(profile)), panelShares({ ...large, K: 4095 }, kernelShape(profile))],
    };
    for (const [name, count] of Object.entries(counts)) expect(Math.max(...[count].flat()), name).toBeLessThanOrEqual(65535);
  });

  it("every shader passes Dawn's validation without a GPU", async () => {
    await requestNodeDevice(); // for the globals
    const gpu = create(["backend=null"]);
    const adapter = await gpu.requestAdapter();
    const features = [...(adapter?.features ?? [])].filter((name) => name === "subgroups") as GPUFeatureName[];
    const device = await adapter!.requestDevice({ requiredFeatures: features });
    for (const spec of specs) await createKernel(device, spec);
    expect(gpu).toBeTruthy(); // kept alive until here
  });
});

it.each(cellNames)("the constants of the cell %s are the same in WGSL and on the host, and it has its three files", (cell) => {
  const text = read(`shaders/cells/${cell}.wgsl`);
  const { gates, states, record, second, apart, closed } = cells[cell];
  for (const [name, value] of Object.entries({ GATES: gates, STATES: states, RECORD: record, SECOND: second, APART: apart }))
    expect(text).toContain(`const ${name} = ${value}u;`);
  expect(text).toContain(`const CLOSED = ${closed};`);
  for (const path of [`src/cells/${cell}.ts`, `src/reference/cells/${cell}.ts`])
    expect(existsSync(new URL(`../${path}`, import.meta.url)), path).toBe(true);
});

it("library shaders say what they need, and no file is too long to read", () => {
  for (const name of list("shaders/lib")) expect(read(`shaders/lib/${name}`).split("\n").slice(0, 12).join("\n"), name).toContain("// Needs:");
  for (const folder of ["src", "shaders", "test", "scripts", "demo"])
    for (const name of list(folder).filter((path) => /\.(ts|mjs|wgsl)$/.test(path)))
      expect(read(`${folder}/${name}`).split("\n").length, `${folder}/${name}`).toBeLessThan(300);
});

it("the core imports no package and touches no Node API", async () => {
  const result = await build({ configFile: false, logLevel: "error", build: { write: false, ssr: "src/index.ts" }, ssr: { noExternal: true } });
  const outputs = (Array.isArray(result) ? result : [result]).flatMap((one) => ("output" in one ? one.output : []));
  const code = outputs.map((output) => ("code" in output ? output.code : "")).join("\n");
  expect(code.length).toBeGreaterThan(10_000);
  expect(code.match(/^\s*(import|export) .* from ["'](?!\.)/gm)).toBeNull();
  expect(code).not.toMatch(/\bprocess\.|\bBuffer\.|require\(|import\(/);
});
