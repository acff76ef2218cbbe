import { readdirSync, readFileSync } from "node:fs";
import { parseHTML } from "linkedom";
import { describe, expect, it } from "vitest";
import { type FigurePlotData, figurePlot } from "../../src/plots/figures";
import { renderSvg } from "../../src/plots/render";

const words = { title: "A title", caption: "A caption" };
const band = (x: number, median: number) => ({ x, median, low: 0.9 * median, high: 1.1 * median });
const series = (name: string, style: number, values: readonly number[]) => ({ name, style, points: values.map((value, x) => band(x, value)) });
const conditions = [
  { name: "no flossing", style: 0 },
  { name: "flossing before training", style: 1 },
];
const curves = (values: readonly number[]) => conditions.map(({ name, style }) => series(name, style, values));
const exponents = (shift: number) => Array.from({ length: 6 }, (_, i) => ({ index: i + 1, median: shift - i / 4, low: shift - i / 3, high: shift }));
const horizon = (t: number, value: number) => ({ horizon: t, median: value, low: value, high: value });

/** One of each kind, with labels that must be on it and marks that must be there. */
const figures: readonly { data: FigurePlotData; labels: readonly string[]; marks: Readonly<Record<string, number>> }[] = [
  {
    data: {
      kind: "exponent_control",
      ...words,
      targets: [-0.5, 0].map((target) => ({
        target,
        networks: [
          [-3, -1, target],
          [-1, -0.7, target],
        ],
      })),
    },
    labels: ["flossing epoch", "first exponent λ₁ (nats per step)", "target −0.5"],
    marks: { ".networks path": 4 },
  },
  {
    data: { kind: "flossed_spectra", ...words, panels: [2, 6].map((k) => ({ label: `k = ${k}`, k, before: exponents(-0.3), after: exponents(0) })) },
    labels: ["index i", "exponent λᵢ (nats per step)", "k = 2", "before", "after"],
    marks: { ".before circle": 12, ".after circle": 12 },
  },
  {
    data: {
      ...{ kind: "condition_number", ...words },
      panels: ["before flossing", "after flossing k = 2"].map((label) => ({
        label,
        curves: [2, 4].map((m) => ({
          m,
          points: [horizon(10, m), horizon(20, 2 * m)],
          predicted: [
            { horizon: 10, value: m },
            { horizon: 20, value: 2 * m },
          ],
        })),
        exact: [{ horizon: 10, value: 4 }],
        first: [
          { horizon: 10, value: 4 },
          { horizon: 20, value: 8 },
        ],
      })),
    },
    labels: ["horizon t − τ (steps)", "log₁₀ condition number σ₁ / σₘ", "m = 4 (all directions)", "the same in arbitrary precision"],
    marks: { ".median path": 4, ".exact path": 2, ".first path": 2 },
  },
  {
    data: {
      ...{ kind: "trainability", ...words, conditions },
      panels: [true, false].map((accuracy) => ({
        ...{ label: accuracy ? "XOR" : "copy", accuracy, curveDelay: 9, epochs: 2, curves: curves([0.5, 0.6, 0.9]) },
        finals: curves([0.9, 0.5]).map((each) => ({
          ...each,
          dots: [
            { x: 0, y: 0.9 },
            { x: 1, y: 0.5 },
          ],
        })),
      })),
    },
    labels: [
      "epoch",
      "delay d (steps)",
      "accuracy on fresh sequences",
      "final accuracy",
      "loss on fresh sequences",
      "final loss",
      "XOR, d = 9",
      "chance",
    ],
    marks: { ".median path": 8, ".runs circle": 8 },
  },
  {
    data: {
      ...{ kind: "heat_map", ...words },
      cells: [1, 8].flatMap((k) => [4, 8, 12].map((delay) => ({ k, delay, median: 0.5 + k / 32 }))),
      lines: [4, 8, 12].map((delay) => ({ delay, points: [1, 8].map((k) => ({ k, values: [0.5, 0.6] })) })),
    },
    labels: ["delay d (steps)", "flossed exponents k", "accuracy on fresh sequences", "d = 12", "75"],
    marks: { ".cells rect": 6, ".median path": 3, ".runs circle": 12 },
  },
  {
    data: { kind: "gradient_norm", ...words, delay: 7, conditions, byDistance: curves([1, 1e-3, 1e-6]), byEpoch: curves([1e-4, 1e-3]) },
    labels: ["distance in time (steps)", "norm of ∂loss/∂state", "epoch", "7 steps back, the task's delay"],
    marks: { ".median path": 4 },
  },
  {
    data: { kind: "effective_dimension", ...words, conditions, values: curves([1, 0.1, 0.01]), dimensions: curves([1.2, 2.2]) },
    labels: ["index i", "singular value σᵢ / σ₁ of ∂loss/∂W", "effective dimension (directions)"],
    marks: { ".median path": 4 },
  },
];

describe.each(figures.map((each) => [each.data.kind, each] as const))("%s", (_, { data, labels, marks }) => {
  const svg = renderSvg(figurePlot, data);
  const parsed = parseHTML(svg.replace(/^<\?xml[^>]*>\n/, "")).document.querySelector("svg") as unknown as Element;

  it("names its axes with units and has every mark", () => {
    const texts = [...parsed.querySelectorAll("text")].map((text) => text.textContent);
    expect(texts).toEqual(expect.arrayContaining([...labels, "A title", expect.stringMatching(/^A caption/)]));
    for (const [selector, count] of Object.entries(marks)) expect(parsed.querySelectorAll(selector).length, selector).toBe(count);
    expect(svg).not.toMatch(/NaN|Infinity|undefined/);
  });

  it("is the same from data that went through JSON", () => {
    // Plot numbers its clips anew in every picture.
    const unnumbered = (text: string) => text.replace(/plot-clip-\d+/g, "clip");
    expect(unnumbered(renderSvg(figurePlot, JSON.parse(JSON.stringify(data)) as FigurePlotData))).toBe(unnumbered(svg));
  });
});

it("plots touch no Node API, apart from the files that write them", () => {
  const folder = new URL("../../src/plots/", import.meta.url);
  const shared = readdirSync(folder).filter((name) => !["write.ts", "render.ts", "font.ts"].includes(name));
  expect(shared.length).toBeGreaterThan(10);
  for (const name of shared)
    expect(readFileSync(new URL(name, folder), "utf8"), name).not.toMatch(/from "node:|\bprocess\.|\bBuffer\b|\.\/(write|render|font)"/);
});
