import { createFlosser } from "../flossing";
import { randomModel, randomState } from "../initialise";
import { stream } from "../random";
import { type Experiment, type FigureResult, type Plan, type Results, resultOf, settingsOf, type Table, type Workplace } from "./experiment";
import { median, pairedVerdict } from "./statistics";

interface Settings {
  readonly hidden: number;
  readonly steps: number;
  readonly warmup: number;
  readonly networks: number;
  readonly epochs: number;
  readonly lr: number;
  /** Nats per step. The last is shown, and nothing is claimed of it. */
  readonly targets: readonly number[];
}

const paper: Settings = { hidden: 32, steps: 120, warmup: 20, networks: 10, epochs: 101, lr: 0.01, targets: [-1, -0.5, 0, 0.2] };

/** Median |λ₁ − target| by epoch, measured in the author's vector figure (paper.md section 5); the last: epochs 80 to 98. */
const measured: Readonly<Record<string, readonly number[]>> = {
  "-1": [0.478, 0.168, 0.05, 0.017, 0.007, 0.006],
  "-0.5": [0.15, 0.032, 0.013, 0.013, 0.01, 0.005],
  "0": [0.041, 0.005, 0.007, 0.003, 0.006, 0.003],
};
const measuredEpochs = [10, 20, 30, 40, 60];
/** Epochs over which the end is judged. */
const LATE = { first: 80, last: 98 } as const;
const LIMIT = 0.02;

interface Flossed {
  readonly gains: readonly number[];
  /** [targets][networks][epochs + 1] first exponent. */
  readonly exponents: readonly (readonly (readonly number[])[])[];
}

export const exponentControl: Experiment = {
  name: "1b",
  title: "Fig. 1B: flossing drives the first exponent to its target",
  claim: "Flossing brings the first Lyapunov exponent of networks of any gain below 1 to targets of −1, −0.5 and 0.",
  source:
    "Targets, the number of networks and the measured table are read in the author's figure; N, g ~ U(0, 1) and no input are recalled or inferred, not verified. Quick and paper scale are the same.",
  plan(options): Plan {
    const settings = settingsOf("1b", { quick: paper, paper }, options);
    const { hidden, steps, networks, epochs, targets } = settings;
    return {
      settings: { ...settings },
      parts: [
        {
          ...{ kind: "compute", key: "flossed", label: `${networks} networks, ${targets.length} targets` },
          work: [{ kind: "flossing", cell: "rnn", networks: networks * targets.length, hidden, steps, batch: 1, k: 1, epochs }],
          run: (place) => run(settings, options.seed, place),
        },
      ],
      evaluate: (results) => evaluate(settings, results),
    };
  },
};

/** All targets at once: the same networks for each. */
async function run(settings: Settings, seed: number, { device, signal, profile, progress }: Workplace): Promise<Flossed> {
  const { hidden, steps: T, warmup, networks, epochs, lr, targets } = settings;
  const gains = Array.from({ length: networks }, (_, m) => stream("gain", seed, m).uniform(0));
  const models = targets.flatMap(() => gains.map((gain, network) => randomModel({ hidden, inputs: 1, gain, biasScale: 0, seed, network })));
  const h0 = (m: number) => randomState({ B: 1, D: hidden, seed, network: m % networks });
  const options = { k: 1, epochs, lr, warmup, train: ["weight_hh_l0", "weight_ih_l0"], signal, ...(profile && { profile }) } as const;
  const flosser = await createFlosser(device, models, { T, x: null, h0 }, { ...options, target: (m) => targets[Math.floor(m / networks)] });
  try {
    const exponents = targets.map(() => gains.map((): number[] => []));
    for await (const item of flosser) {
      progress(item.epoch, epochs);
      for (const [m, [[value]]] of item.exponents.entries()) exponents[Math.floor(m / networks)][m % networks].push(value);
    }
    signal.throwIfAborted();
    return { gains, exponents };
  } finally {
    flosser.destroy();
  }
}

function evaluate(settings: Settings, results: Results): FigureResult {
  const { targets, networks, hidden, steps, warmup, lr } = settings;
  const { exponents } = resultOf<Flossed>(results, "flossed");
  const errors = targets.map((target, i) => exponents[i].map((row) => row.map((value) => Math.abs(value - target))));
  const late = errors.map((rows) => rows.map((row) => median(lateOf(row))));
  const verdicts = targets.flatMap((target, i) => {
    if (!(target <= 0)) return [];
    const numbers = `median |λ₁ − target| ${median(late[i]).toFixed(4)}`;
    const claim = `Late in the run λ₁ is within ${LIMIT} of its target ${target}.`;
    return [
      pairedVerdict(
        claim,
        late[i].map((error) => LIMIT - error),
        numbers,
      ),
    ];
  });
  return {
    verdicts,
    table: tableOf(targets, errors),
    plot: {
      kind: "exponent_control",
      title: exponentControl.title,
      caption: `${networks} networks of N = ${hidden}, g ~ U(0, 1), no input, ${steps - warmup} counted steps, Adam ${lr}; the target 0.2 is shown only: positive exponents are not claimed.`,
      targets: targets.map((target, i) => ({ target, networks: exponents[i] })),
    },
  };
}

function lateOf(row: readonly number[]): number[] {
  const late = row.slice(LATE.first, LATE.last + 1);
  // A run shorter than the paper's is judged by its end.
  return late.length > 0 ? late : row.slice(-1);
}

function tableOf(targets: readonly number[], errors: readonly (readonly (readonly number[])[])[]): Table {
  const rows = targets.map((target, i) => {
    const known = measured[String(target)];
    const cells = measuredEpochs.map((epoch) => errors[i].flatMap((row) => (epoch < row.length ? [row[epoch]] : [])));
    const all = [...cells, errors[i].flatMap(lateOf)];
    const both = all.map((values, column) => `${values.length > 0 ? median(values).toFixed(3) : "–"} / ${known ? known[column] : "–"}`);
    return [String(target), ...both];
  });
  return {
    head: ["target", ...measuredEpochs.map((epoch) => `epoch ${epoch}`), "80–98"].map((name, i) =>
      i === 0 ? name : `${name}: ours / paper's figure`,
    ),
    rows,
  };
}
