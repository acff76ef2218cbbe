import uPlot from "uplot";
import { fontFamily } from "../../src/plots/colours";
import { powerOfTen } from "../../src/plots/numbers";
import type { Palette } from "./palette";

/** Numbers of a figure: what uPlot draws, and what the table beside it says. */
export interface Chart {
  readonly x: readonly number[];
  readonly xLabel: string;
  readonly yLabel: string;
  readonly lines: readonly Line[];
  /** Whether y is logarithmic. */
  readonly log?: boolean;
  /** Whether the values are logarithms to base 10, written as powers. */
  readonly powers?: boolean;
  readonly xRange?: readonly [number, number];
  readonly yRange?: readonly [number, number];
  /** One unit is as long in x as in y. */
  readonly equal?: boolean;
  /** A circle of radius 1 around the origin. */
  readonly circle?: boolean;
}

export interface Line {
  readonly label: string;
  readonly values: readonly (number | null)[];
  readonly colour: string;
  /** Default `line`. */
  readonly style?: "line" | "dashes" | "rings" | "dots" | "dotted line";
  readonly width?: number;
}

/** 10 to a whole power. */
export function powerText(power: number): string {
  if (!Number.isInteger(power)) return "";
  return power === 0 ? "1" : powerOfTen(power);
}

/** What a chart's structure depends on: with another, uPlot begins anew. */
function structureOf({ xLabel, yLabel, lines, log, powers, equal, circle }: Chart): string {
  return JSON.stringify([xLabel, yLabel, log, powers, equal, circle, lines.map(({ colour, style, width }) => [colour, style, width])]);
}

function seriesOf({ label, colour, style = "line", width = 1.5 }: Line): uPlot.Series {
  const dots = style === "rings" || style === "dots";
  const scale = rem() / 16;
  return {
    label,
    ...(dots ? { paths: () => null } : { stroke: colour, width: width * scale, ...(style === "dashes" && { dash: [6 * scale, 4 * scale] }) }),
    points: {
      show: dots || style === "dotted line",
      size: (dots ? 6 : 5) * scale,
      width: 1.3 * scale,
      stroke: colour,
      fill: style === "rings" ? "transparent" : colour,
    },
  };
}

/** A figure drawn by uPlot, as wide as its place. */
export class ChartView {
  readonly #host: HTMLElement;
  readonly #read: (text: string) => void;
  #plot: uPlot | undefined;
  #structure = "";
  #chart: Chart | undefined;
  #palette: Palette | undefined;

