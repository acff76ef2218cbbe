import { type CellName, cells, type InputKind, taskNames } from "../../src/index";
import { type Initialisation, initialisations } from "../../src/initialise";

/** Everything that decides a run: the same names in the address, in exported files and in `window.flossing.start`. */
export interface Settings {
  /** Floss a network, train twins with and without flossing, or look at networks of growing gain. */
  readonly mode: "floss" | "twins" | "sweep";
  readonly cell: CellName;
  /** N */
  readonly hidden: number;
  /** g: recurrent weights are N(0, g²/N). */
  readonly gain: number;
  readonly init: Initialisation;
  /** K */
  readonly k: number;
  /** Nats per step. */
  readonly target: number;
  /** T of a flossing walk. */
  readonly steps: number;
  readonly warmup: number;
  readonly lr: number;
  /** Flossing epochs; of twins, flossing steps before training. */
  readonly epochs: number;
  readonly input: InputKind;
  readonly task: string;
  /** The paper's d. */
  readonly delay: number;
  readonly batch: number;
  /** T of a sequence of the task. */
  readonly length: number;
  readonly trainEpochs: number;
  readonly trainLr: number;
  /** Training epoch before which the flossed twin is flossed once more; 0: never. */
  readonly again: number;
  readonly againEpochs: number;
  /** Epochs between pictures of the whole network. */
  readonly every: number;
  readonly seedNetwork: number;
  readonly seedState: number;
  readonly seedInput: number;
  readonly seedFrame: number;
}

export type SettingName = keyof Settings;
export type Mode = Settings["mode"];
export type Group = "Experiment" | "Network" | "Flossing" | "Task" | "Seeds";

interface Common {
  readonly name: SettingName;
  /** In the address. */
  readonly key: string;
  readonly label: string;
  readonly group: Group;
  /** Modes in which it matters. */
  readonly modes: readonly Mode[];
  /** One sentence. */
  readonly help: string;
}

export interface NumberField extends Common {
  readonly kind: "number";
  readonly unit: string;
  readonly min: number;
  readonly max: number;
  readonly step: number;
  readonly fallback: number;
  /** Fallback on an adapter that computes on the CPU. */
  readonly small?: number;
}

export interface ChoiceField extends Common {
  readonly kind: "choice";
  readonly options: readonly (readonly [value: string, label: string])[];
  readonly fallback: string;
}

export type Field = NumberField | ChoiceField;

const all: readonly Mode[] = ["floss", "twins", "sweep"];
const floss: readonly Mode[] = ["floss", "twins"];
const twins: readonly Mode[] = ["twins"];

const initLabels: Readonly<Record<Initialisation, string>> = {
  gaussian: "normal, N(0, g²/N)",
  orthogonal: "g times a random rotation",
  glorot: "uniform (Glorot)",
};

const taskLabels: Readonly<Record<string, string>> = {
  copy: "copy a bit",
  "copy-real": "copy a number",
  xor: "exclusive or of two bits",
  "xor-real": "difference of two numbers",
  "xor-spatial": "exclusive or of three inputs",
  adding: "add two marked numbers",
};

/** Tasks whose horizon is one number. */
export const tasks: readonly string[] = taskNames.filter((name) => name in taskLabels);

type Words = readonly [name: SettingName, key: string, label: string, group: Group, modes: readonly Mode[], help: string];

const common = ([name, key, label, group, modes, help]: Words): Common => ({ name, key, label, group, modes, help });

const choice = (words: Words, fallback: string, options: ChoiceField["options"]): ChoiceField => ({
  ...common(words),
  kind: "choice",
  fallback,
  options,
});

const number = (
  words: Words,
  unit: string,
  [min, max, step]: readonly [number, number, number],
  fallback: number,
  small = fallback,
): NumberField => ({
  ...common(words),
  ...{ kind: "number", unit, min, max, step, fallback, small },
});

const seed = (name: SettingName, key: string, label: string, help: string) => number([name, key, label, "Seeds", all, help], "", [0, 999_999, 1], 1);

