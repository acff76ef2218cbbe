import { colours } from "../../src/plots/colours";

/** What figures are drawn with. */
export interface Palette {
  readonly ink: string;
  readonly faint: string;
  readonly grid: string;
  readonly paper: string;
  /** At the start, or without flossing. */
  readonly reference: string;
  /** Now, or with flossing. */
  readonly now: string;
  readonly dark: boolean;
}

/** The colours of the figures that the command line writes, and lighter ones of the same hues for dark pages. */
export const palettes: Readonly<Record<"light" | "dark", Palette>> = {
  light: {
    ...{ ink: colours.ink, faint: "#6b6b6b", grid: colours.grid, paper: "#ffffff" },
    reference: colours.before,
    now: colours.after,
    dark: false,
  },
  dark: { ink: "#e8e6e1", faint: "#a3a19c", grid: "#33373c", paper: "#1b1e22", reference: "#56b4e9", now: "#ff8f45", dark: true },
};

/** Stops of viridis (Smith & van der Walt 2015): even in lightness, and readable for every kind of colour vision. */
const viridis = ["#440154", "#482878", "#3e4a89", "#31688e", "#26828e", "#1f9e89", "#35b779", "#6ece58", "#b5de2b", "#fde725"];

/** Colour of line i of `count`: the ends that would vanish on the page's ground are left out. */
export function indexColour(i: number, count: number, { dark }: Palette): string {
  const [from, to] = dark ? [0.3, 1] : [0, 0.86];
  const place = (from + (to - from) * (count > 1 ? i / (count - 1) : 0)) * (viridis.length - 1);
  const low = Math.min(viridis.length - 2, Math.floor(place));
  const part = (at: number, channel: number) => Number.parseInt(viridis[at].slice(1 + 2 * channel, 3 + 2 * channel), 16);
  const mix = [0, 1, 2].map((c) => Math.round(part(low, c) + (place - low) * (part(low + 1, c) - part(low, c))));
  return `rgb(${mix.join(" ")})`;
}

/** From −1 to 1: the colour before through the page's ground to the colour after. */
export function divergingColours({ reference, now, paper }: Palette): readonly (readonly [number, number, number])[] {
  const rgb = (hex: string) => [1, 3, 5].map((at) => Number.parseInt(hex.slice(at, at + 2), 16));
  const [a, b, c] = [rgb(reference), rgb(paper), rgb(now)];
  return Array.from({ length: 255 }, (_, i) => {
    const value = (i - 127) / 127;
    const mix = (k: number) => Math.round(b[k] + Math.abs(value) * ((value < 0 ? a : c)[k] - b[k]));
    return [mix(0), mix(1), mix(2)] as const;
  });
}
