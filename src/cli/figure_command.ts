import { Argument, type Command, InvalidArgumentError, Option } from "commander";
import { experiments } from "../experiments/index";
import type { IO } from "./io";
import { adapterOption, profileOption, whole } from "./options";

/** Parses `--delays`. */
function delayList(text: string): number[] {
  const values = text.split(",").map((part) => (/^\s*\d+\s*$/.test(part) ? Number(part) : 0));
  if (!values.every((value) => Number.isSafeInteger(value) && value > 0))
    throw new InvalidArgumentError("Give whole numbers of at least 1, as in 20,40.");
  return values;
}

/** Adds `floss figure` and `floss plot`. */
export function addFigure(program: Command, io: IO, done: (code: number) => void): void {
  const names = experiments.map(({ name }) => name);
  program
    .command("figure")
    .description("reproduce a figure of the paper: its data, a picture, and a verdict on its claim that can fail (exit code 1)")
    .addArgument(new Argument("<NAME>", "which figure, or all").choices([...names, "all"]))
    .addOption(
      new Option("--scale <name>", "quick: minutes on two cores without a GPU; paper: full sizes").choices(["quick", "paper"]).default("quick"),
    )
    .option("--seed <n>", "decides all random numbers", whole(0), 0)
    .option("-o, --output <folder>", "folder of the figure, or for all the one that holds theirs (default: figures/NAME-SCALE)")
    .option("--hidden <n>", "units, instead of the scale's", whole(1))
    .option("--steps <n>", "steps of a sequence or walk, instead of the scale's", whole(2))
    .option("--networks <n>", "networks of each condition, instead of the scale's", whole(1))
    .option("--epochs <n>", "epochs, instead of the scale's", whole(1))
    .option("--delays <d[,d...]>", "delays d of a task, instead of the scale's", delayList)
    .addOption(profileOption())
    .addOption(adapterOption())
    .option("--json", "print the results as one JSON object on one line")
    .option("--quiet", "no progress and notes on stderr")
    .addHelpText(
      "after",
      [
        "\nFigures:",
        ...experiments.map(({ name, title }) => `  ${name.padEnd(12)}${title}`),
        "\nExamples:",
        "  floss figure 1b",
        "  floss figure all --scale quick -o figures/quick",
        "  floss figure 4 --scale paper --delays 60 --networks 5 -o runs/figure-4",
        "An interrupted figure goes on with the same command: parts that are done are kept.",
      ].join("\n"),
    )
    .action(async (name: string, options) => {
      const { figure } = await import("./figure");
      done(await figure(name, options, io));
    });
  program
    .command("plot")
    .description("draw the pictures of figures and training runs again from their saved data")
    .argument("<FOLDERS...>", "folders of figures, of runs, or that hold such folders")
    .option("--page <file>", "a page with every figure found, its numbers and verdicts: Markdown, with copies of the pictures beside it")
    .option("--json", "print the results as one JSON object on one line")
    .addHelpText("after", "\nExamples:\n  floss plot figures/1b-quick\n  floss plot figures/quick runs/figure-4 --page docs/results.md")
    .action(async (folders: string[], options) => {
      const { plot } = await import("./plot");
      done(await plot(folders, options, io));
    });
}
