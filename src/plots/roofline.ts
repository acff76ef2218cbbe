import * as Plot from "@observablehq/plot";
import type { RooflinePlotData } from "./data";
import { colours, composePage, drawPanel, fontFamily, KEY_HEIGHT, type PageKey } from "./style";

const size = { width: 400, height: 340 } as const;
const columns = 3;
/** Okabe and Ito (2008), apart for every kind of colour vision; kernels differ by their mark. */
const palette = ["#0072b2", "#d55e00", "#009e73", "#cc79a7", "#e69f00"];
const marks = ["circle", "square", "triangle", "diamond", "star", "times", "plus"] as const;

/** Every kernel's rate against its operations per byte under the adapter's measured ceilings, then time against sizes. */
export function rooflinePlot(data: RooflinePlotData, document: Document): SVGElement {
  const all = [...data.points, ...data.curves.flatMap(({ points }) => points)];
  const cells = [...new Set(all.map(({ cell }) => cell))];
  const kernels = [...new Set(all.map(({ kernel }) => kernel))];
  const scales = { color: { domain: cells, range: palette }, symbol: { domain: kernels, range: marks } } as const;
  const panels = [...(data.points.length > 0 ? [roof(data, document, scales)] : []), ...data.curves.map((each) => curve(each, document, scales))];
  const wide = Math.min(columns, panels.length);
  return composePage(document, panels, data.title, data.caption, size, wide, keyOf(cells, kernels, wide * size.width, document));
}

type Scales = Pick<Plot.PlotOptions, "color" | "symbol">;

/** Decades around the values. */
function around(values: readonly number[]): [number, number] {
  const logs = values.filter((value) => value > 0).map(Math.log10);
  return [10 ** Math.floor(Math.min(...logs) - 0.05), 10 ** Math.ceil(Math.max(...logs) + 0.05)];
}

function roof({ points, ceiling }: RooflinePlotData, document: Document, scales: Scales): SVGElement {
  const knee = ceiling.gflops / ceiling.gbytes;
  const x = around([...points.map(({ intensity }) => intensity), knee]);
  const y = around([...points.map(({ gflops }) => gflops), ceiling.gflops]);
  const line = [
    { x: Math.max(x[0], y[0] / ceiling.gbytes), y: Math.max(x[0] * ceiling.gbytes, y[0]) },
    { x: knee, y: ceiling.gflops },
    { x: x[1], y: ceiling.gflops },
  ];
  const names = [
    // At the left, where no kernel is: they do more operations a byte.
    { x: knee, y: ceiling.gflops, text: `product ${rounded(ceiling.gflops)} GFLOP/s`, dy: -8, anchor: "start" as const, rotate: 0 },
    { x: line[0].x, y: line[0].y, text: `copy ${rounded(ceiling.gbytes)} GB/s`, dy: -18, anchor: "start" as const, rotate: slope(x, y) },
  ];
  return drawPanel(document, {
    ...{ ...size, marginTop: 26, marginRight: 14, ...scales },
    x: { type: "log", domain: x, ticks: ticks(x), label: "operations per byte that must move", grid: true, tickFormat: plain },
    y: { type: "log", domain: y, ticks: ticks(y), label: "10⁹ operations per second", tickFormat: plain },
    marks: [
      Plot.line(line, { x: "x", y: "y", stroke: colours.ink, strokeWidth: 1.6, className: "ceilings" }),
      ...names.map(({ dy, anchor, rotate, ...name }) =>
        Plot.text([name], {
          x: "x",
          y: "y",
          text: "text",
          dx: rotate ? 6 : 0,
          dy,
          rotate,
          textAnchor: anchor,
          fill: colours.ink,
          className: "names",
        }),
      ),
      Plot.dot(points, { x: "intensity", y: "gflops", stroke: "cell", symbol: "kernel", r: 4.5, strokeWidth: 1.6, className: "points" }),
    ],
  });
}

