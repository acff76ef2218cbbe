import { type Command, Option } from "commander";
import type { IO } from "./io";
import { adapterOption, profileOption, tunedOption } from "./options";
import { trainSchema } from "./train_config";

/** Adds `floss train`; its settings are the config's keys, so that file and options cannot differ. */
export function addTrain(program: Command, io: IO, done: (code: number) => void): void {
  const command = program
    .command("train")
    .description("train networks on a task with long time horizons, with flossing before and during training")
    .option("--config <file>", "YAML file with the settings below; options win")
    .option("-o, --output <folder>", "folder of the run")
    .option("--resume", "go on from the last checkpoint, or begin where there is none")
    .option("--print-config", "print all settings as YAML, and do nothing")
    .option("--json-schema", "print the JSON Schema of the config, for editors");
  const shape = trainSchema.shape;
  for (const [key, schema] of Object.entries(shape)) {
    const flag = `--${key.replaceAll("_", "-")}`;
    const boolean = key === "reference_labels";
    const result = schema.safeParse(undefined);
    const known = result.success && result.data !== undefined && !boolean ? ` (default: ${[result.data].flat().join(",")})` : "";
    command.addOption(new Option(boolean ? flag : `${flag} <${boolean ? "" : "x"}>`, `${schema.description ?? ""}${known}`));
  }
  command
    .addOption(profileOption())
    .addOption(tunedOption())
    .addOption(adapterOption())
    .option("--json", "print the results as one JSON object on one line")
    .option("--quiet", "no progress and notes on stderr")
    .addHelpText(
      "after",
      [
        "\nExamples:",
        "  floss train --task xor --delay 40 --epochs 3001 --k 75 --preflossing 500 --seeds 0-4 -o runs/xor40",
        "  floss train --config xor.yaml --seeds 0-9 -o runs/xor --resume",
        "d is the longest dependency in steps; the paper's code counts in Δ = d / 2 for xor.",
      ].join("\n"),
    )
    .action(async (options: Record<string, unknown>) => {
      const camel = (key: string) => key.replace(/_([a-z])/g, (_, letter: string) => letter.toUpperCase());
      const settings = Object.fromEntries(Object.keys(shape).map((key) => [key, options[camel(key)]]));
      const { train } = await import("./train");
      done(await train(settings, options, io));
    });
}
