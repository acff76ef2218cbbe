import { describe, expect, it } from "vitest";
import { participationRatio } from "../../src/experiments/effective_dimension";
import { pairedVerdict, signedRank, slope, summarise } from "../../src/experiments/statistics";

describe("signedRank", () => {
  // Counted by hand: choices of signs with a rank sum at least as large.
  it.each([
    [[1, 2, 3, 4, 5], 1 / 32],
    [[-1, -2, -3, -4, -5], 1],
    [[-1, 2, 3, 4, 5], 2 / 32],
    [[1, -2, 3, 4, 5], 3 / 32],
    [[3, -1, 2, -4], 9 / 16],
  ])("of %j is exact", (differences, p) => {
    expect(signedRank(differences)).toBeCloseTo(p, 12);
  });

  it("shares the ranks of ties: all signs of two equal differences", () => {
    expect(signedRank([1, 1])).toBe(1 / 4);
    expect(signedRank([1, -1])).toBe(3 / 4);
  });

  it("zeros take ranks and no side", () => {
    // Ranks 2 and 3 are left: the sum 5 is seen with one of four choices.
    expect(signedRank([0, 1, 2])).toBe(1 / 4);
    expect(signedRank([0, 0])).toBe(1);
  });

  it("never passes where a number is missing, or nothing was measured", () => {
    expect(signedRank([1, 2, 3, 4, 5, 6, Number.NaN])).toBe(1);
    expect(signedRank([])).toBe(1);
  });
});

describe("verdicts", () => {
  it("pass and fail by the test", () => {
    expect(pairedVerdict("a > b", [1, 2, 3, 4, 5], "")).toMatchObject({ pass: true, p: 1 / 32, n: 5 });
    expect(pairedVerdict("a > b", [1, 2, 3, 4], "")).toMatchObject({ pass: false, p: 1 / 16 });
    expect(pairedVerdict("a > b", [-1, 2, 3, 4, 5], "x").numbers).toContain("holds in 4 of 5 networks");
  });

  it("slopes and quartiles are those of the textbooks", () => {
    expect(
      slope([
        [0, 1],
        [1, 3],
        [2, 5],
      ]),
    ).toBeCloseTo(2, 12);
    expect(summarise([1, 2, 3, 4, 100]).median).toBe(3);
  });

  it("the participation ratio counts equal directions, however small", () => {
    expect(participationRatio([3e-30, 3e-30, 3e-30])).toBeCloseTo(3, 12);
    expect(participationRatio([1, 0, 0])).toBe(1);
  });
});
