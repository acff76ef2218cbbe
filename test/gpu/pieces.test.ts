import { describe, expect, it } from "vitest";
import { FIRST_WORK, Pieces, pieceWork } from "../../src/gpu/pieces";
import type { Plan, Step } from "../../src/gpu/plan";

/** Records names of steps; the submissions are lists of them. */
function recorded(most: number, record: (pieces: Pieces, plan: (name: string, works: (number | "copy" | "idle")[]) => Plan) => void) {
  const submitted: string[][] = [];
  const queue = { submit: ([names]: string[][]) => submitted.push(names) };
  const createCommandEncoder = () => {
    const names: string[] = [];
    return { names, finish: () => names };
  };
  const pieces = new Pieces({ queue, createCommandEncoder } as unknown as GPUDevice, "test", most);
  const plan = (label: string, works: (number | "copy" | "idle")[]): Plan => ({
    label,
    steps: works.map((work) => {
      if (work === "copy") return { copies: [] };
      return work === "idle" ? ({ work: 1000, idle: () => true } as unknown as Step) : ({ work } as Step);
    }),
    encode(encoder, { from = 0, to = works.length } = {}) {
      for (let i = from; i < to; i++) (encoder as unknown as { names: string[] }).names.push(`${label}${i}`);
    },
  });
  record(pieces, plan);
  return { submitted, total: pieces.end() };
}

describe("pieces", () => {
  it("are cut where the work would pass the most, across plans; copies and idle dispatches count nothing; nothing is lost", () => {
    const { submitted, total } = recorded(10, (pieces, plan) => {
      pieces.add(plan("a", [4, 4, "copy", 4, 25, 1, "idle", 1]));
      pieces.add(plan("b", [7, 2, 0]));
    });
    expect(submitted).toEqual([["a0", "a1", "a2"], ["a3"], ["a4"], ["a5", "a6", "a7", "b0"], ["b1", "b2"]]);
    expect(total).toBe(4 * 3 + 25 + 1 + 1 + 7 + 2);
  });

  it("small work is one submission, with what is recorded between and after plans", () => {
    const { submitted } = recorded(10, (pieces, plan) => {
      pieces.add(plan("a", [4]));
      (pieces.encoder as unknown as { names: string[] }).names.push("between");
      pieces.add(plan("b", [6]));
      (pieces.encoder as unknown as { names: string[] }).names.push("after");
    });
    expect(submitted).toEqual([["a0", "between", "b0", "after"]]);
  });

  it("have the work of 150 ms, or of the latency; a counted one before a time is known", () => {
    expect(pieceWork("gpu", 1000, 600)).toBe(250);
    expect(pieceWork("gpu", 1000, 600, 250)).toBe(250);
    expect(pieceWork("cpu", 1000, 600, 60)).toBe(100);
    expect(pieceWork("cpu", 0, 0)).toBe(FIRST_WORK.cpu);
    expect(pieceWork("gpu", 0, 0, 1)).toBe(FIRST_WORK.gpu);
  });
});
