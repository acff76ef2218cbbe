import { Argument, Command, CommanderError, Option } from "commander";
import pc from "picocolors";
import { version } from "../../package.json";
import { cellNames } from "../cells/index";
import { DeviceError, InputError, NumericalError } from "../errors";
import { OutputError } from "../files/output";
import { addCompare } from "./compare";
import { addEvaluate } from "./evaluate";
import { addExport } from "./export";
import { addFigure } from "./figure_command";
import { Interrupted } from "./interrupt";
import type { IO } from "./io";
import { adapterOption, addCommonOptions, addWalkOptions, interval, learningRates, profileOption, scheduleOption, trainList, whole } from "./options";
import { addTrain } from "./train_command";

/** The streams of this process. */
export function processIO(): IO {
  return {
    stdout: (text) => void process.stdout.write(text),
    stderr: (text) => void process.stderr.write(text),
    isTTY: process.stderr.isTTY === true,
  };
}

/**
 * Runs one command.
 * @param argv arguments after the program's name
 * @returns the exit code: 0 done, 1 failed, 2 bad input or usage, 130 or 143 interrupted
 */
export async function run(argv: readonly string[], io: IO = processIO()): Promise<number> {
  let code = 0;
  const program = createProgram(io, (result) => {
    code = result;
  });
  try {
    await program.parseAsync(argv, { from: "user" });
    return code;
  } catch (error) {
    return report(error, io);
  }
}

type Done = (code: number) => void;

function createProgram(io: IO, done: Done): Command {
  const program = new Command("floss")
    .description("Lyapunov spectra of recurrent networks and gradient flossing, on the GPU")
    .version(version)
    .exitOverride()
    .configureOutput({ writeOut: io.stdout, writeErr: io.stderr, outputError: (text, write) => write(oneLine(text)) })
    .addHelpText("after", "\nExample:\n  floss spectrum --hidden 32 --gain 1 --steps 1000 --k 8");
  addSpectrum(program, io, done);
  addFloss(program, io, done);
  addTrain(program, io, done);
  addEvaluate(program, io, done);
  addExport(program, io, done);
  addCompare(program, io, done);
  addFigure(program, io, done);
  addBench(program, io, done);
  addDoctor(program, io, done);
  addQuickstart(program, io);
  return program;
}

function addSpectrum(program: Command, io: IO, done: Done): void {
  const command = program
    .command("spectrum")
    .description("Lyapunov exponents of a network")
    .argument("[MODEL]", "safetensors file with a network in PyTorch's names; left out: a random network")
    .option("--k <n>", "exponents (default: all)", whole(1))
    .option("--gradient <file>", "write the gradient of the loss, the mean of (exponent - target)^2, as safetensors")
    .option("--series <file>", "the exponents as they converge: a JSON line each 16 steps and trajectory")
    .option("--plot <file>", "the exponents, .svg or .png")
    .addHelpText(
      "after",
      "\nExamples:\n  floss spectrum model.safetensors --input x.npy --k 8 --warmup 100 --json\n  floss spectrum --hidden 32 --gain 1 --steps 1000",
    );
  addCommonOptions(addWalkOptions(command)).action(async (model: string | undefined, options) => {
    const { spectrum } = await import("./spectrum");
    done(await spectrum(model, options, io));
  });
}

function addFloss(program: Command, io: IO, done: Done): void {
  const command = program
    .command("floss")
    .description("gradient flossing: push exponents of a network to a target")
    .argument("[MODEL]", "safetensors file with a network in PyTorch's names; left out: random networks")
    .requiredOption("--k <n>", "exponents to push to the target", whole(1))
    .requiredOption("--epochs <n>", "Adam steps", whole(0))
    .requiredOption("-o, --output <file>", "the flossed network, as safetensors")
    .option("--lr <x[,x...]>", "Adam's learning rate, or one for each network", learningRates, 0.001)
    .option("--networks <n>", "networks flossed together, each with its own inputs", whole(1), 1)
    .addOption(
      new Option("--train-parameters <list>", "which change: of input, recurrent, bias")
        .argParser(trainList)
        .default(["input", "recurrent", "bias"], "input,recurrent,bias"),
    )
    .option("--metrics <file>", "one JSON line per epoch and network")
    .option("--plot <file>", "exponents and loss over the epochs, .svg or .png")
    .addHelpText(
      "after",
      [
        "\nExamples:",
        "  floss floss model.safetensors --k 8 --epochs 100 --input-kind bernoulli --steps 300 -o flossed.safetensors",
        "  floss floss --hidden 32 --gain 0..1 --networks 10 --k 16 --epochs 100 --steps 300 -o flossed.safetensors",
      ].join("\n"),
    );
  addCommonOptions(addWalkOptions(command)).action(async (model: string | undefined, options) => {
    const { floss } = await import("./floss");
    done(await floss(model, options, io));
  });
}

