import * as Plot from "@observablehq/plot";
import type { BenchPlotData } from "./data";
import { composePage, drawKey, drawPanel, type KeyEntry } from "./style";

const width = 760;
/** Okabe and Ito (2008), apart for every kind of colour vision. */
const palette = ["#0072b2", "#d55e00", "#009e73", "#e69f00", "#56b4e9", "#cc79a7", "#8a8a8a"];

/** GPU time of an epoch, one bar a size, split by kernel; each bar's share is of its own whole, its time stands beside it. */
export function benchPlot({ title, caption, bars }: BenchPlotData, document: Document): SVGElement {
  const rows = [...new Set(bars.map(({ row }) => row))];
  const stages = [...new Set(bars.map(({ stage }) => stage))];
  const totals = new Map(rows.map((row) => [row, bars.filter((bar) => bar.row === row).reduce((sum, { ms }) => sum + ms, 0)]));
  const shares = bars.map(({ row, stage, ms }) => ({ row, stage, share: (100 * ms) / (totals.get(row) ?? 1) }));
  const height = 90 + 34 * rows.length;
  const drawn = drawPanel(document, {
    ...{ width, height, marginLeft: 220, marginRight: 80, marginTop: 34 },
    x: { label: "share of the GPU time, %", domain: [0, 100] },
    y: { label: null, domain: rows, grid: false },
    color: { domain: stages, range: palette },
    marks: [
      Plot.barX(shares, { x: "share", y: "row", fill: "stage", insetTop: 3, insetBottom: 3, order: stages, className: "stages" }),
      Plot.text(rows, { x: 100, y: (row) => row, text: (row) => duration(totals.get(row) ?? 0), dx: 6, textAnchor: "start" }),
    ],
  });
  drawn.append(
    drawKey(
      document,
      stages.map((stage, i): KeyEntry => ({ text: stage, mark: "dot", colour: palette[i] })),
      20,
    ),
  );
  return composePage(document, [drawn], title, caption, { width, height });
}

function duration(ms: number): string {
  return ms < 999.5 ? `${ms.toPrecision(3)} ms` : `${(ms / 1000).toPrecision(3)} s`;
}
