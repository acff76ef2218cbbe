// What figures in files and in the demo's page have in common.

/** Colours of Okabe and Ito (2008): apart for every kind of colour vision, and in grey by lightness. */
export const colours = { before: "#0072b2", after: "#d55e00", ink: "#222222", faint: "#8a8a8a", grid: "#e3e3e3" } as const;

/** DejaVu Sans comes with the package for PNGs; Verdana is as wide, so that an SVG looks alike elsewhere. */
export const fontFamily = '"DejaVu Sans", Verdana, sans-serif';