function addBench(program: Command, io: IO, done: Done): void {
  program
    .command("bench")
    .description("time the kernels on this machine")
    .addArgument(
      new Argument("[WORK]", "one size of this work; left out: the table of sizes and goals").choices(["flossing", "training", "spectrum"]),
    )
    .addOption(new Option("--cell <name>", "cell (default: rnn)").choices(cellNames))
    .option("--hidden <n>", "units (default: 80)", whole(1))
    .option("--k <n>", "exponents (default: 75, or --hidden)", whole(1))
    .option("--steps <n>", "time steps (default: 300)", whole(1))
    .option("--batch <n>", "trajectories, or sequences in training (default: 1, 16)", whole(1))
    .option("--networks <n>", "networks together, all different (default: 1)", whole(1))
    .option("--delay <n>", "training: steps after which bits are copied (default: 40)", whole(1))
    .option("--epochs <n>", "epochs timed in each round (default: about a second)", whole(1))
    .option("--rounds <n>", "rounds, of which the median counts", whole(1), 5)
    .option("--interval <n|auto>", "steps between orthonormalisations", interval, "auto")
    .addOption(profileOption())
    .addOption(scheduleOption())
    .addOption(new Option("--compare <peer>", "race, round by round, against another implementation").choices(["torch"]))
    .option("--plot <file>", "time by kernel, .svg or .png")
    .addOption(adapterOption())
    .option("--json", "print the results as one JSON object on one line")
    .option("--quiet", "no progress on stderr")
    .addHelpText("after", "\nExamples:\n  floss bench --compare torch\n  floss bench flossing --hidden 128 --k 32 --networks 16 --json")
    .action(async (work: "flossing" | "training" | "spectrum" | undefined, options) => {
      const { bench } = await import("./bench");
      done(await bench(work, options, io));
    });
}

function addDoctor(program: Command, io: IO, done: Done): void {
  program
    .command("doctor")
    .description("adapters of this machine, what is missing, and whether they compute right")
    .option("--verify", "compute the accuracy cases and compare with PyTorch's float64 results")
    .addOption(adapterOption())
    .option("--json", "print one JSON object on one line")
    .option("--quiet", "no progress on stderr")
    .addHelpText("after", "\nExample:\n  floss doctor --verify")
    .action(async (options) => {
      const { doctor } = await import("./doctor");
      done(await doctor(options, io));
    });
}

function addQuickstart(program: Command, io: IO): void {
  const command = program.command("quickstart").description("floss a small random network, and write its plot and files into quickstart/");
  addCommonOptions(command).action(async (options) => {
    const { quickstart } = await import("./quickstart");
    await quickstart(options, io);
  });
}

/** Commander adds suggestions on a line of their own. */
function oneLine(text: string): string {
  return `${text.trim().replace(/\s*\n\s*/g, " ")}\n`;
}

/** Says what went wrong in words for people. @returns the exit code */
export function report(caught: unknown, io: IO): number {
  if (caught instanceof CommanderError) return caught.exitCode === 0 ? 0 : 2;
  if (caught instanceof Interrupted) return caught.exitCode;
  const error = isOutOfMemory(caught)
    ? new InputError("this takes more memory than there is: lower --hidden, --networks, --batch or --steps")
    : caught;
  const { message, stack } = error instanceof Error ? error : new Error(String(error));
  const label = pc.createColors(io.isTTY && pc.isColorSupported).red("error:");
  const known = error instanceof NumericalError || error instanceof DeviceError || error instanceof OutputError;
  if (error instanceof InputError) io.stderr(`${label} ${message.split("\n")[0]}\n`);
  else if (known) io.stderr(`${label} ${message.split("\n").slice(0, 5).join("\n")}\n`);
  else io.stderr(`${label} ${message.split("\n")[0]}\nThis is a bug: please report it, with what FLOSS_DEBUG=1 prints.\n`);
  if (process.env.FLOSS_DEBUG) io.stderr(`${stack}\n`);
  return error instanceof InputError ? 2 : 1;
}

/** What V8 says where an array is too long or does not fit. */
function isOutOfMemory(error: unknown): boolean {
  return error instanceof RangeError && /array length|allocation failed/i.test(error.message);
}
