import { existsSync, readFileSync, renameSync } from "node:fs";
import { join } from "node:path";
import { Matrix, SVD } from "ml-matrix";
import { InputError } from "../errors";
import { readCheckpoint, writeCheckpoint } from "../files/checkpoint";
import { openOutput } from "../files/output";
import { LineFile, makeFolder, readText, seedFolder, writeWhole } from "../files/run_folder";
import { type TrainSizes, trainTensors } from "../kernels/train_sizes";
import type { TrainingEvent } from "../training";
import type { TrainingPosition, TrainingState } from "../training_state";

const CHECKPOINT = "checkpoint.safetensors";
const PREVIOUS = "checkpoint.previous.safetensors";

/** One number of every network, as its line in metrics.jsonl. */
export type MetricsLine = Readonly<Record<string, unknown>>;

/** The files of every network of a run. */
export class TrainFiles {
  readonly #folders: readonly string[];
  readonly #metrics: readonly LineFile[];
  readonly #sizes: TrainSizes;
  readonly #about: Readonly<Record<string, string>>;
  #start = performance.now();

  /** @param about what the checkpoints' metadata says beside where the run stands */
  constructor(folder: string, seeds: readonly number[], sizes: TrainSizes, about: Readonly<Record<string, string>>) {
    this.#folders = seeds.map((seed) => seedFolder(folder, seed));
    for (const each of this.#folders) makeFolder(each);
    this.#metrics = this.#folders.map((each) => new LineFile(join(each, "metrics.jsonl")));
    this.#sizes = sizes;
    this.#about = about;
  }

  /** Where the run can go on: the latest state that all networks have; metrics are cut back to it. */
  resume(): TrainingState | undefined {
    const found = this.#folders.map((folder) =>
      [CHECKPOINT, PREVIOUS].flatMap((name) => {
        const path = join(folder, name);
        return existsSync(path) ? [readCheckpoint(readFileSync(path), path, this.#sizes)] : [];
      }),
    );
    const same = (a: TrainingPosition, b: TrainingPosition) => placeOf(a) === placeOf(b);
    const position = found[0]?.map((each) => each.position).find((one) => found.every((all) => all.some((other) => same(one, other.position))));
    const kept = this.#metrics.map((metrics) => metrics.cut((line) => position !== undefined && reached(line, position)));
    if (!position) return undefined;
    // Time goes on from where it stood.
    const seconds = Number(kept[0]?.seconds ?? 0);
    this.#start = performance.now() - 1000 * seconds;
    const networks = found.map((all) => all.find((each) => same(each.position, position))?.network);
    if (networks.some((network) => !network)) throw new InputError("the checkpoints of the run do not belong together");
    const block = found.flat().find((each) => same(each.position, position) && each.position.block)?.position.block;
    const active = found.map((all) => all.find((each) => same(each.position, position))?.position.block?.active[0] ?? false);
    return { position: { ...position, block: block && { ...block, active } }, networks: networks as TrainingState["networks"] };
  }

  /** Seconds that the run has taken. */
  seconds(): number {
    return Math.round(performance.now() - this.#start) / 1000;
  }

  /** Adds an event to the metrics of every network. */
  add(event: TrainingEvent): void {
    this.#metrics.forEach((metrics, m) => {
      const line = lineOf(event, m, this.#sizes);
      if (line) metrics.add({ ...line, seconds: this.seconds() });
    });
  }

  flush(): void {
    for (const metrics of this.#metrics) metrics.flush();
  }

  /** Every network's checkpoint; the one before stays until all have theirs. */
  save({ position, networks }: TrainingState): void {
    for (const metrics of this.#metrics) metrics.flush(true);
    networks.forEach((network, m) => {
      const folder = this.#folders[m];
      const { block } = position;
      const own = { ...position, block: block && { ...block, active: [block.active[m]] } };
      const output = openOutput(join(folder, CHECKPOINT));
      output.write(writeCheckpoint(network, own, this.#sizes, this.#about));
      if (existsSync(join(folder, CHECKPOINT))) renameSync(join(folder, CHECKPOINT), join(folder, PREVIOUS));
      output.commit();
    });
  }

  /** The last file of a network's run. */
  finish(m: number, summary: Readonly<Record<string, unknown>>): void {
    writeWhole(join(this.#folders[m], "summary.json"), `${JSON.stringify(summary, null, 2)}\n`);
  }

  /** All lines of a network. */
  lines(m: number): MetricsLine[] {
    return linesIn(this.#folders[m]);
  }
}

/** The lines of a network's metrics; a half one at the end is left out. */
export function linesIn(folder: string): MetricsLine[] {
  const text = readText(join(folder, "metrics.jsonl")) ?? "";
  return text
    .split("\n")
    .slice(0, -1)
    .map((line) => JSON.parse(line) as MetricsLine);
}

function placeOf({ epoch, flossed, block }: TrainingPosition): string {
  return JSON.stringify([epoch, flossed, block?.epoch, block?.done]);
}

/** Whether a line was written before the run stood there. */
function reached(line: MetricsLine, { epoch, flossed, block }: TrainingPosition): boolean {
  const at = Number(line.epoch);
  if (line.kind !== "floss") return at <= epoch;
  return at <= Math.max(epoch, flossed) || (at === block?.epoch && Number(line.step) <= block.done);
}

function lineOf(event: TrainingEvent, m: number, { loss: kind, N }: TrainSizes): MetricsLine | undefined {
  if (event.kind === "pause") return undefined;
  const accuracy = (value: number) => (kind === "bce" ? { accuracy: value } : {});
  if (event.kind === "epoch") {
    const { epoch, loss, norms } = event;
    const gradient_norms = Object.fromEntries(trainTensors.map((name, i) => [name, norms[m][i]]));
    return { kind: "epoch", epoch, loss: loss[m], ...accuracy(event.accuracy[m]), gradient_norms };
  }
  if (event.kind === "floss") {
    if (!event.active[m]) return undefined;
    const { epoch, step, loss, interval, exponents } = event;
    const [row] = exponents[m];
    return { kind: "floss", epoch, step, loss: loss[m], first_exponent: row[0], last_exponent: row[row.length - 1], interval: interval[m] };
  }
  const { epoch, loss, gradientDecay, weightGradient, exponents } = event;
  return {
    ...{ kind: "measure", epoch, test_loss: loss[m] },
    ...(kind === "bce" && { test_accuracy: event.accuracy[m] }),
    ...(exponents && { exponents: exponents[m] }),
    ...(weightGradient && { weight_gradient_singular_values: singularValues(weightGradient[m], N) }),
    gradient_decay: [...gradientDecay[m]],
  };
}

/** Of a matrix [G·N, N] with as many columns as hidden units, largest first. */
function singularValues(matrix: Float32Array, columns: number): number[] {
  const rows = Array.from({ length: matrix.length / columns }, (_, i) => Array.from(matrix.subarray(i * columns, (i + 1) * columns)));
  return new SVD(new Matrix(rows), { computeLeftSingularVectors: false, computeRightSingularVectors: false }).diagonal;
}
