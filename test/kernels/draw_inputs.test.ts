import { describe, expect, it } from "vitest";
import { createStorage, download } from "../../src/gpu/buffer";
import { createKernel } from "../../src/gpu/kernel";
import { createParams } from "../../src/gpu/params";
import { createPlan } from "../../src/gpu/plan";
import { drawGroups, drawInputsKernel, drawParams, drawPlaces, drawValues } from "../../src/kernels/draw_inputs";
import type { Sizes } from "../../src/kernels/sizes";
import { drawInputs } from "../../src/reference/draw_inputs";
import { testDevice } from "../helpers/device";

type Kind = "bernoulli" | "gaussian";

async function draw(kind: Kind, sizes: Sizes, seed: number, epoch: number, profile: "cpu" | "gpu", most?: number): Promise<Float32Array> {
  const device = await testDevice();
  const kernel = await createKernel(device, drawInputsKernel(sizes, profile));
  const params = createParams(device, "draw_inputs.params", drawParams, 1);
  params.write(0, drawValues(sizes, { kind, seed }, epoch));
  params.flush();
  const inputs = createStorage(device, "inputs", new Float32Array(sizes.M * sizes.B * sizes.T * sizes.S).fill(Number.NaN));
  const places = createStorage(device, "places", drawPlaces(sizes, seed));
  const group = kernel.bind({ params: params.buffer, places: places.buffer, inputs: inputs.buffer });
  const encoder = device.createCommandEncoder();
  createPlan(device, "draw", [{ kernel, group, offset: 0, workgroups: drawGroups(sizes, profile, most) }]).encode(encoder);
  device.queue.submit([encoder.finish()]);
  const [data] = await download(device, [{ source: inputs }]);
  for (const owner of [params, places, inputs]) owner.destroy();
  return new Float32Array(data, 0, inputs.length);
}

function expected(kind: Kind, { M, B, T, S }: Sizes, seed: number, epoch: number): Float32Array {
  const networks = Array.from({ length: M }, (_, network) => drawInputs(kind, { B, T, S, seed, network, epoch }));
  return Float32Array.from(networks.flatMap((values) => [...values]));
}

const sizes = [
  { cell: "rnn", M: 3, B: 2, T: 7, S: 3, N: 5, K: 2, warmup: 0 },
  { cell: "rnn", M: 1, B: 1, T: 1, S: 1, N: 5, K: 2, warmup: 0 },
  { cell: "rnn", M: 2, B: 3, T: 401, S: 5, N: 5, K: 2, warmup: 0 },
] as const;

describe.each(["cpu", "gpu"] as const)("%s profile", (profile) => {
  it.each(sizes)("bernoulli: bits as on the host, M=$M B=$B T=$T S=$S", async (size) => {
    for (const [seed, epoch] of [
      [0, 0],
      [2 ** 40 + 17, 5],
    ])
      expect(await draw("bernoulli", size, seed, epoch, profile)).toEqual(expected("bernoulli", size, seed, epoch));
  });

  it("bits as on the host where blocks are dealt round to fewer workgroups than there are", async () => {
    const size = sizes[2];
    expect(drawGroups(size, profile)[0]).toBeGreaterThan(3);
    expect(await draw("bernoulli", size, 5, 2, profile, 3)).toEqual(expected("bernoulli", size, 5, 2));
  });

  it.each(sizes)("gaussian: within 1e-5 of the host, M=$M B=$B T=$T S=$S", async (size) => {
    const [values, exact] = [await draw("gaussian", size, 3, 11, profile), expected("gaussian", size, 3, 11)];
    const error = values.reduce((most, value, i) => Math.max(most, Number.isNaN(value) ? 1 : Math.abs(value - exact[i])), 0);
    expect(error).toBeLessThan(1e-5);
    if (size.T > 100) console.log(`normals: largest error ${error.toExponential(1)}`);
  });
});
