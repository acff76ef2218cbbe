import { cells } from "../cells/index";
import { InputError } from "../errors";
import { checkInputShape, type ModelFile, stateRows, statesOf, type Values } from "../files/model_file";
import { randomFrame, randomModel, randomState } from "../initialise";
import type { InputDraw } from "../inputs";
import type { Model } from "../model";
import { stream } from "../random";
import type { CommonOptions, GainRange, Seeds, WalkOptions } from "./options";
import { seedsOf } from "./options";
import { readInput, readModel } from "./read";

/** Networks with all that a walk needs. */
export interface Setup {
  /** Where the networks are from; undefined: random ones. */
  readonly source: ModelFile | undefined;
  readonly models: readonly Model[];
  readonly B: number;
  readonly T: number;
  readonly k: number;
  /** [B, T, S], or how to draw them. */
  readonly x: Float32Array | InputDraw;
  /** [B, D] of a network. */
  readonly h0: (network: number) => Float32Array;
  /** [D, ≥ K] */
  readonly q0: Float32Array;
  /** What a person should know before the run. */
  readonly notes: readonly string[];
}

/** Networks, inputs and starts by the rules of design 5. @throws InputError */
export function setUp(path: string | undefined, options: CommonOptions & WalkOptions, networks = 1): Setup {
  const seeds = seedsOf(options);
  if (path === undefined) checkWeights(options, networks);
  const source =
    path === undefined ? undefined : readModel(path, { prefix: options.prefix, cell: options.cell, inputs: options.input === undefined });
  const models = source ? copies(source, options, networks) : randomNetworks(options, networks, seeds);
  const [{ cell, hidden, inputs: S }] = models;
  const D = cells[cell].states * hidden;
  const notes = [...(source?.notes ?? [])];
  const given = options.input === undefined ? source?.x : readInput(options.input, notes);
  if (given && options.input !== undefined) checkInputShape(given.shape, S, options.input);
  if (given && source && networks > 1)
    throw new InputError(
      `--networks ${networks} copies of one model would all have the same inputs: leave --networks out, or use --input-kind in place of given inputs`,
    );
  if (given && options.inputKind) notes.push(`--input-kind ${options.inputKind} is not used: ${options.input ?? `x in ${path}`} comes first`);
  const B = trajectories(given, source && stateRows(source), options);
  const T = stepsOf(given, source !== undefined, options);
  const k = options.k ?? D;
  checkCounts(k, D, T, options);
  checkHeld("inputs and states", networks * B * Math.max(T * S, D), "--networks, --batch or --steps");
  return {
    source,
    models,
    B,
    T,
    k,
    notes,
    x: given ? spread(given, { B, T, S }) : { kind: options.inputKind ?? "bernoulli", seed: seeds.input },
    ...starts(source, path, { B, D, k }, seeds),
  };
}

/** Numbers in 4 GiB, WebGPU's largest possible binding. */
const MOST = 2 ** 30;

/** @throws InputError before anything is drawn that no adapter can hold */
function checkHeld(what: string, count: number, options: string): void {
  if (count > MOST)
    throw new InputError(`the ${what} would be ${(count / 2 ** 28).toPrecision(3)} GiB, more than 4 GiB fit on no adapter: lower ${options}`);
}

function checkWeights({ hidden = 0, inputs = 1, cell = "rnn" }: WalkOptions, networks: number): void {
  checkHeld("weights", networks * cells[cell].gates * hidden * (hidden + inputs), "--networks, --hidden or --inputs");
}

function copies(source: ModelFile, options: WalkOptions, networks: number): Model[] {
  const names = { hidden: "hidden", inputs: "inputs", gain: "gain", init: "init", forgetBias: "forget-bias" } as const;
  for (const [name, option] of Object.entries(names)) {
    if (options[name as keyof typeof names] !== undefined)
      throw new InputError(`--${option} is for random networks: leave it out, or leave out MODEL`);
  }
  return new Array<Model>(networks).fill(source.model);
}

