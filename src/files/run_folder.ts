import {
  appendFileSync,
  closeSync,
  existsSync,
  fsyncSync,
  openSync,
  readdirSync,
  readFileSync,
  renameSync,
  truncateSync,
  unlinkSync,
  writeSync,
} from "node:fs";
import { hostname } from "node:os";
import { join } from "node:path";
import { InputError } from "../errors";
import { makeFolders, openOutput } from "./output";

/** Writes a whole file by rename. */
export function writeWhole(path: string, content: string | Uint8Array): void {
  openOutput(path).commit(typeof content === "string" ? new TextEncoder().encode(content) : content);
}

/** The folder of one network of a run. */
export function seedFolder(folder: string, seed: number): string {
  return join(folder, `seed-${seed}`);
}

/** Makes a folder, its parents too. @throws InputError */
export function makeFolder(path: string): void {
  try {
    makeFolders(path);
  } catch (error) {
    throw new InputError(`the folder ${path} cannot be made (${(error as NodeJS.ErrnoException).code}): choose another with -o`);
  }
}

/** The text of a file, undefined where there is none. */
export function readText(path: string): string | undefined {
  return existsSync(path) ? readFileSync(path, "utf8") : undefined;
}

/** Seeds of the folders of a run. */
export function seedsIn(folder: string): number[] {
  return readdirSync(folder)
    .flatMap((name) => /^seed-(\d+)$/.exec(name)?.slice(1).map(Number) ?? [])
    .sort((a, b) => a - b);
}

interface Lock {
  readonly host: string;
  readonly pid: number;
  /** When the process began, by the kernel's clock: process numbers are used again. */
  readonly start: string;
}

/**
 * Holds a run folder for this process; a lock that a dead process left is taken over.
 * @returns gives it free again
 * @throws InputError where a live process holds it
 */
export function lockFolder(folder: string): () => void {
  const path = join(folder, "lock.json");
  for (;;) {
    try {
      const file = openSync(path, "wx");
      writeSync(file, JSON.stringify({ host: hostname(), pid: process.pid, start: startOf(process.pid) } satisfies Lock));
      closeSync(file);
      break;
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== "EEXIST")
        throw new InputError(`${path} cannot be written (${(error as NodeJS.ErrnoException).code})`);
      const holder = holderOf(path);
      if (holder)
        throw new InputError(
          `${folder} is in use by process ${holder.pid} on ${holder.host}: wait for it, stop it, or choose another folder with -o`,
        );
      // Of two that find a dead one's lock, one wins the rename.
      try {
        renameSync(path, `${path}.${process.pid}`);
        unlinkSync(`${path}.${process.pid}`);
      } catch {}
    }
  }
  const free = () => {
    process.off("exit", free);
    try {
      unlinkSync(path);
    } catch {}
  };
  process.on("exit", free);
  return free;
}

/** Who holds a lock; undefined where that process is gone. */
function holderOf(path: string): Lock | undefined {
  let lock: Lock;
  try {
    lock = JSON.parse(readFileSync(path, "utf8")) as Lock;
  } catch {
    return undefined;
  }
  if (lock.host !== hostname()) return lock;
  return lock.start === startOf(lock.pid) ? lock : undefined;
}

function startOf(pid: number): string {
  try {
    // Field 22 of proc_pid_stat(5); the name in parentheses may hold spaces.
    return readFileSync(`/proc/${pid}/stat`, "utf8").split(") ").at(-1)?.split(" ")[19] ?? "";
  } catch {
    try {
      process.kill(pid, 0);
      return "";
    } catch (error) {
      return (error as NodeJS.ErrnoException).code === "EPERM" ? "" : "gone";
    }
  }
}

/** A file of lines that is only added to. */
export class LineFile {
  readonly #path: string;
  #lines: string[] = [];

  constructor(path: string) {
    this.#path = path;
  }

  /** Keeps the lines up to the last of which `keep` is true, drops the rest and half a line at the end. @returns the last kept */
  cut(keep: (line: Readonly<Record<string, unknown>>) => boolean): Readonly<Record<string, unknown>> | undefined {
    const text = readText(this.#path) ?? "";
    let length = 0;
    let last: Record<string, unknown> | undefined;
    for (const line of text.split("\n").slice(0, -1)) {
      const values = JSON.parse(line) as Record<string, unknown>;
      if (!keep(values)) break;
      last = values;
      length += Buffer.byteLength(line) + 1;
    }
    if (text) truncateSync(this.#path, length);
    return last;
  }

  add(line: Readonly<Record<string, unknown>>): void {
    this.#lines.push(`${JSON.stringify(line)}\n`);
  }

  /** Sends the lines to the file, and with `sync` to the disk. */
  flush(sync = false): void {
    if (this.#lines.length > 0) appendFileSync(this.#path, this.#lines.join(""));
    this.#lines = [];
    if (!sync || !existsSync(this.#path)) return;
    const file = openSync(this.#path, "r+");
    fsyncSync(file);
    closeSync(file);
  }
}
