import type { Snapshot } from "../run/types";
import { divergingColours, type Palette } from "./palette";

/** Hidden units over time: a pixel for each, scaled up by the browser. */
export class RasterView {
  readonly canvas: HTMLCanvasElement;

  constructor(host: HTMLElement) {
    this.canvas = document.createElement("canvas");
    this.canvas.className = "raster";
    host.append(this.canvas);
  }

  draw(raster: Snapshot["raster"] | undefined, palette: Palette): void {
    const { units, steps, data } = raster ?? { units: 1, steps: 1, data: "AA==" };
    const values = fromBase64(data);
    const colours = divergingColours(palette);
    const image = new ImageData(steps, units);
    values.forEach((value, at) => {
      image.data.set([...colours[value + 127], 255], 4 * at);
    });
    this.canvas.width = steps;
    this.canvas.height = units;
    this.canvas.getContext("2d")?.putImageData(image, 0, 0);
  }
}

/** [units, steps], −127 to 127. */
export function fromBase64(data: string): Int8Array {
  return Int8Array.from(atob(data), (c) => c.charCodeAt(0));
}
