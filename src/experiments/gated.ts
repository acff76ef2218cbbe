import { type CellName, cells } from "../cells/index";
import { type Experiment, type FigureResult, type Plan, RECALLED, type Results, resultOf, settingsOf } from "./experiment";
import type { SpectraSettings } from "./flossed_spectra";
import { bands, nearVerdict, spectraParts } from "./spectra";
import { median } from "./statistics";

interface Settings extends Omit<SpectraSettings, "cell"> {
  /** Flossed exponents as a share of N. */
  readonly share: number;
}

const base = { gain: 1, input: "bernoulli", share: 0.5, lr: 0.01, networks: 6 } as const;
const scales = {
  quick: { ...base, hidden: 16, steps: 60, warmup: 10, epochs: 200, measuredSteps: 500, measuredWarmup: 100 },
  paper: { ...base, networks: 10, hidden: 64, steps: 120, warmup: 20, epochs: 500, measuredSteps: 2000, measuredWarmup: 300 },
} satisfies Record<string, Settings>;

const gatedCells: readonly CellName[] = ["gru", "lstm"];

export const gated: Experiment = {
  name: "gated",
  title: "Gated units: spectra before and after flossing",
  claim: "Flossing controls the spectra of gated networks too.",
  source: `${RECALLED} That the appendix floss LSTM networks is recalled; all sizes are our choice. An LSTM of N units has 2N exponents, of which the first N are measured: the last ones are too far down for float32. The cliff of Fig. 1D was tested here too and not found (quick scale: median gap after the k-th exponent 0.041 before and 0.024 after for the GRU, 0.030 and 0.055 for the LSTM); it is not part of the claim.`,
  plan(options): Plan {
    const settings = settingsOf<Settings>("gated", scales, options);
    const { hidden, share } = settings;
    const k = Math.max(1, Math.round(share * hidden));
    return {
      settings: { ...settings, cells: gatedCells },
      parts: gatedCells.flatMap((cell) => spectraParts({ ...settings, cell, ks: [k], measured: hidden }, options.seed, `${cell}-`)),
      evaluate: (results) => evaluate(settings, k, results),
    };
  },
};

function evaluate({ hidden, networks, steps, epochs, lr }: Settings, k: number, results: Results): FigureResult {
  const all = gatedCells.map((cell) => {
    const spectra = (key: string) => resultOf<readonly (readonly number[])[]>(results, `${cell}-${key}`);
    return { cell, before: spectra("before"), after: spectra(`k-${k}`) };
  });
  const shown = [1, Math.ceil(k / 2), k, k + 1, hidden];
  const row = (name: string, rows: readonly (readonly number[])[]) => [name, ...shown.map((i) => median(rows.map((each) => each[i - 1])).toFixed(3))];
  return {
    verdicts: all.map(({ cell, before, after }) => nearVerdict(k, before, after, `${cells[cell].title}: `)),
    table: {
      head: ["median λᵢ at i =", ...shown.map(String)],
      rows: all.flatMap(({ cell, before, after }) => [row(`${cells[cell].title}, before`, before), row(`${cells[cell].title}, after`, after)]),
    },
    plot: {
      kind: "flossed_spectra",
      title: gated.title,
      caption: `Medians and quartiles of ${networks} networks, N = ${hidden}, Bernoulli(1/2) input; k = ${k}, ${epochs} steps of Adam ${lr} on walks of ${steps} steps. ${RECALLED}`,
      panels: all.map(({ cell, before, after }) => ({ label: `${cells[cell].title}, k = ${k}`, k, before: bands(before), after: bands(after) })),
    },
  };
}