/** In the order of the form. */
export const fields: readonly Field[] = [
  choice(["mode", "mode", "What to do", "Experiment", all, "Floss one network, train two side by side, or look at many."], "floss", [
    ["floss", "floss a network"],
    ["twins", "train twins, one of them flossed"],
    ["sweep", "look at networks of growing gain"],
  ]),
  choice(
    ["cell", "cell", "Cell", "Network", all, "The network's step from one state to the next, as PyTorch defines it."],
    "rnn",
    (Object.keys(cells) as CellName[]).map((name) => [name, cells[name].title]),
  ),
  number(["hidden", "n", "Hidden units N", "Network", all, "Size of the state."], "units", [2, 256, 1], 80, 32),
  number(["gain", "g", "Gain g", "Network", floss, "Recurrent weights are drawn from N(0, g²/N)."], "", [0, 4, 0.05], 1),
  choice(
    ["init", "init", "Recurrent weights", "Network", all, "How they are drawn; the gain multiplies them."],
    "gaussian",
    initialisations.map((name) => [name, initLabels[name]]),
  ),
  number(["k", "k", "Flossed exponents K", "Flossing", floss, "How many exponents are pushed to the target."], "", [1, 256, 1], 32, 16),
  number(
    ["target", "target", "Target", "Flossing", floss, "Where flossing pushes them; 0 keeps gradients level."],
    "nats per step",
    [-3, 1, 0.05],
    0,
  ),
  number(["steps", "t", "Steps T of a walk", "Flossing", all, "Exponents are averages over this many steps."], "steps", [10, 1000, 1], 200, 60),
  number(["warmup", "warmup", "Warm-up", "Flossing", floss, "Steps that align the tangent vectors and are not counted."], "steps", [0, 500, 1], 0),
  number(["lr", "lr", "Learning rate of flossing", "Flossing", floss, "Adam's step."], "", [0.0001, 0.1, 0.0001], 0.003, 0.01),
  number(
    ["epochs", "epochs", "Flossing epochs", "Flossing", floss, "One epoch is one step of Adam on fresh input."],
    "epochs",
    [1, 5000, 1],
    300,
    100,
  ),
  choice(["input", "input", "Input", "Flossing", all, "What drives the network while its exponents are measured."], "bernoulli", [
    ["bernoulli", "random bits"],
    ["gaussian", "normal numbers"],
    ["none", "none"],
  ]),
  choice(
    ["task", "task", "Task", "Task", twins, "What the twins learn."],
    "copy",
    tasks.map((name) => [name, taskLabels[name]]),
  ),
  number(["delay", "d", "Delay d", "Task", twins, "The longest dependency: how far back the answer lies."], "steps", [1, 200, 1], 30, 25),
  number(["length", "length", "Length of a sequence", "Task", twins, "Steps of every training sequence."], "steps", [4, 500, 1], 150, 70),
  number(["batch", "b", "Batch", "Task", twins, "Sequences of a training step."], "sequences", [1, 64, 1], 16, 8),
  number(["trainEpochs", "train", "Training epochs", "Task", twins, "Steps of Adam on the task."], "epochs", [1, 20_000, 1], 1000, 400),
  number(["trainLr", "train-lr", "Learning rate of training", "Task", twins, "Adam's step on the task."], "", [0.0001, 0.1, 0.0001], 0.001, 0.003),
  number(["again", "again", "Floss once more at epoch", "Task", twins, "Flossing in the midst of training; 0: never."], "", [0, 20_000, 1], 0),
  number(["againEpochs", "again-epochs", "Flossing steps then", "Task", twins, "How long it lasts."], "steps", [1, 2000, 1], 200, 50),
  number(
    ["every", "every", "Whole picture every", "Experiment", floss, "Spectrum, gradient, condition number, eigenvalues and units."],
    "epochs",
    [1, 1000, 1],
    20,
  ),
  seed("seedNetwork", "seed-network", "Network", "Draws the weights."),
  seed("seedState", "seed-state", "Initial state", "Draws the state a walk starts from."),
  seed("seedInput", "seed-input", "Input", "Draws the inputs, anew in every epoch."),
  seed("seedFrame", "seed-frame", "Tangent vectors", "Draws the first tangent vectors."),
];

export const groups: readonly Group[] = ["Experiment", "Network", "Flossing", "Task", "Seeds"];

const byName = new Map(fields.map((field) => [field.name, field]));

export function fieldOf(name: SettingName): Field {
  const field = byName.get(name);
  if (!field) throw new Error(`no setting '${name}'`);
  return field;
}

/** What is set where nothing else is said. */
export function defaults(small: boolean): Settings {
  return Object.fromEntries(
    fields.map((field) => [field.name, field.kind === "number" && small ? field.small : field.fallback]),
  ) as unknown as Settings;
}
