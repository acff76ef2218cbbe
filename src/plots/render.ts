import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { parseHTML } from "linkedom";
import { InputError } from "../errors";

/** Pixels of a PNG for each unit of the SVG: sharp on dense screens and in print. */
const PNG_SCALE = 2;

/** Draws with `plot` and gives the text of one SVG file. */
export function renderSvg<Data>(plot: (data: Data, document: Document) => SVGElement, data: Data): string {
  const { document } = parseHTML("<!doctype html><html><body></body></html>");
  return `<?xml version="1.0" encoding="UTF-8"?>\n${plot(data, document as unknown as Document).outerHTML}\n`;
}

/**
 * The PNG of an SVG, with the package's own font.
 * @throws InputError where the package @resvg/resvg-js does not load: SVG files need no such package
 */
export async function renderPng(svg: string): Promise<Uint8Array> {
  const { Resvg } = await loadResvg();
  const { fontBytes } = await import("./font");
  // The renderer reads fonts from files only.
  const folder = await mkdtemp(join(tmpdir(), "gradient-flossing-"));
  try {
    const fontFile = join(folder, "DejaVuSans.ttf");
    await writeFile(fontFile, fontBytes());
    const font = { loadSystemFonts: false, fontFiles: [fontFile], defaultFontFamily: "DejaVu Sans", sansSerifFamily: "DejaVu Sans" };
    return new Resvg(svg, { font, fitTo: { mode: "zoom", value: PNG_SCALE } }).render().asPng();
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

async function loadResvg(): Promise<typeof import("@resvg/resvg-js")> {
  try {
    return await import("@resvg/resvg-js");
  } catch (error) {
    const reason = (error as Error).message.split("\n")[0];
    throw new InputError(
      `no PNG, because the package '@resvg/resvg-js' does not load (${reason}): write .svg instead, or run 'npm install @resvg/resvg-js'`,
    );
  }
}
