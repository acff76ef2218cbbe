import { walkSizesOf } from "../bench/rows";
import { type Work, workOf } from "../bench/work";
import { cells } from "../cells/index";
import type { Engine } from "../engine";
import { InputError } from "../errors";
import { dispatchesOf } from "../gpu/plan";
import { unpackParameters } from "../kernels/pack";
import type { Sizes } from "../kernels/sizes";
import { loadTrajectories } from "../load";
import { parameterNames } from "../model";
import { flossingLoss, gramSchmidt, referenceSpectrum, type Walk, walkAdjoint, walkForward } from "../reference/index";
import { exact, loadedEngine, run } from "./engine";
import type { Pair } from "./numbers";
import { type Problem, randomProblem } from "./problem";
import { type StageName, specOf } from "./specs";
import { fillNaN, type Stage, type StageSizes, stageOf } from "./stage";

/** Random networks, with all that the kernels of a walk need of them. */
export interface Walks {
  readonly engine: Engine;
  readonly sizes: Sizes;
  readonly problems: readonly Problem[];
  readonly interval: number;
}

/** How the engine of a stage walks. */
export interface LoadOptions {
  /** All steps in one chunk, where a kernel needs what the others leave of every step. */
  readonly whole?: boolean;
  /** By default whole walks in a dispatch, however large the network. */
  readonly steps?: "fused" | "stepwise";
  /** Whether Adam runs. */
  readonly update?: boolean;
}

/**
 * Orthogonal weights keep the exponents near each other: float32 then loses few digits at any k (design 3.2), and an error shows.
 * @throws InputError where a walk does not fit the bindings whole
 */
export async function loadWalks(
  device: GPUDevice,
  given: StageSizes,
  { whole, steps: how = "fused", update = false }: LoadOptions = {},
): Promise<Walks> {
  const { cell, networks: M, batch: B, steps: T, hidden: N, k: K, interval, profile, seed } = given;
  const problems = Array.from({ length: M }, (_, m) => randomProblem({ cell, N, S: 1, B, T, K, init: "orthogonal", seed: seed + m }));
  const chunk = Math.ceil(T / 16) * 16;
  const options = { K, interval, target: TARGET, steps: how, update, ...(profile && { profile }), ...(whole && { chunk }) };
  const engine = await loadedEngine(device, problems, options);
  const { slices, segments } = engine.schedule;
  if (slices.length > 1 || segments > 1) {
    engine.destroy();
    throw new InputError(`${M} networks of ${N} units and ${T} steps do not fit the adapter at once: lower --steps, --networks, --batch or --k`);
  }
  return { engine, sizes: walkSizesOf(given), problems, interval };
}

/** What the exponents are flossed to. */
export const TARGET = -0.3;

/** The float64 walk of a trajectory. */
export function walkOf({ sizes, interval }: Pick<Walks, "sizes" | "interval">, { model, inputs }: Problem, b: number): Walk {
  const { T, S, N, K, warmup } = sizes;
  const D = cells[model.cell].states * N;
  const q0 = gramSchmidt(Float64Array.from(inputs.q0), D, K).q;
  const x = inputs.x.subarray(b * T * S, (b + 1) * T * S);
  return walkForward(exact(model), x, inputs.h0.subarray(b * D, (b + 1) * D), q0, { T, warmup, interval });
}

/** [D] of a padded state, at `at`. */
function stateAt({ layout, sizes: { N } }: Engine, data: Float32Array, at: number): Float64Array {
  return Float64Array.from({ length: layout.states * N }, (_, i) => data[at + Math.floor(i / N) * layout.NP + (i % N)]);
}

/** States, tangent vectors, log R_ii and R above its diagonal blocks, step by step. */
export function forwardPairs(walks: Walks, out: Readonly<Record<"records" | "tangents" | "triangles" | "logR", Float32Array>>): Pair[] {
  const { engine, sizes, problems } = walks;
  const { layout, schedule } = engine;
  const { panel } = engine.shape;
  const { T, B, N, K } = sizes;
  const { NP, KP, D: padded, record, slot: stride, states } = layout;
  const pairs: Pair[] = [];
  problems.forEach((problem, m) => {
    for (let b = 0; b < B; b++) {
      const walk = walkOf(walks, problem, b);
      for (let t = 1; t <= T; t++) {
        const at = (m * B + b) * schedule.slots + t;
        const place = `network ${m}, trajectory ${b}, step ${t}`;
        const column = (k: number) => stateAt(engine, out.tangents, at * stride + k * padded);
        const columns = Array.from({ length: K }, (_, k) => column(k));
        const frame = Float64Array.from({ length: states * N * K }, (_, e) => columns[e % K][Math.floor(e / K)]);
        pairs.push({ what: "states", place, got: stateAt(engine, out.records, at * record * NP), expected: walk.states[t] });
        pairs.push({ what: "tangent vectors", place, got: frame, expected: walk.frames[t], columns: K });
        const r = walk.triangles[t];
        if (!r) continue;
        const row = ((m * B + b) * T + t - 1) * KP;
        pairs.push({
          what: "log R_ii",
          place,
          got: out.logR.subarray(row, row + K),
          expected: Float64Array.from({ length: K }, (_, k) => Math.log(r[k * K + k])),
        });
        const right = K - panel;
        if (right <= 0) continue;
        const above = (value: (i: number, j: number) => number) =>
          Float64Array.from({ length: panel * right }, (_, e) => value(Math.floor(e / right), panel + (e % right)));
        const got = above((i, j) => out.triangles[(row + i) * KP + j]);
        pairs.push({ what: "R", place, got, expected: above((i, j) => r[i * K + j]), columns: right });
      }
    }
  });
  return pairs;
}

