import { afterEach, describe, expect, test, vi } from "vitest";
import { measureCeiling } from "../../src/bench/ceiling";
import { caseNames } from "../../src/verify/index";
import { floss } from "./helper";

vi.mock("../../src/bench/ceiling", async (original) => {
  const real = await original<typeof import("../../src/bench/ceiling")>();
  return { ...real, measureCeiling: vi.fn(real.measureCeiling) };
});
afterEach(() => vi.mocked(measureCeiling).mockClear());

describe("floss doctor", () => {
  test("names the adapters with limits and features, and what is missing", async () => {
    const { code, stdout } = await floss("doctor", "--json");
    expect(code).toBe(0);
    expect(stdout).toMatch(/^\{.*\}\n$/);
    const { adapters, findings, platform } = JSON.parse(stdout);
    expect(platform).toContain(process.platform);
    expect(adapters.length).toBeGreaterThan(0);
    expect(adapters[0].limits.maxBufferSize).toBeGreaterThanOrEqual(2 ** 28);
    for (const { ceiling_gflops, ceiling_gbytes_per_second } of adapters) {
      expect(ceiling_gflops).toBeGreaterThan(0);
      expect(ceiling_gbytes_per_second).toBeGreaterThan(0);
    }
    expect(new Set(adapters.map(({ name }: { name: string }) => name)).size).toBe(adapters.length);
    for (const { problem, remedy } of findings) expect(`${problem} ${remedy}`).toMatch(/\w+ \w+/);
  });

  test("tells the ceilings of every adapter, and what it measures where that takes long", async () => {
    const slow = () => new Promise<{ gflops: number; gbytes: number }>((done) => setTimeout(() => done({ gflops: 27.31, gbytes: 9.5 }), 1100));
    vi.mocked(measureCeiling).mockImplementationOnce(slow);
    const { code, stdout, stderr } = await floss("doctor", "--adapter", "software");
    expect(code).toBe(0);
    expect(stdout).toContain("at best, measured now: product 27.3 GFLOP/s, copy 9.50 GB/s");
    expect(stderr).toMatch(/^measuring the ceilings of \w+.*\n$/);
    vi.mocked(measureCeiling).mockImplementationOnce(slow);
    expect((await floss("doctor", "--adapter", "software", "--quiet")).stderr).toBe("");
  });

  test("reports the rest where the ceilings cannot be measured", async () => {
    vi.mocked(measureCeiling).mockRejectedValueOnce(new Error("device lost\nat some line"));
    const { code, stdout, stderr } = await floss("doctor", "--adapter", "software", "--json");
    expect([code, stderr]).toEqual([0, ""]);
    const { adapters, findings } = JSON.parse(stdout);
    expect(adapters[0]).toMatchObject({ ceiling_gflops: null, ceiling_gbytes_per_second: null, limits: { maxBufferSize: expect.any(Number) } });
    expect(findings.map(({ problem }: { problem: string }) => problem)).toContainEqual(
      expect.stringMatching(/^the ceilings of .* could not be measured: device lost$/),
    );
    vi.mocked(measureCeiling).mockRejectedValueOnce(new Error("device lost"));
    expect((await floss("doctor", "--adapter", "software")).stdout).toMatch(/at best: not measured, see below\n[\s\S]*note: the ceilings of /);
  });

  test("reports the rest where an adapter never answers", async () => {
    vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout"], shouldAdvanceTime: true });
    try {
      vi.mocked(measureCeiling).mockImplementationOnce(async () => {
        await Promise.resolve();
        vi.advanceTimersByTime(60_000);
        return new Promise(() => {});
      });
      const { code, stdout } = await floss("doctor", "--adapter", "software", "--quiet");
      expect(code).toBe(0);
      expect(stdout).toMatch(/note: the ceilings of .* could not be measured: no answer within 60 s\n/);
    } finally {
      vi.useRealTimers();
    }
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
