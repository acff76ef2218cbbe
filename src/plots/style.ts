import * as Plot from "@observablehq/plot";
import { colours, fontFamily } from "./colours";
import { scientific } from "./numbers";

export { colours, fontFamily };

/** From this value down, a positive number is drawn as a zero. */
const SMALLEST = 1e-30;

/** Size of a panel, and where its frame begins. */
export const panel = { width: 350, height: 296, marginTop: 30, marginRight: 10, marginBottom: 42, marginLeft: 62 } as const;

const pagePadding = 14;
const titleSize = 15;
const captionSize = 10.5;
const lineHeight = 15;

const svgNamespace = "http://www.w3.org/2000/svg";

/** An SVG element with attributes, and text inside. */
export function element(document: Document, name: string, attributes: Readonly<Record<string, string | number>>, text?: string): SVGElement {
  const created = document.createElementNS(svgNamespace, name) as SVGElement;
  for (const [key, value] of Object.entries(attributes)) created.setAttribute(key, String(value));
  if (text !== undefined) created.textContent = text;
  return created;
}

/** One plot with axes at its edges and a grid behind; `options` adds scales and marks. */
export function drawPanel(document: Document, options: Plot.PlotOptions): SVGElement {
  const axis = { labelAnchor: "center", labelArrow: "none", tickSize: 4, grid: true } as const;
  const drawn = Plot.plot({
    ...panel,
    document,
    style: { fontFamily, fontSize: "11px", color: colours.ink, background: "white" },
    ...options,
    x: { ...axis, grid: false, ...options.x },
    y: { ...axis, ...options.y },
    marks: [Plot.frame({ stroke: colours.faint }), ...(options.marks ?? [])],
  }) as unknown as SVGElement;
  // Only browsers know :where() in a style sheet; what it says is not needed.
  drawn.querySelector("style")?.remove();
  return drawn;
}

/** Of a group that explains colours and marks. */
export const keyAttributes = { class: "key", "font-size": 11, "text-anchor": "start" } as const;

/** What a key shows beside its word. */
export interface KeyEntry {
  readonly text: string;
  readonly mark: "ring" | "dot" | "dashes" | "line" | "triangle" | "cross";
  readonly colour: string;
}

/** A row of marks and words above the frame of a panel. */
export function drawKey(document: Document, entries: readonly KeyEntry[], left: number = panel.marginLeft, top = panel.marginTop - 14): SVGElement {
  const row = element(document, "g", keyAttributes);
  let x = left;
  for (const { text, mark, colour } of entries) {
    row.append(keyMark(document, mark, colour, x, top));
    row.append(element(document, "text", { x: x + 22, y: top + 4, fill: colours.ink }, text));
    x += 22 + 6.1 * text.length + 12;
  }
  return row;
}

function keyMark(document: Document, mark: KeyEntry["mark"], colour: string, x: number, y: number): SVGElement {
  if (mark === "ring") return element(document, "circle", { cx: x + 9, cy: y, r: 3, fill: "white", stroke: colour, "stroke-width": 1.4 });
  if (mark === "dot") return element(document, "circle", { cx: x + 9, cy: y, r: 3, fill: colour });
  if (mark === "triangle") return element(document, "path", { d: `M${x + 5} ${y - 3}h8l-4 7z`, fill: "white", stroke: colour, "stroke-width": 1.4 });
  if (mark === "cross") return element(document, "path", { d: `M${x + 5} ${y - 4}l8 8m0 -8l-8 8`, stroke: colour, "stroke-width": 1.4 });
  return element(document, "path", {
    d: `M${x} ${y}h18`,
    stroke: colour,
    "stroke-width": 1.4,
    "stroke-dasharray": mark === "dashes" ? "5 3" : "none",
  });
}

/** Height of a row of a key that stands alone. */
export const KEY_HEIGHT = 18;

/** A key that all panels of a page share, between its title and the panels. */
export interface PageKey {
  readonly rows: number;
  /** Draws it with its first row centred at `top`. */
  draw(left: number, top: number): SVGElement;
}

