#!/usr/bin/env node
import { run } from "./main";

// A reader that has seen enough (`| head`) is no failure.
process.stdout.on("error", () => process.exit(0));
const code = await run(process.argv.slice(2));
// Dawn's threads would keep the process: leave as soon as everything is written.
process.stdout.write("", () => process.exit(code));
