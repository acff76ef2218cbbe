import { mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Resvg } from "@resvg/resvg-js";
import { parseHTML } from "linkedom";
import { afterAll, describe, expect, it } from "vitest";
import { InputError } from "../../src/errors";
import { flossingPlot } from "../../src/plots/flossing";
import { renderPng, renderSvg } from "../../src/plots/render";
import { spectrumPlot } from "../../src/plots/spectrum";
import { logAxis, spread } from "../../src/plots/style";
import { writeFlossingPlot, writeSpectrumPlot } from "../../src/plots/write";
import { flossingData, spectrumData } from "./data";

const folder = mkdtempSync(join(tmpdir(), "plots-"));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

function parse(svg: string): Element {
  // The renderer's XML parser is strict, linkedom's is not.
  new Resvg(svg);
  return parseHTML(svg.replace(/^<\?xml[^>]*>\n/, "")).document.querySelector("svg") as unknown as Element;
}

const texts = (svg: Element) => [...svg.querySelectorAll("text")].map((text) => text.textContent);
const marks = (svg: Element, label: string, tag: string) => svg.querySelectorAll(`.${label} ${tag}`).length;

describe("flossingPlot", () => {
  const data = flossingData();
  const svg = parse(renderSvg(flossingPlot, data));

  it("names its axes with units", () => {
    expect(texts(svg)).toEqual(
      expect.arrayContaining(["index i", "epoch", "exponent λᵢ (nats per step)", "loss (nats² per step²)", "before", "after", "target"]),
    );
  });

  it("has a mark for each number", () => {
    expect(marks(svg, "before", "circle")).toBe(12);
    expect(marks(svg, "after", "circle")).toBe(12);
    expect(marks(svg, "exponents", "path")).toBe(12);
    expect(svg.querySelector(".loss path")?.getAttribute("d")?.match(/[ML]/g)).toHaveLength(41);
  });

  it("shows zeros of the loss on its logarithmic axis", () => {
    const epochs = data.epochs.map((epoch, i) => (i % 10 === 5 ? { ...epoch, loss: 0 } : epoch));
    const withZeros = parse(renderSvg(flossingPlot, { ...data, epochs }));
    expect(marks(withZeros, "zeros", "path")).toBe(4);
    expect(texts(withZeros)).toContain("zero");
    expect(withZeros.outerHTML).not.toMatch(/NaN|Infinity|undefined/);
  });

  it("draws runs of one epoch, one exponent, zeros only, and one target for each", () => {
    const bare = flossingData(1, 1);
    const cases = [
      { ...bare, epochs: bare.epochs.slice(0, 1) },
      { ...bare, epochs: [] },
      { ...bare, epochs: bare.epochs.map((epoch) => ({ ...epoch, loss: 0 })) },
      { ...data, target: Array.from({ length: 12 }, (_, i) => -i / 12) },
      flossingData(128, 2000),
    ];
    for (const each of cases) expect(parse(renderSvg(flossingPlot, each)).outerHTML).not.toMatch(/NaN|Infinity|undefined/);
  });

  it("stays small for long runs and keeps their ends", () => {
    expect(renderSvg(flossingPlot, flossingData(128, 5000)).length).toBeLessThan(1_500_000);
    expect(spread(5001, 300)).toHaveLength(300);
    expect([spread(5001, 300)[0], spread(5001, 300).at(-1)]).toEqual([0, 5000]);
  });

  it("escapes what the caption holds", () => {
    const odd = parse(renderSvg(flossingPlot, { ...data, title: 'a < b & "c"', caption: "<i>&amp;</i>" }));
    expect(texts(odd)).toEqual(expect.arrayContaining(['a < b & "c"', "<i>&amp;</i>"]));
  });
});

