import { randomBytes } from "node:crypto";
import { closeSync, fsyncSync, mkdirSync, openSync, realpathSync, renameSync, type Stats, statSync, unlinkSync, writeSync } from "node:fs";
import { basename, dirname, join, resolve } from "node:path";
import { InputError } from "../errors";

/** A file that appears whole or not at all. */
export interface Output {
  readonly path: string;
  /** Adds to the temporary file. */
  write(bytes: Uint8Array): void;
  /** Adds `bytes`, makes sure that all is on the disk, and gives the file its name. */
  commit(bytes?: Uint8Array): void;
  /** Leaves nothing behind; does nothing after `commit`. */
  discard(): void;
}

/**
 * Opens a temporary file beside `path`, before a run begins, so that no run ends at a path that cannot be written.
 * @param option what messages call the path
 * @throws InputError
 */
export function openOutput(path: string, option = "the output"): Output {
  checkPlace(path, option);
  // A link stays a link: what it points to is replaced.
  const target = statOf(path) ? realpathSync(path) : path;
  const temporary = join(dirname(target), `.${basename(target)}.${process.pid}.${randomBytes(4).toString("hex")}.tmp`);
  const file = openNew(temporary, `${option} ${path}`);
  let open = true;
  const close = () => {
    open = false;
    process.off("exit", discard);
    closeSync(file);
  };
  const discard = () => {
    if (!open) return;
    close();
    unlinkSync(temporary);
  };
  process.on("exit", discard);
  return {
    path,
    write: (bytes) => writeAll(file, bytes),
    commit(bytes = new Uint8Array()) {
      if (!open) throw new Error(`${path} is closed already`);
      try {
        writeAll(file, bytes);
        fsyncSync(file);
        renameSync(temporary, target);
      } catch (error) {
        discard();
        throw new OutputError(`${option} ${path} could not be written (${(error as NodeJS.ErrnoException).code})`);
      }
      close();
    },
    discard,
  };
}

/**
 * Makes a folder, its parents too, where it is not there. Step by step: Node's own `recursive` never returns where a file system
 * says ENOENT of a folder whose parent is there, as /proc does.
 * @throws the file system's error
 */
export function makeFolders(path: string): void {
  const missing: string[] = [];
  for (let folder = resolve(path); !statOf(folder) && dirname(folder) !== folder; folder = dirname(folder)) missing.unshift(folder);
  for (const folder of missing) {
    try {
      mkdirSync(folder);
    } catch (error) {
      // Another process was quicker.
      if ((error as NodeJS.ErrnoException).code !== "EEXIST") throw error;
    }
  }
  if (!statOf(path)?.isDirectory()) throw Object.assign(new Error(`${path} is not a folder`), { code: "ENOTDIR" });
}

function openNew(temporary: string, what: string): number {
  try {
    return openSync(temporary, "wx");
  } catch (error) {
    throw new InputError(`${what} cannot be written (${(error as NodeJS.ErrnoException).code}): choose another path`);
  }
}

/** The disk failed a run that was well under way: not bad input. */
export class OutputError extends Error {
  override readonly name = "OutputError";
}

function writeAll(file: number, bytes: Uint8Array): void {
  for (let at = 0; at < bytes.length; ) at += writeSync(file, bytes, at);
}

function statOf(path: string): Stats | undefined {
  try {
    return statSync(path);
  } catch {
    return undefined;
  }
}

function checkPlace(path: string, option: string): void {
  const there = statOf(path);
  if (there?.isDirectory()) throw new InputError(`${option} ${path} is a folder: give the path of a file`);
  if (there && !there.isFile()) throw new InputError(`${option} ${path} is not an ordinary file: choose another path`);
  const folder = dirname(path);
  const parent = statOf(folder);
  if (!parent) throw new InputError(`${option} ${path} cannot be written: there is no folder ${folder}; make it first`);
  if (!parent.isDirectory()) throw new InputError(`${option} ${path} cannot be written: ${folder} is not a folder`);
}
