import { existsSync, readdirSync, readFileSync, rmSync, statSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { floss, temporaryFolder } from "./helper";

const file = temporaryFolder();
const tiny = (folder: string) => [
  "figure",
  "1b",
  "--networks",
  "2",
  "--epochs",
  "3",
  "--hidden",
  "8",
  "--steps",
  "40",
  "-o",
  file(folder),
  "--quiet",
];
const training = ["--delays", "4", "--hidden", "8", "--steps", "12", "--networks", "2", "--epochs", "6", "--quiet"];
const read = (folder: string, name: string) => readFileSync(join(file(folder), name), "utf8");

describe("floss figure", () => {
  test("writes data, pictures and a verdict that two networks cannot pass: exit code 1", async () => {
    const { code, stdout } = await floss(...tiny("control"), "--json");
    expect(code).toBe(1);
    const { figures } = JSON.parse(stdout);
    expect(figures).toHaveLength(1);
    expect(figures[0]).toMatchObject({ figure: "1b", scale: "quick", pass: false });
    expect(figures[0].verdicts).toHaveLength(3);
    // Two pairs of signs: 1/4 at best.
    for (const { pass, p } of figures[0].verdicts) expect([pass, p >= 0.25]).toEqual([false, true]);
    expect(readdirSync(file("control")).sort()).toEqual(["data.json", "figure.png", "figure.svg", "figure.yaml", "parts"]);
    expect(read("control", "figure.svg")).toContain("first exponent λ₁ (nats per step)");
    expect(read("control", "figure.yaml")).toContain("hidden: 8");
  });

  test("keeps parts that are done, computes missing ones again to the same bits, and refuses another figure", async () => {
    const part = join(file("control"), "parts", "flossed.json");
    const { mtimeMs } = statSync(part);
    const before = JSON.parse(readFileSync(part, "utf8")).result;
    expect((await floss(...tiny("control"))).code).toBe(1);
    expect(statSync(part).mtimeMs).toBe(mtimeMs);
    rmSync(part);
    expect((await floss(...tiny("control"))).code).toBe(1);
    expect(JSON.parse(readFileSync(part, "utf8")).result).toEqual(before);
    const other = await floss(...tiny("control"), "--seed", "4");
    expect(other).toMatchObject({ code: 2, stderr: expect.stringContaining("seed (0 there, 4 here)") });
  });

  test("of training runs: every run a folder of floss train, resumed where it is unfinished", async () => {
    const argv = ["figure", "3", ...training, "-o", file("training")];
    const { code, stdout } = await floss(...argv);
    expect(code).toBe(1);
    expect(stdout).toContain("FAIL  copy, real numbers, d = 4: the final loss is lower with flossing before training.");
    const runs = readdirSync(join(file("training"), "runs"));
    expect(runs).toHaveLength(4);
    expect(runs).toContain("xor-real-d4-pre");
    const data = JSON.parse(read("training", "data.json"));
    expect(data.plot.panels[0].finals).toHaveLength(2);
    rmSync(join(file("training"), "runs", "copy-real-d4-pre", "seed-1", "summary.json"));
    rmSync(join(file("training"), "runs", "xor-real-d4-none"), { recursive: true });
    await floss(...argv);
    const again = JSON.parse(read("training", "data.json"));
    expect({ ...again, seconds: 0 }).toEqual({ ...data, seconds: 0 });
  });

  test("at paper scale says beforehand how long it will take", async () => {
    const argv = tiny("paper").filter((option) => option !== "--quiet");
    const { stderr } = await floss(...argv, "--scale", "paper");
    expect(stderr).toMatch(/note: figure 1b at paper scale: 1 part to compute, about \d+ s on \S/);
    // Nothing is left to be told of.
    expect((await floss(...argv, "--scale", "paper")).stderr).not.toContain("to compute");
  });

  test("refuses what makes no sense", async () => {
    expect(await floss("figure", "7")).toMatchObject({ code: 2, stderr: expect.stringContaining("1b") });
    expect(await floss("figure", "1b", "--delays", "4", "-o", file("x"))).toMatchObject({ code: 2, stderr: expect.stringContaining("no delays") });
    expect(await floss("figure", "all", "--epochs", "4", "-o", file("y"))).toMatchObject({
      code: 2,
      stderr: expect.stringContaining("for one figure"),
    });
    const odd = await floss("figure", "4", ...training, "--delays", "3", "-o", file("z"));
    expect(odd).toMatchObject({ code: 2, stderr: expect.stringContaining("must be even") });
  });
});

describe("floss plot", () => {
  test("draws saved figures and runs again, and writes the page", async () => {
    for (const name of ["figure.svg", "figure.png"]) rmSync(join(file("training"), name));
    rmSync(join(file("training"), "runs", "copy-real-d4-none", "curves.svg"));
    const page = file("page/results.md");
    const { code } = await floss("plot", file("control"), file("training"), join(file("training"), "runs"), "--page", page);
    expect(code).toBe(0);
    expect(existsSync(join(file("training"), "figure.png"))).toBe(true);
    expect(existsSync(join(file("training"), "runs", "copy-real-d4-none", "curves.svg"))).toBe(true);
    const text = readFileSync(page, "utf8");
    expect(text).toContain("## Fig. 1B");
    expect(text).toContain("0.478");
    expect(text.indexOf("## Fig. 1B")).toBeLessThan(text.indexOf("## Fig. 3"));
    for (const [, picture] of text.matchAll(/!\[.*?\]\((.*?)\)/g)) expect(existsSync(join(file("page"), picture)), picture).toBe(true);
  });

  test("refuses folders with nothing to draw", async () => {
    expect(await floss("plot", file("none"))).toMatchObject({ code: 2, stderr: expect.stringContaining("no folder") });
    expect(await floss("plot", "package.json")).toMatchObject({ code: 2, stderr: expect.stringContaining("package.json is a file") });
    const only = await floss("plot", join(file("training"), "runs"), "--page", file("p.md"));
    expect(only).toMatchObject({ code: 2, stderr: expect.stringContaining("no finished figure") });
  });
});