describe("spectrumPlot", () => {
  it("has a dot and a bar for each exponent, a line for each trajectory", () => {
    const svg = parse(renderSvg(spectrumPlot, spectrumData()));
    expect(texts(svg)).toEqual(
      expect.arrayContaining(["index i", "exponent λᵢ (nats per step)", "mean of 3 trajectories ± standard error", "each trajectory"]),
    );
    expect([marks(svg, "exponents", "circle"), marks(svg, "standard-errors", "line"), marks(svg, "trajectories", "path")]).toEqual([10, 10, 3]);
  });

  it("draws one trajectory without errors, and one exponent", () => {
    const svg = parse(renderSvg(spectrumPlot, { ...spectrumData(1), standardErrors: [new Array(10).fill(null)] }));
    expect([marks(svg, "exponents", "circle"), marks(svg, "standard-errors", "line"), marks(svg, "trajectories", "path")]).toEqual([10, 0, 0]);
    expect(parse(renderSvg(spectrumPlot, spectrumData(1, 1))).outerHTML).not.toMatch(/NaN|Infinity|undefined/);
  });
});

describe("logAxis", () => {
  it("spans whole decades, and one more for zeros", () => {
    expect(logAxis([0.02, 3])).toMatchObject({ domain: [0.01, 10], ticks: [0.01, 0.1, 1, 10], floor: 0.01 });
    expect(logAxis([0, 0.2]).domain).toEqual([0.01, 1]);
    expect(logAxis([]).domain).toEqual([0.1, 1]);
    expect(logAxis([Number.NaN, Number.POSITIVE_INFINITY, 0.5]).domain).toEqual([0.1, 1]);
  });

  it("writes powers of ten", () => {
    expect([1e-12, 0.05, 1, 100].map(logAxis([1]).format)).toEqual(["10⁻¹²", "5·10⁻²", "10⁰", "10²"]);
  });
});

/** Share of a PNG's pixels that are neither white nor transparent; the picture is decoded by drawing it again. */
function inked(png: Uint8Array): number {
  const header = new DataView(png.buffer, png.byteOffset);
  const [width, height] = [header.getUint32(16), header.getUint32(20)];
  const href = `data:image/png;base64,${Buffer.from(png).toString("base64")}`;
  const size = `width="${width}" height="${height}"`;
  const { pixels } = new Resvg(`<svg xmlns="http://www.w3.org/2000/svg" ${size}><image ${size} href="${href}"/></svg>`).render();
  let count = 0;
  for (let i = 0; i < pixels.length; i += 4) if (pixels[i + 3] > 0 && Math.min(pixels[i], pixels[i + 1], pixels[i + 2]) < 200) count++;
  return count / (width * height);
}

describe("files", () => {
  it("writes PNGs of twice the SVG's size with something on them", async () => {
    await writeFlossingPlot(join(folder, "a.png"), flossingData());
    const bytes = readFileSync(join(folder, "a.png"));
    expect([...bytes.subarray(0, 8)]).toEqual([137, 80, 78, 71, 13, 10, 26, 10]);
    const svg = parse(renderSvg(flossingPlot, flossingData()));
    const size = ["width", "height"].map((name) => 2 * Number(svg.getAttribute(name)));
    expect([bytes.readUInt32BE(16), bytes.readUInt32BE(20)]).toEqual(size);
    // 3.7 %; without its text 1.9 %, without lines and dots 2.8 %.
    const share = inked(bytes);
    expect(share).toBeGreaterThan(0.032);
    expect(share).toBeLessThan(0.3);
  });

  it("sets text in the package's own font", async () => {
    const png = async (inside: string) => inked(await renderPng(`<svg xmlns="http://www.w3.org/2000/svg" width="90" height="20">${inside}</svg>`));
    expect(await png("")).toBe(0);
    for (const text of ["λᵢ", "⁻¹", "²"]) expect(await png(`<text x="2" y="15">${text}</text>`)).toBeGreaterThan(0.002);
  });

  it("leaves no temporary file", async () => {
    await writeSpectrumPlot(join(folder, "b.SVG"), spectrumData());
    expect(readdirSync(folder).sort()).toEqual(["a.png", "b.SVG"]);
  });

  it("refuses other extensions and folders that do not exist", async () => {
    await expect(writeFlossingPlot(join(folder, "a.pdf"), flossingData())).rejects.toThrow(InputError);
    await expect(writeSpectrumPlot(join(folder, "none/a.svg"), spectrumData())).rejects.toThrow(/cannot write the plot/);
  });
});
