import { defaults, type Settings } from "./fields";

/** An experiment that people can choose; a recording of it plays where there is no adapter. */
export interface Preset {
  readonly id: string;
  readonly label: string;
  /** What to look at, in one or two sentences. */
  readonly text: string;
  readonly settings: Partial<Settings>;
  /** What is smaller on an adapter that computes on the CPU. */
  readonly small: Partial<Settings>;
}

const figure1 = { mode: "floss", hidden: 32, gain: 1, lr: 0.01, every: 10 } as const;
/** Twins that show on a CPU, within a minute or two, what the paper's show on a GPU. */
const little = {
  ...{ hidden: 32, k: 28, steps: 40, warmup: 8, lr: 0.005, epochs: 100, every: 100 },
  ...{ batch: 8, length: 70, delay: 25, trainLr: 0.003, trainEpochs: 400 },
} as const;

export const presets: readonly Preset[] = [
  {
    id: "sweep",
    label: "Networks of growing gain",
    text: "Below g = 1 gradients fade quickly; at large gains the state is chaotic and they explode.",
    settings: { mode: "sweep", hidden: 64, steps: 200, k: 16, input: "none" },
    small: { hidden: 32, steps: 96 },
  },
  {
    id: "floss",
    label: "Flossing sixteen exponents",
    text: "Sixteen of 32 exponents are pushed to 0. Look how a plateau rises at the top of the spectrum.",
    settings: { ...figure1, k: 16, steps: 100, epochs: 200, input: "bernoulli" },
    small: { steps: 60, epochs: 100 },
  },
  {
    id: "figure-1b",
    label: "Figure 1B: one exponent to a target",
    text: "The first exponent alone goes to −0.5. Change the target, and see it follow.",
    settings: { ...figure1, k: 1, target: -0.5, gain: 0.3, steps: 100, epochs: 80, input: "none" },
    small: { steps: 60 },
  },
  {
    id: "figure-1d",
    label: "Figure 1D: all exponents",
    text: "With K = N every exponent is pushed to 0: slower, and the last ones lag behind. Try K = 1 and K = 16.",
    settings: { ...figure1, k: 32, steps: 100, epochs: 300, input: "none", every: 20 },
    small: { steps: 60, epochs: 120 },
  },
  {
    id: "figure-2",
    label: "Figure 2: the condition number",
    text: "The condition number over the first K directions grows far more slowly after flossing them.",
    settings: { mode: "floss", hidden: 80, gain: 1, k: 40, steps: 200, epochs: 500, lr: 0.003, input: "bernoulli", every: 50 },
    small: { hidden: 32, k: 16, steps: 60, epochs: 120, lr: 0.01, every: 20 },
  },
  {
    id: "figure-3",
    label: "Figure 3: copying after a delay",
    text: "Two twins must repeat a bit seen d steps ago. The flossed one starts flat for no longer than it takes to floss it.",
    settings: {
      ...{ mode: "twins", task: "copy", hidden: 80, gain: 1, k: 75, steps: 55, warmup: 16, lr: 0.001, epochs: 500, every: 100 },
      ...{ delay: 40, length: 300, batch: 16, trainEpochs: 1000, trainLr: 0.001 },
    },
    small: little,
  },
  {
    id: "figure-4",
    label: "Figure 4: flossing during training",
    text: "Exclusive or of two bits, d/2 and d steps ago, with a second dose of flossing while training goes on.",
    settings: {
      ...{ mode: "twins", task: "xor", hidden: 80, gain: 1, k: 75, steps: 55, warmup: 16, lr: 0.001, epochs: 500, every: 100 },
      ...{ delay: 40, length: 300, batch: 16, trainEpochs: 1000, trainLr: 0.001, again: 100, againEpochs: 500 },
    },
    small: { ...little, delay: 24, again: 100, againEpochs: 50 },
  },
];

export function presetOf(id: string): Preset {
  const found = presets.find((preset) => preset.id === id);
  if (!found) throw new Error(`no preset '${id}'`);
  return found;
}

export function presetSettings({ settings, small }: Preset, onCpu: boolean): Settings {
  return { ...defaults(onCpu), ...settings, ...(onCpu && small) };
}
