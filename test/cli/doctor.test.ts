import { describe, expect, test } from "vitest";
import { caseNames } from "../../src/verify/index";
import { floss } from "./helper";

describe("floss doctor", () => {
  test("names the adapters with limits and features, and what is missing", async () => {
    const { code, stdout } = await floss("doctor", "--json");
    expect(code).toBe(0);
    expect(stdout).toMatch(/^\{.*\}\n$/);
    const { adapters, findings, platform } = JSON.parse(stdout);
    expect(platform).toContain(process.platform);
    expect(adapters.length).toBeGreaterThan(0);
    expect(adapters[0].limits.maxBufferSize).toBeGreaterThanOrEqual(2 ** 28);
    expect(new Set(adapters.map(({ name }: { name: string }) => name)).size).toBe(adapters.length);
    for (const { problem, remedy } of findings) expect(`${problem} ${remedy}`).toMatch(/\w+ \w+/);
  });

  test("an adapter that is not there: the remedy, and exit code 2", async () => {
    const { code, stdout } = await floss("doctor", "--adapter", "nope");
    expect(code).toBe(2);
    expect(stdout).toContain("no adapter has 'nope' in its name");
  });

  test("--verify prints every case beside PyTorch's error", async () => {
    const { code, stdout } = await floss("doctor", "--verify", "--quiet");
    expect(code).toBe(0);
    for (const name of caseNames)
      expect(stdout).toMatch(new RegExp(`${name} +gradient +[\\d.]+e-\\d+ +[\\d.]+e-\\d+ +PyTorch +[\\d.]+e-\\d+ +passed`));
  });
});
