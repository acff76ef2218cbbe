import { readFileSync, writeFileSync } from "node:fs";
import { expect, test } from "vitest";
import { floss, temporaryFolder } from "./helper";

// No time is asserted: only that what is printed hangs together.

const file = temporaryFolder();
const small = ["--hidden", "18", "--k", "17", "--steps", "19", "--rounds", "3"];

test("the dumped shader, as a variant of itself: the same bits, JSON on one line", async () => {
  const dumped = await floss("bench", "kernel", "adam", ...small, "--wgsl", file("adam.wgsl"), "--quiet");
  expect(dumped).toMatchObject({ code: 0, stdout: "" });
  expect(readFileSync(file("adam.wgsl"), "utf8")).toMatch(/^(enable[^/]*)?\/\/- profiles\/\w+\.wgsl\n[\s\S]*\/\/- adam\.wgsl\n/);
  const { code, stdout, stderr } = await floss("bench", "kernel", "adam", ...small, "--variant", file("adam.wgsl"), "--json");
  expect(code).toBe(0);
  expect(stdout).toMatch(/^\{.*\}\n$/);
  const report = JSON.parse(stdout);
  expect(report).toMatchObject({ kernel: "adam", hidden: 18, steps: 19, check_steps: 19, rounds: 3 });
  expect(report.variant).toMatchObject({ bitwise_equal: true, differing_numbers: 0, right: true });
  for (const name of ["ms", "ms_min", "gbytes_per_second", "share_of_ceiling"]) expect(report.in_use[name], name).toBeGreaterThan(0);
  expect(report.in_use.ms_min).toBeLessThanOrEqual(report.in_use.ms);
  expect(stderr).toContain("measuring the adapter's ceilings");
});

test("a wrong variant is told, exit code 1; one that does not fit its kernel ends with file and line, exit code 2", async () => {
  const text = readFileSync(file("adam.wgsl"), "utf8");
  const race = async (name: string, code: string, ...more: string[]) => {
    writeFileSync(file(name), code);
    return floss("bench", "kernel", "adam", ...small, "--variant", file(name), "--quiet", ...more);
  };
  const wrong = await race("wrong.wgsl", text.replace("params.epsilon)", "1e-3)"));
  expect(wrong.code).toBe(1);
  expect(wrong.stdout).toMatch(/WRONG: .*wrong\.wgsl is further/);
  const line = (needle: string) => text.slice(0, text.indexOf(needle)).split("\n").length;
  const broken = await race("broken.wgsl", text.replace("let rate = ", "let rate = nothing + "));
  expect(broken.code).toBe(2);
  expect(broken.stderr).toMatch(new RegExp(`broken\\.wgsl:${line("let rate = ")} \\(adam\\.wgsl:\\d+\\): .*nothing`));
  const other = await race("other.wgsl", text.replace("var<storage, read> gradient", "var<storage, read_write> gradient"));
  expect(other).toMatchObject({
    code: 2,
    stderr: expect.stringMatching(/other\.wgsl:\d+ .*binding 1 is gradient, storage that is written; in adam it is/),
  });
  const none = await floss("bench", "kernel", "adam", "--variant", file("none.wgsl"));
  expect(none).toMatchObject({ code: 2, stderr: expect.stringContaining("--wgsl") });
  const few = await floss("bench", "kernel", "train_forward", "--hidden", "8", "--check-steps", "1", "--quiet");
  expect(few).toMatchObject({ code: 2, stdout: "", stderr: "error: --check-steps 1: the task that train_forward is compared on needs at least 2\n" });
  expect(await floss("bench", "kernel", "qr")).toMatchObject({ code: 2 });
});

test("a shader that was made for other sizes is refused", async () => {
  await floss("bench", "kernel", "train_update", "--hidden", "18", "--wgsl", file("update.wgsl"), "--quiet");
  const { code, stderr } = await floss("bench", "kernel", "train_update", "--hidden", "20", "--variant", file("update.wgsl"), "--quiet");
  expect(code).toBe(2);
  expect(stderr).toMatch(/made for other sizes \(N = 18u, the sizes asked for need 20u\)/);
});
