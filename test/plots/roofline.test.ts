import { parseHTML } from "linkedom";
import { expect, it } from "vitest";
import { renderSvg } from "../../src/plots/render";
import { rooflinePlot } from "../../src/plots/roofline";

const points = ["vanilla RNN", "GRU"].flatMap((cell, c) =>
  ["walk_forward", "walk_adjoint"].map((kernel, k) => ({ cell, kernel, intensity: 8 + 9 * c + k, gflops: 5 + 3 * k + c })),
);
const curve = [32, 64, 128].map((size) => ({ cell: "vanilla RNN", kernel: "walk_forward", size, ms: 0.1 * size, expected: 0.08 * size }));
const data = {
  ...{ title: "Kernels", caption: "an adapter", ceiling: { gflops: 24.4, gbytes: 6.8 }, points },
  curves: [{ title: "flossing, over hidden", label: "hidden units N", time: "time of an epoch, ms", points: curve }],
};
const drawn = (given: typeof data) =>
  parseHTML(renderSvg(rooflinePlot, given).replace(/^<\?xml[^>]*>\n/, "")).document.querySelector("svg") as unknown as Element;

it("has the ceilings with their values, a point for each kernel and cell, axes with units", () => {
  const svg = drawn(data);
  const texts = [...svg.querySelectorAll("text")].map((text) => text.textContent);
  const words = ["product 24.4 GFLOP/s", "copy 6.80 GB/s", "operations per byte that must move", "10⁹ operations per second"];
  expect(texts).toEqual(expect.arrayContaining([...words, "vanilla RNN", "GRU", "walk_forward", "hidden units N", "time of an epoch, ms", "128"]));
  expect([...svg.querySelectorAll(".points")].map((group) => group.querySelectorAll("path").length)).toEqual([4, 3]);
  expect(svg.querySelector(".ceilings path")?.getAttribute("d")?.match(/[ML]/g)).toHaveLength(3);
  expect(svg.outerHTML).not.toMatch(/NaN|Infinity|undefined/);
});

it("draws rates alone, times alone, and kernels above the ceilings", () => {
  const above = points.map((point) => ({ ...point, gflops: 300 }));
  for (const each of [
    { ...data, curves: [] },
    { ...data, points: [] },
    { ...data, points: above },
  ])
    expect(drawn(each).outerHTML).not.toMatch(/NaN|Infinity|undefined/);
});
