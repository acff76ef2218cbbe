import { describe, expect, it } from "vitest";
import { type CellName, cells } from "../../src/cells/index";
import { randomFrame, randomModel, randomState } from "../../src/initialise";
import { stepJacobians } from "../../src/reference/step_jacobians";
import { walkForward } from "../../src/reference/walk_forward";

describe.each(Object.keys(cells) as CellName[])("stepJacobians of %s", (cell) => {
  it("their product is the derivative of the state after three steps by the first", () => {
    const N = 5;
    const T = 3;
    const D = cells[cell].states * N;
    const model = randomModel({ cell, hidden: N, inputs: 2, gain: 1.2, seed: 2 });
    const x = Float64Array.from({ length: T * 2 }, (_, i) => Math.sin(3 * i + 1));
    const h0 = Float64Array.from(randomState({ B: 1, D, seed: 1 }), (value) => 0.5 * value);
    const schedule = { T, warmup: 0, interval: 1 };
    const frame = Float64Array.from(randomFrame(D, 1, 1));
    const end = (start: Float64Array) => walkForward(model, x, start, frame, schedule).states[T];
    const [first, second, third] = stepJacobians(model, x, h0, T);
    const entry = (a: Float64Array, b: (j: number, k: number) => number) => (i: number, k: number) => {
      let sum = 0;
      for (let j = 0; j < D; j++) sum += a[i * D + j] * b(j, k);
      return sum;
    };
    const product = entry(
      third,
      entry(second, (j, k) => first[j * D + k]),
    );
    for (let k = 0; k < D; k++) {
      const moved = (by: number) => end(h0.map((value, i) => (i === k ? value + by : value)));
      const [up, down] = [moved(1e-5), moved(-1e-5)];
      for (let i = 0; i < D; i++) expect(product(i, k)).toBeCloseTo((up[i] - down[i]) / 2e-5, 8);
    }
  });
});