/** Panels in rows of `columns` under a title and a key, with a caption below: one SVG that stands alone. */
export function composePage(
  document: Document,
  panels: readonly SVGElement[],
  title: string,
  caption: string,
  size: { width: number; height: number } = panel,
  columns: number = panels.length,
  key?: PageKey,
): SVGElement {
  const width = Math.min(columns, panels.length) * size.width + 2 * pagePadding;
  const keyTop = pagePadding + 22 + KEY_HEIGHT / 2;
  const top = pagePadding + 22 + (key ? KEY_HEIGHT * key.rows + 6 : 0);
  const bottom = top + Math.ceil(panels.length / columns) * size.height;
  const lines = wrap(caption, Math.floor((width - 2 * pagePadding) / (0.56 * captionSize)));
  const height = bottom + lines.length * lineHeight + 4 + pagePadding;
  const page = element(document, "svg", {
    xmlns: svgNamespace,
    width,
    height,
    viewBox: `0 0 ${width} ${height}`,
    "font-family": fontFamily,
    color: colours.ink,
    role: "img",
  });
  page.append(element(document, "title", {}, title), element(document, "rect", { width, height, fill: "white" }));
  page.append(element(document, "text", { x: pagePadding, y: pagePadding + 12, "font-size": titleSize, fill: colours.ink }, title));
  if (key) page.append(key.draw(pagePadding, keyTop));
  panels.forEach((each, i) => {
    each.setAttribute("x", String(pagePadding + (i % columns) * size.width));
    each.setAttribute("y", String(top + Math.floor(i / columns) * size.height));
    page.append(each);
  });
  lines.forEach((line, i) => {
    const y = bottom + (i + 1) * lineHeight + 2;
    page.append(element(document, "text", { x: pagePadding, y, "font-size": captionSize, fill: "#555555" }, line));
  });
  return page;
}

/** Lines of at most `length` characters, broken at spaces. */
function wrap(text: string, length: number): string[] {
  const lines: string[] = [];
  for (const word of text.split(/\s+/).filter(Boolean)) {
    const last = lines.at(-1);
    if (last !== undefined && last.length + 1 + word.length <= length) lines[lines.length - 1] = `${last} ${word}`;
    else lines.push(word);
  }
  return lines;
}

/** A logarithmic axis for values that may be zero. */
export interface LogAxis {
  readonly domain: [number, number];
  readonly ticks: number[];
  /** Where zeros are drawn. */
  readonly floor: number;
  readonly format: (tick: number) => string;
}

/** Whole decades around the positive values; where there are zeros, one more below for them. */
export function logAxis(values: readonly number[]): LogAxis {
  const positive = values.filter((value) => value > SMALLEST && Number.isFinite(value));
  const low = positive.length > 0 ? Math.floor(Math.log10(positive.reduce((a, b) => Math.min(a, b)))) : -1;
  const high = positive.length > 0 ? Math.max(low + 1, Math.ceil(Math.log10(positive.reduce((a, b) => Math.max(a, b))))) : 0;
  const bottom = values.some(isZero) ? low - 1 : low;
  const every = Math.ceil((high - low) / 8);
  const powers = Array.from({ length: Math.floor((high - low) / every) + 1 }, (_, i) => low + i * every);
  const fine = high - low <= 1 ? [2, 5].map((digit) => digit * 10 ** low) : [];
  return { domain: [10 ** bottom, 10 ** high], ticks: [...powers.map((power) => 10 ** power), ...fine], floor: 10 ** bottom, format: scientific };
}

/** Whether a logarithmic axis draws the value as zero. */
export function isZero(value: number): boolean {
  return value <= SMALLEST;
}

/** At most `count` of `length` positions, evenly, the first and the last among them. */
export function spread(length: number, count: number): number[] {
  if (length <= count) return Array.from({ length }, (_, i) => i);
  return Array.from({ length: count }, (_, i) => Math.round((i * (length - 1)) / (count - 1)));
}
