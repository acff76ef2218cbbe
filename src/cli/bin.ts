#!/usr/bin/env node
import { processIO, report, run } from "./main";

// A reader that has seen enough (`| head`) is no failure.
process.stdout.on("error", () => process.exit(0));
// What no command waited for is told like everything else; files under way are discarded at exit.
process.on("uncaughtException", (error) => process.exit(report(error, processIO())));
const code = await run(process.argv.slice(2));
// Dawn's threads would keep the process: leave as soon as everything is written.
process.stdout.write("", () => process.exit(code));