  /** @param read is told what lies under the pointer */
  constructor(host: HTMLElement, read: (text: string) => void) {
    this.#host = host;
    this.#read = read;
    new ResizeObserver(() => this.#resize()).observe(host);
  }

  get canvas(): HTMLCanvasElement | undefined {
    return this.#plot?.ctx.canvas;
  }

  draw(chart: Chart, palette: Palette): void {
    const structure = structureOf(chart);
    this.#chart = chart;
    const data = [chart.x, ...chart.lines.map(({ values }) => values)] as unknown as uPlot.AlignedData;
    if (this.#plot && structure === this.#structure && palette === this.#palette) {
      this.#plot.setData(data);
      return;
    }
    this.#structure = structure;
    this.#palette = palette;
    this.#plot?.destroy();
    this.#plot = new uPlot(this.#options(chart, palette), data, this.#host);
  }

  #size(): { width: number; height: number } {
    const width = Math.max(200, this.#host.clientWidth);
    return { width, height: Math.round(Math.max(15 * rem(), Math.min(0.62 * width, 22 * rem()))) };
  }

  #resize(): void {
    const { width, height } = this.#size();
    if (this.#plot && (this.#plot.width !== width || this.#plot.height !== height)) this.#plot.setSize({ width, height });
  }

  #options(chart: Chart, palette: Palette): uPlot.Options {
    const size = Math.round(0.72 * rem());
    const font = `${size}px ${fontFamily}`;
    const axis = (label: string, more: uPlot.Axis): uPlot.Axis => ({
      ...{ label, font, labelFont: font, labelSize: 1.6 * size, stroke: palette.ink, labelGap: 0 },
      grid: { stroke: palette.grid, width: 1 },
      ticks: { stroke: palette.faint, width: 1, size: 4 },
      ...more,
    });
    const y: uPlot.Axis = { size: 4.6 * size };
    if (chart.powers) Object.assign(y, { values: (_: uPlot, ticks: number[]) => ticks.map(powerText), incrs: [1, 2, 5, 10, 20, 50] });
    if (chart.log)
      Object.assign(y, { splits: decades, values: (_: uPlot, ticks: number[]) => ticks.map((tick) => powerText(Math.round(Math.log10(tick)))) });
    return {
      ...this.#size(),
      legend: { show: false },
      padding: [0.6 * size, 1.8 * size, 0, 0],
      scales: {
        x: { time: false, range: (u, min, max) => this.#range(u, "x", min, max) },
        y: { range: (u, min, max) => this.#range(u, "y", min, max), ...(chart.log && { distr: 3 as const }) },
      },
      axes: [axis(chart.xLabel, { size: 2.6 * size, values: (_, ticks) => ticks.map(String) }), axis(chart.yLabel, y)],
      series: [{ label: chart.xLabel }, ...chart.lines.map(seriesOf)],
      cursor: { drag: { x: false, y: false }, points: { show: chart.lines.length <= 6 } },
      hooks: { setCursor: [(u) => this.#tell(u)], ...(chart.circle && { draw: [(u) => drawCircle(u, palette)] }) },
    };
  }

  #range(u: uPlot, scale: "x" | "y", min: number | null, max: number | null): uPlot.Range.MinMax {
    const { equal, log, powers, xRange, yRange } = this.#chart ?? {};
    const wanted = scale === "x" ? xRange : yRange;
    if (equal && wanted) {
      const { width, height } = u.bbox;
      const factor = scale === "x" && height > 0 ? Math.max(1, width / height) : 1;
      return [wanted[0] * factor, wanted[1] * factor];
    }
    if (wanted) return [wanted[0], wanted[1]];
    const [low, high] = [min ?? 0, max ?? 1];
    if (scale === "x") return low === high ? [low, low + 1] : [low, high];
    if (log) return [10 ** Math.floor(Math.log10(low || 1e-3)), 10 ** Math.ceil(Math.log10(high || 1) + 1e-9)];
    if (powers) return [Math.min(-1, Math.floor(low)), Math.max(1, Math.ceil(high))];
    const margin = 0.06 * (high - low) || 0.5;
    return [low - margin, high + margin];
  }

  #tell({ cursor: { idx } }: uPlot): void {
    const chart = this.#chart;
    if (idx === null || idx === undefined || !chart) {
      this.#read("");
      return;
    }
    const { x, lines, xLabel, powers } = chart;
    const shown = lines.slice(0, 4).flatMap(({ label, values }) => {
      const value = values[idx];
      return typeof value === "number" ? [`${label} ${powers ? `10 to the ${value.toFixed(1)}` : value.toPrecision(3)}`] : [];
    });
    this.#read(shown.length > 0 ? `${xLabel.replace(/ \(.*/, "")} ${x[idx]}: ${shown.join(", ")}` : "");
  }
}

/** Whole powers of ten within a logarithmic axis, at most about eight of them. */
function decades(_: uPlot, __: number, min: number, max: number): number[] {
  const [low, high] = [Math.round(Math.log10(min)), Math.round(Math.log10(max))];
  const every = Math.ceil((high - low) / 8);
  return Array.from({ length: Math.floor((high - low) / every) + 1 }, (_, i) => 10 ** (low + i * every));
}

/** The root's font size in CSS pixels: figures grow with the text. */
export function rem(): number {
  return Number.parseFloat(getComputedStyle(document.documentElement).fontSize) || 16;
}

function drawCircle(u: uPlot, { faint }: Palette): void {
  const { ctx } = u;
  ctx.save();
  ctx.strokeStyle = faint;
  ctx.lineWidth = Math.max(1, devicePixelRatio);
  ctx.beginPath();
  for (let i = 0; i <= 120; i++) {
    const angle = (2 * Math.PI * i) / 120;
    ctx.lineTo(u.valToPos(Math.cos(angle), "x", true), u.valToPos(Math.sin(angle), "y", true));
  }
  ctx.stroke();
  ctx.restore();
}
