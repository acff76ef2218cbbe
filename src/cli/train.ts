import { existsSync } from "node:fs";
import { join } from "node:path";
import { parse as parseYaml } from "yaml";
import { version } from "../../package.json";
import { InputError } from "../errors";
import { lockFolder, makeFolder, readText, seedFolder, writeWhole } from "../files/run_folder";
import { adapterName } from "../gpu/device";
import type { TrainShape } from "../kernels/shape";
import type { TrainSizes } from "../kernels/train_sizes";
import { createTrainer, type Trainer } from "../training";
import { openDevice } from "./device";
import { Interrupted, listen } from "./interrupt";
import { type IO, tell } from "./io";
import type { CommonOptions } from "./options";
import { configJsonSchema, configYaml, differences, readTrainConfig, type TrainConfig } from "./train_config";
import { TrainFiles } from "./train_files";
import { createTrainProgress } from "./train_progress";
import { drawCurves, summaryOf, tableText } from "./train_report";
import { type TrainSetup, trainSetup } from "./train_setup";
import { tunedShape } from "./tuned";

export interface TrainCommandOptions extends Pick<CommonOptions, "adapter" | "quiet" | "json" | "profile" | "tuned"> {
  readonly config?: string;
  readonly output?: string;
  readonly resume?: boolean;
  readonly printConfig?: boolean;
  readonly jsonSchema?: boolean;
}

/** `floss train`. @param settings by the config's keys @returns the exit code */
export async function train(settings: Readonly<Record<string, unknown>>, options: TrainCommandOptions, io: IO): Promise<number> {
  if (options.jsonSchema) {
    io.stdout(`${JSON.stringify(configJsonSchema(), null, 2)}\n`);
    return 0;
  }
  const notes: string[] = [];
  const config = readTrainConfig(options.config, settings, notes);
  const setup = trainSetup(config, notes);
  if (options.printConfig) {
    io.stdout(configYaml(config));
    return 0;
  }
  const { output } = options;
  if (output === undefined) throw new InputError("-o is missing: give the folder of the run");
  makeFolder(output);
  const free = lockFolder(output);
  try {
    tell(notes, "note", options, io);
    if (openFolder(output, config, options.resume ?? false)) {
      io.stdout(options.json ? `${JSON.stringify({ finished: true, output })}\n` : `${output} is finished already\n`);
      return 0;
    }
    return await trainIn(output, config, setup, options, io);
  } finally {
    free();
  }
}

/** Compares a folder with the config. @returns whether the run there is finished @throws InputError */
export function openFolder(output: string, config: TrainConfig, resume: boolean): boolean {
  const text = readText(join(output, "config.yaml"));
  if (text === undefined) return false;
  const there = parseYaml(text) as Record<string, unknown>;
  const wanted = parseYaml(configYaml(config)) as Record<string, unknown>;
  const keys = differences(there, wanted);
  if (keys.length > 0) {
    const list = keys.map((key) => `${key} (${JSON.stringify(there[key])} there, ${JSON.stringify(wanted[key])} here)`).join(", ");
    throw new InputError(`${output} holds another run, which differs in ${list}: choose another folder with -o`);
  }
  if (config.seeds.every((seed) => existsSync(join(seedFolder(output, seed), "summary.json")))) return true;
  if (!resume) throw new InputError(`${output} holds an unfinished run: go on with --resume, or choose another folder with -o`);
  return false;
}

async function trainIn(output: string, config: TrainConfig, setup: TrainSetup, options: TrainCommandOptions, io: IO): Promise<number> {
  const { task } = setup.options;
  const interruption = listen();
  let device: GPUDevice | undefined;
  try {
    device = await openDevice(options, io);
    const outcome = await trainInto(output, config, setup, { device, options, io, signal: interruption.signal });
    if (interruption.signal.aborted) {
      tell([`interrupted, saved: go on with --resume`], "note", options, io);
      return interruption.signal.reason instanceof Interrupted ? interruption.signal.reason.exitCode : 1;
    }
    const result = { output, task: task.name, horizon: task.horizon, ...outcome };
    io.stdout(options.json ? `${JSON.stringify(result)}\n` : tableText(result));
    return 0;
  } finally {
    interruption.stop();
    device?.destroy();
  }
}

