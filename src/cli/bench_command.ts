import { Argument, type Command, InvalidArgumentError, Option } from "commander";
import { type Axis, axes } from "../bench/scaling_axes";
import { type CellName, cellNames } from "../cells/index";
import { type StageName, stageNames } from "../workbench/specs";
import type { IO } from "./io";
import { adapterOption, addSizeOptions, interval, profileOption, scheduleOption, tunedOption, whole } from "./options";

type Done = (code: number) => void;

/** `floss bench`, `floss bench kernel` and `floss bench scaling`. */
export function addBench(program: Command, io: IO, done: Done): void {
  const command = program
    .command("bench")
    .description("time the kernels on this machine")
    // What stands behind the name of a command below is that command's.
    .enablePositionalOptions();
  addSizeOptions(
    command.addArgument(
      new Argument("[WORK]", "one size of this work; left out: the table of sizes and goals").choices(["flossing", "training", "spectrum"]),
    ),
  )
    .option("--epochs <n>", "epochs, or whole calls for spectra, timed in each round (default: about a second)", whole(1))
    .option("--rounds <n>", "rounds, of which the median counts", whole(1), 5)
    .option("--interval <n|auto>", "flossing, spectrum: steps between orthonormalisations (default: auto)", interval)
    .addOption(profileOption())
    .addOption(scheduleOption())
    .addOption(tunedOption())
    .addOption(new Option("--compare <peer>", "race, round by round, against another implementation").choices(["torch"]))
    .option("--plot <file>", "time by kernel, .svg or .png")
    .addOption(adapterOption())
    .option("--json", "print the results as one JSON object on one line")
    .option("--quiet", "no progress on stderr")
    .addHelpText("after", EXAMPLES)
    .action(async (work: "flossing" | "training" | "spectrum" | undefined, options) => {
      const { bench } = await import("./bench");
      done(await bench(work, options, io));
    });
  addKernel(command, io, done);
  addScaling(command, io, done);
}

const EXAMPLES = [
  "\nExamples:",
  "  floss bench --compare torch",
  "  floss bench flossing --hidden 128 --k 32 --networks 16 --json",
  "  floss bench kernel walk_forward --wgsl mine.wgsl",
  "  floss bench kernel walk_forward --variant mine.wgsl",
  "  floss bench scaling --over hidden,k --plot roofline.svg",
].join("\n");

function addKernel(bench: Command, io: IO, done: Done): void {
  bench
    .command("kernel")
    .description("one kernel alone against its float64 twin: error, time, share of the ceiling; its shader; a race with a variant of it")
    .addArgument(new Argument("<NAME>", "the kernel").choices(stageNames))
    .addOption(new Option("--cell <name>", "cell").choices(cellNames).default("rnn"))
    .option("--hidden <n>", "units", whole(1), 80)
    .option("--k <n>", "kernels of flossing: exponents (default: 75, or all)", whole(1))
    .option("--steps <n>", "time steps", whole(1), 300)
    .option("--batch <n>", "trajectories, or sequences in training (default: 1, 16)", whole(1))
    .option("--networks <n>", "networks together, all different", whole(1), 1)
    .option("--interval <n>", "kernels of flossing: steps between orthonormalisations (default: 1)", whole(1))
    .option("--seed <n>", "seed of networks and inputs", whole(0), 1)
    .option("--rounds <n>", "rounds, of which the median counts", whole(1), 15)
    .option("--check-steps <n>", "steps compared with the float64 twin (default: what takes it some seconds)", whole(1))
    .addOption(profileOption())
    .option("--wgsl [file]", "write the joined shader to stdout or a file, and end")
    .option("--variant <file>", "race this shader, a dumped and edited one, against the one in use")
    .addOption(adapterOption())
    .option("--json", "print the results as one JSON object on one line")
    .option("--quiet", "no progress on stderr")
    .addHelpText("after", "\nExamples:\n  floss bench kernel adam --wgsl mine.wgsl\n  floss bench kernel adam --variant mine.wgsl --networks 10")
    .action(async (name: StageName, options) => {
      const { benchOneKernel } = await import("./bench_kernel");
      done(await benchOneKernel(name, options, io));
    });
}

function addScaling(bench: Command, io: IO, done: Done): void {
  bench
    .command("scaling")
    .description("how time grows with the sizes, beside the count of operations; every kernel under the adapter's ceilings")
    .addOption(
      new Option("--over <list>", `sizes that grow, or none for the rates alone (default: ${axes.join(",")})`).argParser(listOf<Axis>(axes, true)),
    )
    .addOption(
      new Option("--cell <list>", "cells of the rates; the first one's times are followed")
        .argParser(listOf<CellName>(cellNames))
        .default(["rnn", "gru", "lstm"], "rnn,gru,lstm"),
    )
    .addOption(new Option("--work <kind>", "one kind of work (default: both)").choices(["flossing", "training"]))
    .option("--largest <n>", "leave out sizes above this", whole(1))
    .option("--rounds <n>", "rounds, of which the median counts", whole(1), 3)
    .option("--plot <file>", "the roofline and the times, .svg or .png")
    .addOption(adapterOption())
    .option("--json", "print the results as one JSON object on one line")
    .option("--quiet", "no progress on stderr")
    .addHelpText(
      "after",
      "\nExamples:\n  floss bench scaling --over hidden --plot roofline.svg\n  floss bench scaling --over none --cell lstm --json",
    )
    .action(async (options) => {
      const { benchScaling } = await import("./bench_scaling");
      done(await benchScaling(options, io));
    });
}

/** A parser of a list of some words, each once; `none`: the empty list. */
function listOf<Word extends string>(words: readonly Word[], none = false): (text: string) => Word[] {
  return (text) => {
    if (none && text === "none") return [];
    const list = text.split(",").map((word) => word.trim());
    if (!list.every((word): word is Word => (words as readonly string[]).includes(word)))
      throw new InvalidArgumentError(`Give a list of ${words.join(", ")}${none ? ", or none" : ""}.`);
    return [...new Set(list)];
  };
}
