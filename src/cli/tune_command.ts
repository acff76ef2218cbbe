import { Argument, type Command } from "commander";
import type { IO } from "./io";
import { adapterOption, addSizeOptions, profileOption, whole } from "./options";

/** Adds `floss tune`. */
export function addTune(program: Command, io: IO, done: (code: number) => void): void {
  const command = program
    .command("tune")
    .description("find the fastest shape of the kernels for a size on this adapter, and keep it for later runs")
    .addArgument(new Argument("[WORK]", "one size of this work; left out: all sizes of floss bench").choices(["flossing", "training", "spectrum"]));
  addSizeOptions(command)
    .option("--rounds <n>", "interleaved rounds of a race", whole(2), 5)
    .option("--budget <s>", "seconds for each size, after which no further variant is begun", whole(1), 120)
    .option("--dry-run", "measure and print, and keep nothing")
    .addOption(profileOption())
    .option("--plot <file>", "ratios of all variants, .svg or .png")
    .addOption(adapterOption())
    .option("--json", "print the results as one JSON object on one line")
    .option("--quiet", "no progress on stderr")
    .addHelpText(
      "after",
      [
        "\nExamples:",
        "  floss tune flossing --hidden 80 --k 16 --networks 10",
        "  floss tune training --cell lstm --hidden 64 --batch 32 --budget 60 --dry-run --plot variants.svg",
        "Winners are kept in $XDG_CACHE_HOME/gradient-flossing/tuned.json (FLOSS_TUNED=FILE: elsewhere), a file to read and edit.",
        "floss spectrum, floss, train and bench use them for the very same sizes; --no-tuned leaves them out, FLOSS_TUNED=off too.",
      ].join("\n"),
    )
    .action(async (work: "flossing" | "training" | "spectrum" | undefined, options) => {
      const { tuneSizes } = await import("./tune");
      done(await tuneSizes(work, options, io));
    });
}
