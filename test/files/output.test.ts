import { chmodSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { InputError } from "../../src/errors";
import { makeFolders, openOutput } from "../../src/files/output";

let folder: string;
const text = (content: string) => new TextEncoder().encode(content);
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "floss-output-"));
});
afterEach(() => rmSync(folder, { recursive: true }));

test("the file is there only when it is whole", () => {
  const path = join(folder, "out");
  writeFileSync(path, "old");
  const output = openOutput(path);
  output.write(text("new "));
  expect(readFileSync(path, "utf8")).toBe("old");
  output.commit(text("content"));
  output.discard();
  expect(readFileSync(path, "utf8")).toBe("new content");
  expect(readdirSync(folder)).toEqual(["out"]);
});

test("nothing is left of what was discarded", () => {
  const listeners = process.listenerCount("exit");
  const output = openOutput(join(folder, "out"));
  output.write(text("half"));
  output.discard();
  expect(readdirSync(folder)).toEqual([]);
  expect(process.listenerCount("exit")).toBe(listeners);
});

test("folders are made with their parents; a place for none is told with its code, also where Node's own mkdir would not return", () => {
  makeFolders(join(folder, "a", "b", "c"));
  makeFolders(join(folder, "a", "b"));
  expect(readdirSync(join(folder, "a", "b"))).toEqual(["c"]);
  writeFileSync(join(folder, "file"), "");
  symlinkSync("nowhere", join(folder, "link"));
  const codeOf = (path: string) => {
    try {
      makeFolders(path);
      return "made";
    } catch (error) {
      return (error as NodeJS.ErrnoException).code;
    }
  };
  expect(codeOf(join(folder, "file"))).toBe("ENOTDIR");
  expect(codeOf(join(folder, "file", "x", "y"))).toBe("ENOTDIR");
  expect(codeOf(join(folder, "link"))).toBe("ENOTDIR");
  if (process.platform === "linux") expect(codeOf("/proc/x/y")).toBe("ENOENT");
});

test("a link stays one", () => {
  writeFileSync(join(folder, "target"), "old");
  symlinkSync("target", join(folder, "link"));
  openOutput(join(folder, "link")).commit(text("new"));
  expect(readFileSync(join(folder, "target"), "utf8")).toBe("new");
  expect(readdirSync(folder).sort()).toEqual(["link", "target"]);
});

test("places that cannot be written are refused", () => {
  mkdirSync(join(folder, "sub"));
  writeFileSync(join(folder, "file"), "");
  for (const path of ["sub", "missing/out", "file/out"]) expect(() => openOutput(join(folder, path), "--output")).toThrow(InputError);
  expect(() => openOutput("/dev/null")).toThrow(/not an ordinary file/);
  expect(readdirSync(join(folder, "sub"))).toEqual([]);
});

test.skipIf(process.getuid?.() === 0)("a folder without permission is refused", () => {
  mkdirSync(join(folder, "sub"));
  chmodSync(join(folder, "sub"), 0o500);
  expect(() => openOutput(join(folder, "sub", "out"))).toThrow(/EACCES/);
});
