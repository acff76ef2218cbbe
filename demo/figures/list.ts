import { cells } from "../../src/index";
import type { Mode } from "../settings/fields";
import { type Chart, powerText } from "./chart";
import {
  accuracyChart,
  conditionChart,
  countsAnswers,
  decayChart,
  eigenvaluesChart,
  exponentsChart,
  LEAST_SHOWN,
  lossChart,
  spectrumChart,
} from "./charts";
import type { Palette } from "./palette";
import { fromBase64 } from "./raster";
import { spectrumNow, type View } from "./view";

/** A figure: what it is called, what it draws, and one sentence that says what is to be seen. */
export interface FigureKind {
  readonly id: string;
  readonly modes: readonly Mode[];
  readonly title: (view: View) => string;
  /** undefined: the raster, which is no chart. */
  readonly chart: ((view: View, palette: Palette) => Chart) | undefined;
  readonly words: (view: View) => string;
}

const all: readonly Mode[] = ["floss", "twins", "sweep"];
const flossed: readonly Mode[] = ["floss", "twins"];

const short = (value: number) => value.toFixed(3).replace("-", "−");
const times = (power: number) => (Math.abs(power) < 2 ? `${(10 ** power).toPrecision(2)} times` : `about ${powerText(Math.round(power))} times`);

/** A sentence about each network that is there. */
function both(view: View, of: (which: "reference" | "now") => string | undefined): string {
  const parts = (["reference", "now"] as const).flatMap((which) => {
    const text = view[which] && of(which);
    return text ? [`${view.names[which]}: ${text}`] : [];
  });
  return parts.length > 0 ? `${parts.join("; ")}.` : "Nothing is computed yet.";
}

function meanSquare(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value * value, 0) / Math.max(1, values.length);
}

export const figureKinds: readonly FigureKind[] = [
  {
    ...{ id: "accuracy", modes: ["twins"], chart: accuracyChart },
    title: (view) => (countsAnswers(view) ? "Accuracy of the twins" : "Loss of the twins"),
    words: (view) => {
      const row = view.training.at(-1);
      if (!row) return "The twins are not trained yet.";
      const text = (i: 0 | 1) => (countsAnswers(view) ? `${(100 * row.accuracy[i]).toFixed(0)} % right` : `loss ${row.loss[i].toPrecision(2)}`);
      return `Epoch ${row.epoch}: ${text(0)} without flossing, ${text(1)} with it.`;
    },
  },
  {
    ...{ id: "spectrum", modes: all, title: () => "Lyapunov spectrum", chart: spectrumChart },
    words: (view) =>
      both(view, (which) => {
        const values = which === "now" ? spectrumNow(view) : (view.reference?.spectrum ?? []);
        const below = values.filter((value) => value < LEAST_SHOWN).length;
        return `first exponent ${short(values[0])}, last ${short(values[values.length - 1])}${below > 0 ? ` (${below} below the frame)` : ""}`;
      }),
  },
  {
    ...{ id: "exponents", modes: flossed, title: () => "Flossed exponents", chart: exponentsChart },
    words: ({ flossing, data }) => {
      const row = flossing.at(-1);
      if (!row) return "Nothing is flossed yet.";
      const { length } = row.exponents;
      return `${length} exponents, target ${data.settings.target}: from ${short(flossing[0].exponents[0])} … ${short(flossing[0].exponents[length - 1])} to ${short(row.exponents[0])} … ${short(row.exponents[length - 1])}.`;
    },
  },
  {
    ...{ id: "loss", modes: flossed, title: () => "Flossing loss", chart: lossChart },
    words: ({ flossing }) =>
      flossing.length > 0
        ? `Mean squared distance from the target: ${flossing[0].loss.toPrecision(2)} at first, ${flossing[flossing.length - 1].loss.toPrecision(2)} now.`
        : "Nothing is flossed yet.",
  },
  {
    ...{ id: "decay", modes: all, title: () => "Gradient against distance in time", chart: decayChart },
    words: (view) =>
      both(view, (which) => `after ${(view[which]?.decay.length ?? 1) - 1} steps back, ${times(view[which]?.decay.at(-1) ?? 0)} the gradient`),
  },
  {
    ...{ id: "condition", modes: all, title: () => "Condition number of the long-term Jacobian", chart: conditionChart },
    words: (view) =>
      both(view, (which) => {
        const { log10 = [], every = 16 } = view[which]?.condition ?? {};
        return `about ${powerText(Math.round(log10.at(-1) ?? 0))} after ${every * (log10.length - 1)} steps`;
      }),
  },
  {
    ...{ id: "eigenvalues", modes: all, chart: eigenvaluesChart },
    title: ({ data }) =>
      cells[data.settings.cell].gates > 1 ? "Eigenvalues of the recurrent matrices, gate by gate" : "Eigenvalues of the recurrent matrix",
    words: (view) =>
      both(view, (which) => {
        const { re = [], im = [] } = view[which]?.eigenvalues ?? {};
        const radii = re.map((x, i) => Math.hypot(x, im[i]));
        return `${radii.filter((radius) => radius > 1).length} of ${radii.length} outside the unit circle, the largest at ${Math.max(0, ...radii).toFixed(2)}`;
      }),
  },
  {
    ...{ id: "raster", modes: all, title: () => "Hidden units over time", chart: undefined },
    words: ({ now, names }) => {
      if (!now) return "Nothing is computed yet.";
      const { data, units, steps, scale } = now.raster;
      const size = Math.sqrt(meanSquare(Array.from(fromBase64(data), (value) => (scale * value) / 127)));
      return `${names.now}: ${units} units, ${steps} steps, root mean square ${size.toFixed(2)}.`;
    },
  },
];

export function figureKind(id: string): FigureKind {
  const found = figureKinds.find((kind) => kind.id === id);
  if (!found) throw new Error(`no figure '${id}'`);
  return found;
}
