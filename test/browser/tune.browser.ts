import { expect, it } from "vitest";
import { adapterName, requestDevice, tune } from "../../src/index";

// In a page, on SwiftShader, whose profile has all knobs of the kernels. No time is asserted.

it("tunes a small size in a page: every variant computes what the default does", async () => {
  const device = await requestDevice(navigator.gpu);
  const row = { kind: "flossing", cell: "rnn", hidden: 9, k: 9, steps: 20, batch: 1, networks: 2 } as const;
  const told: string[] = [];
  const { variants, defaults, winner, gain } = await tune(device, row, { rounds: 2, budget: 6, onVariant: (doing) => told.push(doing) });
  expect(defaults).toMatchObject({ profile: "gpu", workgroup: 128, side: 32, panel: 16 });
  expect(told[0]).toBe("the default");
  const tried = variants.filter(({ difference }) => difference);
  console.log(
    `${adapterName(device)}: ${tried.length} of ${variants.length - 1} variants in time, winner ${JSON.stringify(winner)}, ${gain.toFixed(2)}`,
  );
  expect(tried.length).toBeGreaterThan(0);
  for (const { reason } of variants) expect(reason).toMatch(/^(default|faster|slower|within noise|much slower.*|not tried.*|not confirmed.*)$/);
  expect(gain === 1).toBe(Object.keys(winner).length === 0);
});