/** DA, ā and the initial state's adjoint, of the steps that the ring still holds. */
export function adjointPairs(walks: Walks, rows: Float32Array, target = TARGET): Pair[] {
  const { engine, sizes, problems } = walks;
  const { layout, schedule } = engine;
  const { T, B, N, K, warmup } = sizes;
  const { NP, gates, states, row: L } = layout;
  const rowsOf = schedule.ring * (gates + 1) * NP * L;
  const pairs: Pair[] = [];
  problems.forEach((problem, m) => {
    const all = Array.from({ length: B }, (_, b) => walkOf(walks, problem, b));
    const { w } = flossingLoss(
      all.map(({ logSums }) => logSums),
      T - warmup,
      new Array<number>(K).fill(target),
    );
    all.forEach((walk, b) => {
      const base = (m * B + b) * (rowsOf + states * NP);
      const expected = walkAdjoint(exact(problem.model), walk, w[b]);
      // The ring holds the last steps done, the first in time: at least one chunk.
      for (let t = 1; t <= Math.min(T, schedule.chunk); t++) {
        const place = `network ${m}, trajectory ${b}, step ${t}`;
        const at = base + (t % schedule.ring) * (gates + 1) * NP * L;
        const gate = (i: number) => at + (Math.floor(i / N) * NP + (i % N)) * L;
        const da = Float64Array.from({ length: gates * N * K }, (_, e) => rows[gate(Math.floor(e / K)) + (e % K)]);
        const bar = Float64Array.from({ length: gates * N }, (_, i) => rows[gate(i) + K]);
        pairs.push({ what: "DA", place, got: da, expected: expected.productBar[t], columns: K });
        pairs.push({ what: "adjoint of W h + b", place, got: bar, expected: expected.recurrentBar[t] });
      }
      const got = stateAt(engine, rows, base + rowsOf);
      pairs.push({ what: "adjoint of the initial state", place: `network ${m}, trajectory ${b}`, got, expected: expected.h0Bar });
    });
  });
  return pairs;
}

/** The gradient of every parameter. */
export function gradientPairs({ engine, sizes, problems, interval }: Walks, gradient: Float32Array, target = TARGET): Pair[] {
  const each = engine.layout.parameters;
  return problems.flatMap(({ model, inputs }, m) => {
    const { K, warmup } = sizes;
    const expected = referenceSpectrum(exact(model), inputs, { k: K, warmup, interval, target, gradient: true }).gradient;
    const got = unpackParameters(gradient.subarray(m * each, (m + 1) * each), model, engine.layout);
    return parameterNames.map((name): Pair => ({ what: name, place: `network ${m}`, got: got[name], expected: expected[name] }));
  });
}

/** A kernel of the walk forward, compared by what the whole walk gives with it. */
export async function forwardStage(name: StageName, device: GPUDevice, sizes: StageSizes, options: LoadOptions = {}): Promise<Stage> {
  const walks = await loadWalks(device, sizes, options);
  const { engine, problems } = walks;
  const { records, tangents, triangles, logR } = engine.buffers;
  const outputs = { records, tangents, triangles, logR };
  return {
    ...base(walks, specOf(name, sizes, engine.profile, engine.schedule.wide), outputs),
    around: dispatchesOf(engine.slices[0].forward),
    reset() {
      fillNaN(Object.values(outputs));
      problems.forEach(({ inputs }, m) => {
        loadTrajectories(engine, m, inputs.h0, inputs.q0);
      });
    },
    compare: (out) => forwardPairs(walks, out as Record<keyof typeof outputs, Float32Array>),
  };
}

export async function walkAdjointStage(device: GPUDevice, sizes: StageSizes): Promise<Stage> {
  const walks = await loadWalks(device, sizes);
  const { engine } = walks;
  const { rows, adjoints } = engine.buffers;
  run(engine, engine.slices[0].forward);
  return {
    ...base(walks, specOf("walk_adjoint", sizes, engine.profile, engine.schedule.wide), { rows, adjoints }),
    reset() {
      fillNaN([adjoints]);
      // The padding column is never written: it stays zero from the start.
      rows.write(new Float32Array(rows.length));
    },
    compare: (out) => adjointPairs(walks, out.rows),
  };
}

export async function weightGradientStage(device: GPUDevice, sizes: StageSizes): Promise<Stage> {
  const walks = await loadWalks(device, sizes, { whole: true });
  const { engine } = walks;
  const { gradient } = engine.buffers;
  run(engine, engine.slices[0].forward, engine.slices[0].backward);
  return {
    ...base(walks, specOf("weight_gradient", sizes, engine.profile), { gradient }),
    reset: () => fillNaN([gradient]),
    compare: (out) => gradientPairs(walks, out.gradient),
  };
}

/** What the stages of a walk have in common. */
export function base({ engine, sizes, interval }: Walks, spec: Stage["spec"], outputs: Stage["outputs"]) {
  const work: Partial<Record<string, Work>> = workOf(sizes, interval);
  return stageOf(engine, spec, { outputs, work: work[spec.name], tolerance: 1e-2 });
}
