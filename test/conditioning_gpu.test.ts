import { describe, expect, it } from "vitest";
import { type CellName, cells } from "../src/cells/index";
import { longTermJacobians } from "../src/conditioning";
import { sweepLongTermJacobians } from "../src/conditioning_gpu";
import { drawInputs, randomModel, randomState } from "../src/initialise";
import { testDevice } from "./helpers/device";

const T = 32;

function problem(cell: CellName, N: number, network: number) {
  const model = randomModel({ cell, hidden: N, inputs: 2, gain: cell === "rnn" ? 1 : 0.9, seed: 5, network });
  const x = drawInputs("bernoulli", { B: 1, T, S: 2, seed: 1, network });
  return { model, trajectory: { x, h0: randomState({ B: 1, D: N, seed: 2, network }) } };
}

describe("sweepLongTermJacobians", () => {
  // The ReLU's D_t have zero rows.
  it.each(["rnn", "rnn_identity"] as const)("agrees with the sweeps in float64 for several networks of %s", async (cell) => {
    const all = [0, 1].map((network) => problem(cell, 19, network));
    const found = await sweepLongTermJacobians(
      await testDevice(),
      all.map(({ model }) => model),
      (m) => all[m].trajectory,
      T,
      { sweeps: 24 },
    );
    for (const [m, { logs }] of found.entries()) {
      const [exact] = longTermJacobians(all[m].model, { ...all[m].trajectory, T }, { sweeps: 400 });
      const worst = Math.max(...logs.map((value, i) => Math.abs(value - exact.logs[i])));
      expect(exact.logs[0] - exact.logs[18]).toBeGreaterThan(cell === "rnn" ? 45 : 20);
      // Of logarithms that span 20 or more: 0.05 is 0.02 decades of a condition number.
      expect(worst).toBeLessThan(0.05);
    }
  });

  it("refuses gated cells and one step", async () => {
    const device = await testDevice();
    const gated = (Object.keys(cells) as CellName[]).filter((name) => !cells[name].closed);
    expect(gated.length).toBeGreaterThan(0);
    for (const cell of gated) {
      const { model, trajectory } = problem(cell, 5, 0);
      await expect(sweepLongTermJacobians(device, [model], () => trajectory, T)).rejects.toThrow("vanilla cells");
    }
    const { model, trajectory } = problem("rnn", 5, 0);
    await expect(sweepLongTermJacobians(device, [model], () => trajectory, 1)).rejects.toThrow("at least 2 steps");
  });
});
