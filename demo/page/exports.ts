import { readModelFile, readSafetensors } from "../../src/index";
import { fontFamily } from "../../src/plots/colours";
import { currentPalette, type Figure } from "../figures/figure";
import type { OwnNetwork } from "../run/inputs";

/** Panels side by side on one picture, with titles and keys: what stands on the page, alone. */
export async function drawPng(figures: readonly Figure[], title: string): Promise<Blob> {
  const palette = currentPalette();
  const panels = figures.map((figure) => figure.picture()).filter(({ canvas }) => canvas && canvas.width > 0);
  const scale = Math.max(1, ...panels.map(({ canvas }) => (canvas?.width ?? 0) / Math.max(1, canvas?.clientWidth || canvas?.width || 1)));
  const [width, height, head, gap] = [460, 310, 44, 18].map((size) => Math.round(size * scale));
  const columns = Math.min(panels.length, panels.length > 4 ? 3 : 2);
  const rows = Math.ceil(panels.length / columns);
  const top = 2 * gap + Math.round(16 * scale);
  const canvas = document.createElement("canvas");
  canvas.width = columns * (width + gap) + gap;
  canvas.height = top + rows * (height + head + gap);
  const context = canvas.getContext("2d");
  if (!context) throw new Error("this browser gives no canvas to draw on");
  context.fillStyle = palette.paper;
  context.fillRect(0, 0, canvas.width, canvas.height);
  const write = (text: string, x: number, y: number, size: number, colour: string) => {
    context.fillStyle = colour;
    context.font = `${Math.round(size * scale)}px ${fontFamily}`;
    context.fillText(text, x, y);
  };
  write(title, gap, gap + 14 * scale, 14, palette.ink);
  panels.forEach(({ canvas: panel, title: name, key }, i) => {
    const x = gap + (i % columns) * (width + gap);
    const y = top + Math.floor(i / columns) * (height + head + gap);
    write(name, x, y + 14 * scale, 12.5, palette.ink);
    let left = x;
    for (const { text, colour } of key) {
      context.fillStyle = colour;
      context.fillRect(left, y + 26 * scale, 12 * scale, 4 * scale);
      write(text, left + 17 * scale, y + 32 * scale, 10.5, palette.ink);
      left += (17 + 14) * scale + context.measureText(text).width;
    }
    if (!panel) return;
    const factor = Math.min(width / panel.width, height / panel.height);
    // The raster's pixels stay what they are; charts are scaled evenly.
    context.imageSmoothingEnabled = panel.width > 200;
    const raster = panel.className === "raster";
    context.drawImage(panel, x, y + head, raster ? width : panel.width * factor, raster ? height : panel.height * factor);
  });
  return new Promise((resolve, reject) => {
    canvas.toBlob((blob) => (blob ? resolve(blob) : reject(new Error("the picture could not be written"))), "image/png");
  });
}

/** A network from a safetensors file. @throws InputError with one line that says what is wrong */
export function readNetwork(bytes: Uint8Array, name: string): { readonly own: OwnNetwork; readonly notes: readonly string[] } {
  const { model, notes } = readModelFile(readSafetensors(bytes, name), name, { inputs: false });
  return { own: { name, model }, notes };
}
