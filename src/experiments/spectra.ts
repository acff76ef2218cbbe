import type { Work } from "./estimate";
import { type Experiment, type FigureResult, type Part, type Plan, RECALLED, type Results, resultOf, settingsOf, type Workplace } from "./experiment";
import { flossModels, measureSpectra, randomModels, type SpectraSettings } from "./flossed_spectra";
import { median, pairedVerdict, summarise, type Verdict } from "./statistics";

interface Settings extends SpectraSettings {
  /** Numbers of flossed exponents. */
  readonly ks: readonly number[];
}

const base = { cell: "rnn", hidden: 32, networks: 10, gain: 1, input: "none", lr: 0.01, ks: [1, 16, 32] } as const;
const scales = {
  quick: { ...base, steps: 80, warmup: 20, epochs: 300, measuredSteps: 1000, measuredWarmup: 200 },
  paper: { ...base, steps: 320, warmup: 20, epochs: 500, measuredSteps: 4000, measuredWarmup: 500 },
} satisfies Record<string, Settings>;

/** Flossed exponents count as near 0 where their mean |λ| is below this share of what it was. */
const NEAR = 0.2;

/** [networks][D] */
type Spectra = readonly (readonly number[])[];

export const spectra: Experiment = {
  name: "1d",
  title: "Fig. 1D: spectra before and after flossing k exponents",
  claim: "After flossing k exponents the first k lie near 0, followed by a cliff to the rest.",
  source: `${RECALLED} N = 32, ten networks and k = 1, 16, 32 are recalled; no input and the number of steps are our choice.`,
  plan(options): Plan {
    const settings: Settings = settingsOf<Settings>("1d", scales, options);
    return {
      settings: { ...settings },
      parts: spectraParts(settings, options.seed),
      evaluate: (results) => evaluate(settings, results),
    };
  },
};

/** Spectra before flossing, and after flossing k exponents for each k. */
export function spectraParts(settings: Settings, seed: number, name = ""): Part[] {
  const measure = async (k: number, place: Workplace) => {
    const models = randomModels(settings, seed);
    const flossed = k === 0 ? models : await flossModels(models, k, settings, seed, place);
    return measureSpectra(flossed, settings, seed, place);
  };
  const { cell, hidden, networks, steps, epochs } = settings;
  const work = (k: number): Work[] => (k === 0 ? [] : [{ kind: "flossing", cell, networks, hidden, steps, batch: 1, k, epochs }]);
  return [0, ...settings.ks].map((k) => ({
    kind: "compute",
    work: work(k),
    key: `${name}${k === 0 ? "before" : `k-${k}`}`,
    label: `${name.replace("-", " ")}${k === 0 ? "before flossing" : `k = ${k}`}`,
    run: (place) => measure(k, place),
  }));
}

function evaluate(settings: Settings, results: Results): FigureResult {
  const { ks, hidden, networks, steps, epochs, lr } = settings;
  const before = resultOf<Spectra>(results, "before");
  const after = ks.map((k) => ({ k, spectra: resultOf<Spectra>(results, `k-${k}`) }));
  return {
    verdicts: after.flatMap(({ k, spectra }) => [nearVerdict(k, before, spectra), ...(k < hidden ? [cliffVerdict(k, before, spectra)] : [])]),
    table: spectraTable(before, after),
    plot: {
      kind: "flossed_spectra",
      title: spectra.title,
      caption: `Medians and quartiles of ${networks} networks, N = ${hidden}, g = 1, no input; ${epochs} steps of Adam ${lr} on walks of ${steps} steps. ${RECALLED}`,
      panels: after.map(({ k, spectra }) => ({ label: `k = ${k}`, k, before: bands(before), after: bands(spectra) })),
    },
  };
}

const meanAbsolute = (values: readonly number[]) => values.reduce((sum, value) => sum + Math.abs(value), 0) / values.length;

/** Whether the first k are near 0. */
export function nearVerdict(k: number, before: Spectra, after: Spectra, name = ""): Verdict {
  const [old, now] = [before, after].map((rows) => rows.map((row) => meanAbsolute(row.slice(0, k))));
  return pairedVerdict(
    `${name}Flossing k = ${k} exponents brings their mean |λ| below ${NEAR} of what it was.`,
    now.map((value, m) => NEAR * old[m] - value),
    `median mean |λ| ${median(old).toFixed(3)} before, ${median(now).toFixed(4)} after`,
  );
}

/** Whether there is a cliff after the first k. */
function cliffVerdict(k: number, before: Spectra, after: Spectra): Verdict {
  const [gapBefore, gapAfter] = [before, after].map((rows) => rows.map((row) => row[k - 1] - row[k]));
  return pairedVerdict(
    `After flossing k = ${k} there is a cliff between exponents k and k + 1.`,
    gapAfter.map((gap, m) => gap - gapBefore[m]),
    `median gap ${median(gapBefore).toFixed(3)} before, ${median(gapAfter).toFixed(3)} after`,
  );
}

/** Median and quartiles of every exponent over the networks. */
export function bands(rows: Spectra) {
  return rows[0].map((_, i) => ({ index: i + 1, ...summarise(rows.map((row) => row[i])) }));
}

export function spectraTable(before: Spectra, after: readonly { readonly k: number; readonly spectra: Spectra }[]) {
  const D = before[0].length;
  const shown = [...new Set([1, D / 4, D / 2, D / 2 + 1, (3 * D) / 4, D].map((i) => Math.max(1, Math.round(i))))];
  const row = (name: string, rows: Spectra) => [name, ...shown.map((i) => median(rows.map((each) => each[i - 1])).toFixed(3))];
  return {
    head: ["median λᵢ at i =", ...shown.map(String)],
    rows: [row("before", before), ...after.map(({ k, spectra }) => row(`k = ${k}`, spectra))],
  };
}
