import { describe, expect, it } from "vitest";
import { drawTask } from "../src/reference/draw_task";
import { createTask, type TaskOptions } from "../src/tasks/index";

const options: TaskOptions = { steps: 50, delay: 8, depth: 1, referenceLabels: false };
const draw = (task: ReturnType<typeof createTask>) => drawTask(task, { B: 3, T: 50, seed: 1, epoch: 2, name: "input" });
const column = (values: Float32Array, b: number, width: number, s = 0) => Array.from({ length: 50 }, (_, t) => values[(b * 50 + t) * width + s]);

describe("tasks", () => {
  it.each([
    ["copy", 8, (x: number[], t: number) => x[t - 8]],
    ["xor", 8, (x: number[], t: number) => x[t - 4] ^ x[t - 8]],
  ] as const)("%s: every counted target follows from the inputs that the network saw", (name, scored, rule) => {
    const task = createTask(name, options);
    const { x, y } = draw(task);
    expect(task.scored).toBe(scored);
    for (let b = 0; b < 3; b++) {
      const [bits, targets] = [column(x, b, 1), column(y, b, 1)];
      for (let t = task.scored; t < 50; t++) expect(targets[t]).toBe(rule(bits, t));
      expect(new Set(bits)).toEqual(new Set([0, 1]));
    }
  });

  it("xor-tree of depth 2 is the parity of four taps; of depth 1 it is xor with d = 2Δ, number by number", () => {
    const tree = draw(createTask("xor-tree", { ...options, delay: 3, depth: 2 }));
    const [bits, targets] = [column(tree.x, 1, 1), column(tree.y, 1, 1)];
    for (let t = 12; t < 50; t++) expect(targets[t]).toBe(bits[t - 3] ^ bits[t - 6] ^ bits[t - 9] ^ bits[t - 12]);
    expect(draw(createTask("xor-tree", { ...options, delay: 4 }))).toEqual(draw(createTask("xor", options)));
  });

  it("real numbers are folded from the oldest", () => {
    const { x, y } = draw(createTask("xor-real", options));
    const [numbers, targets] = [column(x, 0, 1), column(y, 0, 1)];
    for (let t = 8; t < 50; t++) expect(targets[t]).toBeCloseTo(Math.abs(numbers[t - 8] - numbers[t - 4]), 7);
  });

  it("xor-spatial: three channels, of which the network sees a third", () => {
    const { x, y } = draw(createTask("xor-spatial", options));
    const targets = column(y, 2, 1);
    const [a, b, c] = [0, 1, 2].map((s) => column(x, 2, 3, s).map((value) => Math.round(3 * value)));
    for (let t = 8; t < 50; t++) expect(targets[t]).toBe(a[t - 8] ^ b[t - 8] ^ c[t - 8]);
    expect(new Set(column(x, 2, 3))).toEqual(new Set([0, Math.fround(1 / 3)]));
  });

  it("adding: one mark in each half, the target at the last step", () => {
    const task = createTask("adding", { ...options, delay: undefined });
    const { x, y } = draw(task);
    expect(task.scored).toBe(49);
    for (let b = 0; b < 3; b++) {
      const [numbers, marks] = [column(x, b, 2), column(x, b, 2, 1)];
      const at = marks.flatMap((mark, t) => (mark === 1 ? [t] : []));
      expect(at.map((t) => t < 25)).toEqual([true, false]);
      expect(column(y, b, 1)[49]).toBeCloseTo(numbers[at[0]] + numbers[at[1]], 6);
    }
  });

  it("the paper's first counted step has a label that no network can know", () => {
    expect(createTask("xor", { ...options, referenceLabels: true }).scored).toBe(7);
    const { x, y } = draw(createTask("xor", { ...options, referenceLabels: true }));
    const seen = [0, 1, 2].map((b) => [column(y, b, 1)[7], column(x, b, 1)[3]]);
    // Tap d lies one step before the sequence.
    expect(seen.every(([target, known]) => target === 0 || target === 1 || known === -1)).toBe(true);
  });

  it.each([
    ["xor", { delay: 7 }, "even"],
    ["copy", { delay: 50 }, "lower --delay"],
    ["copy", { delay: undefined }, "give --delay"],
    ["adding", { delay: 5 }, "no delay"],
    ["xor-tree", { depth: 4 }, "looks 128 steps back"],
    ["sort", {}, "no task 'sort'"],
  ] as const)("%s with %o is refused: %s", (name, change, message) => {
    expect(() => createTask(name, { ...options, ...change })).toThrow(message);
  });
});
