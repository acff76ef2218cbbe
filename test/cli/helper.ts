import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll } from "vitest";
import { run } from "../../src/cli/main";

export interface Outcome {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

/** Runs `floss` with these arguments in this process. */
export async function floss(...argv: string[]): Promise<Outcome> {
  let stdout = "";
  let stderr = "";
  const io = {
    stdout: (text: string) => {
      stdout += text;
    },
    stderr: (text: string) => {
      stderr += text;
    },
    isTTY: false,
  };
  const code = await run(argv, io);
  return { code, stdout, stderr };
}

/** The path of a file in a folder that is there for one test file. */
export function temporaryFolder(): (name: string) => string {
  const folder = mkdtempSync(join(tmpdir(), "floss-test-"));
  afterAll(() => rmSync(folder, { recursive: true }));
  return (name) => join(folder, name);
}

/** The path of an accuracy case's file. */
export function caseFile(name: string): string {
  return new URL(`../cases/${name}.safetensors`, import.meta.url).pathname;
}
