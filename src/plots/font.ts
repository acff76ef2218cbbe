import dejaVuSans from "dejavu-fonts-ttf/ttf/DejaVuSans.ttf?inline";

/** DejaVu Sans (free licence: package dejavu-fonts-ttf), so that PNGs look the same on machines without fonts. */
export function fontBytes(): Uint8Array {
  return Buffer.from(dejaVuSans.slice(dejaVuSans.indexOf(",") + 1), "base64");
}
