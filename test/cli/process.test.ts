import { spawn } from "node:child_process";
import { existsSync, readFileSync } from "node:fs";
import { setTimeout as delay } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { describe, expect, test } from "vitest";
import { readSafetensors } from "../../src/files/safetensors";
import { caseFile, type Outcome, temporaryFolder } from "./helper";

const file = temporaryFolder();
/** What `npm run build` makes, and the package's bins name. */
const cli = fileURLToPath(new URL("../../dist/cli.js", import.meta.url));
const model = caseFile("rnn-small");

/** Runs the built program, and sends a signal when it has named its adapter. */
async function floss(argv: readonly string[], signal?: NodeJS.Signals): Promise<Outcome> {
  const child = spawn(process.execPath, [cli, ...argv], { stdio: ["ignore", "pipe", "pipe"] });
  const out: Record<"stdout" | "stderr", string> = { stdout: "", stderr: "" };
  for (const name of ["stdout", "stderr"] as const) child[name].on("data", (data) => (out[name] += data));
  const closed = new Promise<number>((resolve) => child.on("close", (code) => resolve(code ?? -1)));
  if (signal) {
    while (!out.stderr.includes("adapter:") && child.exitCode === null) await delay(20);
    child.kill(signal);
  }
  return { code: await closed, ...out };
}

describe.skipIf(!existsSync(cli))("the built program", () => {
  test("help comes at once", async () => {
    const start = performance.now();
    const { code, stdout, stderr } = await floss(["--help"]);
    expect({ code, stderr }).toEqual({ code: 0, stderr: "" });
    expect(stdout).toMatch(/^Usage: floss/);
    // 0.15 s on a quiet machine; it loads no GPU and no plots.
    expect(performance.now() - start).toBeLessThan(1500);
  });

  test("--json is one line on stdout, the adapter on stderr", async () => {
    const { code, stdout, stderr } = await floss(["spectrum", model, "--json"]);
    expect(code).toBe(0);
    expect(stdout).toMatch(/^\{[^\n]*\}\n$/);
    expect(JSON.parse(stdout)).toMatchObject({ cell: "rnn", hidden: 8, k: 8 });
    expect(stderr).toMatch(/^adapter: /m);
  });

  test.each([
    ["usage", ["spectrum", model, "--k", "99"], 2],
    ["a network that diverges", ["floss", ..."--hidden 8 --steps 40 --k 4 --epochs 9 --lr 1e30 -o".split(" "), file("wild")], 1],
  ])("exit code: %s", async (_, argv, expected) => {
    const { code, stdout, stderr } = await floss([...argv, "--quiet"]);
    expect({ code, stdout }).toEqual({ code: expected, stdout: "" });
    expect(stderr).toMatch(/^error: /m);
    expect(stderr).not.toMatch(/^ +at /m);
  });

  test.each([
    ["SIGINT", 130],
    ["SIGTERM", 143],
  ] as const)("%s saves the network", async (name, expected) => {
    const out = file(name);
    const argv = ["floss", ..."--hidden 8 --steps 40 --k 4 --epochs 10000000 --json -o".split(" "), out];
    const { code, stdout } = await floss(argv, name);
    expect(code).toBe(expected);
    expect(JSON.parse(stdout).epochs).toBeLessThan(10000000);
    expect(readSafetensors(readFileSync(out), out).tensors.has("weight_hh_l0")).toBe(true);
  });
});
