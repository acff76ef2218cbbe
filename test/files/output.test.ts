import { chmodSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { InputError } from "../../src/errors";
import { openOutput } from "../../src/files/output";

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