/** Where a run trains. */
export interface TrainPlace {
  readonly device: GPUDevice;
  readonly options: Pick<CommonOptions, "quiet" | "profile" | "tuned">;
  readonly io: IO;
  /** Ends the run, after saving. */
  readonly signal: AbortSignal;
}

/** Trains the networks of a config into a folder, from its checkpoint on where it has one; its files are those of `floss train`. */
export async function trainInto(output: string, config: TrainConfig, setup: TrainSetup, { device, options, io, signal }: TrainPlace) {
  const { models, sizes, sequences } = setup;
  const { task } = setup.options;
  const progress = createTrainProgress(io, { quiet: options.quiet, epochs: config.epochs });
  let trainer: Trainer | undefined;
  try {
    const { profile } = options;
    const shape = shapeOfRun(output, device, config, sizes, options, io);
    const how = { ...setup.options, ...(profile && { profile }), ...shape, signal, onProgress: progress.on };
    trainer = await createTrainer(device, models, sizes, how, sequences);
    const about = { cell: config.cell, adapter: adapterName(device), profile: trainer.profile, version, task: task.name, horizon: task.horizon };
    const files = new TrainFiles(output, config.seeds, sizes, { ...about, shape: JSON.stringify(shape) });
    const state = files.resume();
    if (state) {
      trainer.restore(state);
      tell([`going on after epoch ${state.position.epoch} of ${config.epochs}`], "note", options, io);
    }
    writeWhole(join(output, "config.yaml"), configYaml(config));
    writeWhole(join(output, "provenance.json"), `${JSON.stringify({ ...about, shape, ...provenance() }, null, 2)}\n`);
    await follow(trainer, files, progress);
    progress.stop();
    const seconds = files.seconds();
    if (signal.aborted) return { runs: [], adapter: about.adapter, seconds };
    const runs = config.seeds.map((seed, m) => ({ seed, lines: files.lines(m) }));
    await drawCurves(output, runs, config, task, io);
    const summaries = runs.map(({ seed, lines }) => summaryOf(seed, lines, config, task));
    summaries.forEach((summary, m) => {
      files.finish(m, { ...summary, adapter: about.adapter, seconds });
    });
    return { runs: summaries, adapter: about.adapter, seconds };
  } finally {
    progress.stop();
    trainer?.destroy();
  }
}

/** What the kernels vary in: as the run began, where it goes on on the same adapter, for the same bits; else what was tuned. */
function shapeOfRun(output: string, device: GPUDevice, config: TrainConfig, sizes: TrainSizes, options: TrainPlace["options"], io: IO): TrainShape {
  const text = readText(join(output, "provenance.json"));
  const before = text === undefined ? undefined : (JSON.parse(text) as { adapter?: string; profile?: string; shape?: TrainShape });
  const goesOn = before?.shape && before.adapter === adapterName(device) && (!options.profile || options.profile === before.profile);
  if (before?.shape && goesOn) return before.shape;
  const size = { kind: "training", cell: config.cell, hidden: sizes.N, k: 0, steps: sizes.T, batch: sizes.B, networks: sizes.M } as const;
  return tunedShape(device, size, options, io);
}

/** Where and how a run was made. */
export function provenance() {
  return {
    node: process.version,
    platform: `${process.platform} ${process.arch}`,
    command: process.argv.slice(2),
    time: new Date().toISOString(),
  };
}

/** Runs what is left; metrics are written as they come, and a checkpoint at every pause. */
async function follow(trainer: Trainer, files: TrainFiles, progress: ReturnType<typeof createTrainProgress>): Promise<void> {
  try {
    for await (const event of trainer.run()) {
      files.add(event);
      progress.event(event);
      if (event.kind === "pause") files.save(await trainer.state());
    }
  } finally {
    // What is known of a network that diverged helps to see why.
    files.flush();
  }
}