/** Degrees of a line that grows as its argument, on these axes. */
function slope(x: readonly [number, number], y: readonly [number, number]): number {
  const [width, height] = [size.width - 62 - 14, size.height - 26 - 42];
  return (-180 / Math.PI) * Math.atan(height / Math.log10(y[1] / y[0]) / (width / Math.log10(x[1] / x[0])));
}

function curve({ title, label, time, points }: RooflinePlotData["curves"][number], document: Document, scales: Scales): SVGElement {
  const sizes = [...new Set(points.map(({ size: at }) => at))].sort((a, b) => a - b);
  const low = Math.min(...sizes) / 1.2;
  const y = around(points.flatMap(({ ms, expected }) => [ms, expected]));
  return drawPanel(document, {
    ...{ ...size, marginTop: 26, marginRight: 14, ...scales },
    x: { type: "log", domain: [low, Math.max(...sizes) * 1.2], label, ticks: sizes, tickFormat: plain },
    y: { type: "log", domain: y, ticks: ticks(y), label: time, tickFormat: plain },
    marks: [
      Plot.text([title], { frameAnchor: "top", dy: -16, text: (text) => text, fill: colours.ink, className: "names" }),
      Plot.line(points, { x: "size", y: "expected", z: "kernel", stroke: colours.faint, strokeDasharray: "4 3", className: "expected" }),
      Plot.line(points, { x: "size", y: "ms", z: "kernel", stroke: "cell", strokeWidth: 1.2, className: "measured" }),
      Plot.dot(points, { x: "size", y: "ms", stroke: "cell", symbol: "kernel", fill: "white", r: 4, strokeWidth: 1.5, className: "points" }),
    ],
  });
}

function keyOf(cells: readonly string[], kernels: readonly string[], width: number, document: Document): PageKey {
  const step = (texts: readonly string[]) => {
    let x = 0;
    return texts.map((text) => {
      const at = x;
      x += 26 + 6.6 * text.length;
      return { text, x: at };
    });
  };
  const first = step([...cells, "as the operations grow"]);
  const colour = (i: number) => palette[i % palette.length];
  const rows = [
    ...first.map((entry, i) => ({ ...entry, y: 0, fill: i < cells.length ? colour(i) : colours.faint, symbol: "square" as const, kernel: false })),
    ...step(kernels).map((entry, i) => ({ ...entry, y: 1, fill: colours.ink, symbol: marks[i % marks.length], kernel: true })),
  ];
  return {
    rows: 2,
    draw(left, top) {
      const drawn = Plot.plot({
        ...{ document, width, height: 2 * KEY_HEIGHT, margin: 0, axis: null, style: { fontFamily, fontSize: "11px", color: colours.ink } },
        x: { domain: [-8, width - 8] },
        y: { domain: [1.5, -0.5] },
        symbol: { type: "identity" },
        marks: [
          Plot.dot(
            rows.filter(({ kernel }) => !kernel),
            { x: "x", y: "y", fill: "fill", symbol: "square", r: 4 },
          ),
          Plot.dot(
            rows.filter(({ kernel }) => kernel),
            { x: "x", y: "y", stroke: colours.ink, symbol: "symbol", r: 4, strokeWidth: 1.4 },
          ),
          Plot.text(rows, { x: "x", y: "y", text: "text", dx: 11, textAnchor: "start" }),
        ],
      }) as unknown as SVGElement;
      drawn.querySelector("style")?.remove();
      drawn.setAttribute("x", String(left));
      drawn.setAttribute("y", String(top - KEY_HEIGHT / 2));
      return drawn;
    },
  };
}

function rounded(value: number): string {
  return value >= 100 ? value.toFixed(0) : value.toPrecision(3);
}

/** 1, 2 and 5 of every decade of a domain. */
function ticks([low, high]: readonly [number, number]): number[] {
  const decades = Array.from({ length: Math.round(Math.log10(high / low)) + 1 }, (_, i) => low * 10 ** i);
  const all = decades.length > 3 ? decades : decades.flatMap((decade) => [1, 2, 5].map((digit) => digit * decade));
  return all.filter((value) => value <= high * 1.001).map((value) => Number(value.toPrecision(6)));
}

const plain = (value: number) => String(Number(value.toPrecision(3)));