function randomNetworks(options: WalkOptions, networks: number, seeds: Seeds): Model[] {
  const { hidden, inputs = 1, gain = { low: 1, high: 1 }, init, forgetBias } = options;
  if (options.prefix !== undefined) throw new InputError("--prefix is for a model file: give MODEL, or leave --prefix out");
  if (hidden === undefined) throw new InputError("no network: give a MODEL file, or --hidden N for a random one");
  return Array.from({ length: networks }, (_, network) =>
    randomModel({
      hidden,
      inputs,
      gain: drawGain(gain, seeds.network, network),
      seed: seeds.network,
      network,
      ...(options.cell && { cell: options.cell }),
      ...(init && { init }),
      ...(forgetBias !== undefined && { forgetBias }),
    }),
  );
}

function drawGain({ low, high }: GainRange, seed: number, network: number): number {
  return low === high ? low : low + (high - low) * stream("gain", seed, network).uniform(0);
}

/** Trajectories: all that say a number must agree. */
function trajectories(given: Values | undefined, states: number | undefined, options: WalkOptions): number {
  const counts = [
    { name: `the input ${options.input ?? "x"}`, B: given?.shape.length === 3 ? given.shape[0] : undefined },
    { name: "h0", B: states },
    { name: "--batch", B: options.batch },
  ].filter((count): count is { name: string; B: number } => count.B !== undefined);
  for (const { name, B } of counts) {
    if (B !== counts[0].B) throw new InputError(`${counts[0].name} is for ${counts[0].B} trajectories, ${name} for ${B}: make them agree`);
  }
  return counts[0]?.B ?? 1;
}

function stepsOf(given: Values | undefined, fromFile: boolean, { steps, inputKind }: WalkOptions): number {
  if (given) {
    const there = given.shape.at(-2) as number;
    if (steps !== undefined && steps > there) throw new InputError(`--steps ${steps}: the input has ${there} steps; lower it to ${there}`);
    return steps ?? there;
  }
  if (fromFile && inputKind === undefined)
    throw new InputError("no inputs: give --input FILE, a model that carries x, or --input-kind bernoulli|gaussian|none with --steps T");
  if (steps === undefined) throw new InputError("the number of steps is missing: give --steps T");
  return steps;
}

function checkCounts(k: number, D: number, T: number, { warmup, target }: WalkOptions): void {
  if (k > D) throw new InputError(`--k ${k} is more than the ${D} dimensions of the state: lower it to ${D}`);
  if (warmup >= T) throw new InputError(`--warmup ${warmup} leaves none of the ${T} steps: lower it to at most ${T - 1}, or raise --steps`);
  if (typeof target !== "number" && target.length !== k)
    throw new InputError(`--target has ${target.length} values: give one, or one for each of the k = ${k} exponents`);
}

/** The first T steps of [B, T', S], or of [T', S] for every trajectory. */
function spread({ shape, data }: Values, { B, T, S }: { B: number; T: number; S: number }): Float32Array {
  const each = (shape.at(-2) as number) * S;
  const x = new Float32Array(B * T * S);
  for (let b = 0; b < B; b++) {
    const start = shape.length === 3 ? b * each : 0;
    x.set(data.subarray(start, start + T * S), b * T * S);
  }
  return x;
}

/** States: the file's, else zeros for a model file and drawn for a random network. Frame: the file's, else drawn. */
function starts(
  source: ModelFile | undefined,
  path: string | undefined,
  { B, D, k }: { B: number; D: number; k: number },
  seeds: Seeds,
): Pick<Setup, "h0" | "q0"> {
  const states = source && statesOf(source, B, path ?? "");
  const { q0 } = source ?? {};
  if (q0 && q0.shape[1] < k) throw new InputError(`q0 has ${q0.shape[1]} tangent vectors, --k is ${k}: lower it to ${q0.shape[1]}`);
  return {
    h0: states ? () => states : (network) => randomState({ B, D, seed: seeds.state, network }),
    q0: q0 ? q0.data : randomFrame(D, k, seeds.frame),
  };
}
