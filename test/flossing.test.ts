import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";
import { describe, expect, it, vi } from "vitest";
import type { Progress } from "../src/engine";
import { createFlosser, type FlossEpoch, type FlossOptions, floss } from "../src/flossing";
import { liveBytes } from "../src/gpu/buffer";
import { drawInputs, randomFrame, randomModel, randomState } from "../src/initialise";
import type { FlossInputs } from "../src/inputs";
import type { Model } from "../src/model";
import { requestNodeDevice } from "../src/node";
import { stream } from "../src/random";
import { adam, adamState, referenceSpectrum } from "../src/reference/index";
import { testDevice } from "./helpers/device";
import { exact } from "./helpers/engine";

const sizes = { N: 8, S: 1, k: 8, T: 40, B: 1 };

type Problem = [models: Model[], inputs: { T: number; B: number } & FlossInputs, options: FlossOptions];

/** Networks with Bernoulli input, and their own states and frame. */
function problem(models: Model[], overrides: Partial<FlossOptions & { T: number; B: number; x: FlossInputs["x"] }> = {}): Problem {
  const { T = sizes.T, B = sizes.B, x = { kind: "bernoulli", seed: 1 }, ...rest } = overrides;
  const N = models[0].hidden;
  const options = { k: sizes.k, epochs: 10, lr: 0.01, interval: 1, ...rest };
  const inputs = { T, B, x, h0: (network: number) => randomState({ B, D: N, seed: 1, network }), q0: randomFrame(N, options.k, 1) };
  return [models, inputs, options];
}

const networks = (M: number, N = sizes.N, gain: (m: number) => number = () => 1) =>
  Array.from({ length: M }, (_, network) => randomModel({ hidden: N, inputs: 1, gain: gain(network), seed: 1, network }));

async function run(given: Problem, device?: GPUDevice): Promise<{ epochs: FlossEpoch[]; models: Model[] }> {
  const flossing = floss(device ?? (await testDevice()), ...given);
  const epochs: FlossEpoch[] = [];
  for await (const epoch of flossing) epochs.push(epoch);
  return { epochs, models: await flossing.models() };
}

describe("flossing", () => {
  it("ten epochs follow the float64 reference with Adam", async () => {
    const [model] = networks(1);
    const given = problem([model]);
    const [, { T, h0, q0 }] = given;
    const { epochs } = await run(given);
    const reference = exact(model);
    const states = Object.fromEntries(Object.entries(reference.parameters).map(([name, values]) => [name, adamState(values.length)]));
    for (const { epoch, loss } of epochs) {
      const x = drawInputs("bernoulli", { B: 1, T, S: 1, seed: 1, epoch });
      const inputs = { B: 1, T, x, h0: (h0 as (network: number) => Float32Array)(0), q0: q0 as Float32Array };
      const expected = referenceSpectrum(reference, inputs, { k: sizes.k, gradient: true });
      expect(Math.abs(loss[0] / expected.loss - 1), `epoch ${epoch}`).toBeLessThan(1e-4);
      for (const name of ["weight_hh_l0", "weight_ih_l0", "bias_ih_l0", "bias_hh_l0"] as const)
        adam(reference.parameters[name], expected.gradient[name], states[name], { lr: 0.01 });
    }
  });

  it("same seed twice: bitwise the same weights; any chunk length too", async () => {
    const runs = await Promise.all([{}, {}, { chunk: 16 }].map((overrides) => run(problem(networks(2), overrides))));
    for (const { models, epochs } of runs.slice(1)) {
      expect(models).toEqual(runs[0].models);
      expect(epochs.map(({ loss }) => loss)).toEqual(runs[0].epochs.map(({ loss }) => loss));
    }
  });

  it("four networks together are bitwise what each gives alone", async () => {
    const models = networks(4, sizes.N, (m) => 0.7 + 0.2 * m);
    const together = await run(problem(models, { interval: "auto", epochs: 20 }));
    for (const m of [0, 3]) {
      const x = (epoch: number) => drawInputs("bernoulli", { B: 1, T: sizes.T, S: 1, seed: 1, network: m, epoch });
      const [own, inputs, options] = problem([models[m]], { interval: "auto", epochs: 20, x });
      const alone = await run([own, { ...inputs, h0: randomState({ B: 1, D: sizes.N, seed: 1, network: m }) }, options]);
      expect(alone.models[0]).toEqual(together.models[m]);
    }
  });

  it.each([{ kind: "bernoulli", seed: 1 } as const, drawInputs("gaussian", { B: 1, T: sizes.T, S: 1, seed: 1 })])(
    "stopped, saved and restored elsewhere, or submitted in other portions: bitwise the same run",
    async (x) => {
      const given = problem(networks(2), { epochs: 40, interval: "auto", x });
      const whole = await run(given);
      const collect = async (part: AsyncIterable<FlossEpoch>) => {
        const losses: Float64Array[] = [];
        for await (const { loss } of part) losses.push(loss);
        return losses;
      };
      const first = await createFlosser(await testDevice(), ...given);
      const losses = await collect(first.run(21));
      const state = structuredClone(await first.state());
      expect(state.epoch).toBe(21);
      expect((await first.models()).map(({ parameters }) => parameters)).toEqual(state.networks.map(({ parameters }) => parameters));
      first.destroy();
      const device = await requestNodeDevice();
      // Each dispatch a submission, where a time is known.
      const submissions = vi.spyOn(device.queue, "submit");
      const second = await createFlosser(device, given[0], given[1], { ...given[2], latency: 1e-6, chunk: 16 });
      submissions.mockClear();
      second.restore(state);
      losses.push(...(await collect(second)));
      // 20 epochs of three chunks forward and three, with three products, backward; the first few are not cut.
      expect(submissions.mock.calls.length).toBeGreaterThan(20 * 5);
      expect(losses).toEqual(whole.epochs.map(({ loss }) => loss));
      expect(await second.models()).toEqual(whole.models);
      const other = { ...state, networks: state.networks.slice(1) };
      expect(() => second.restore(other)).toThrow("the state is of 1 networks, the run has 2");
      device.destroy();
    },
  );

  it("trains only what it is told to", async () => {
    const [before] = networks(1);
    const { models } = await run(problem([before], { train: ["weight_hh_l0"] }));
    expect(models[0].parameters.weight_ih_l0).toEqual(before.parameters.weight_ih_l0);
    expect(models[0].parameters.bias_ih_l0).toEqual(before.parameters.bias_ih_l0);
    expect(models[0].parameters.weight_hh_l0).not.toEqual(before.parameters.weight_hh_l0);
  });

  it("an ensemble that needs several bindings is cut up by the host, with the same result", async () => {
    const device = await testDevice();
    const small = Object.create(device, { limits: { value: { ...limitsOf(device.limits), maxStorageBufferBindingSize: 100_000 } } }) as GPUDevice;
    const bound = new Proxy(device, { get: (target, key) => (key === "limits" ? small.limits : bindTo(target, key)) });
    const whole = await run(problem(networks(4)));
    expect(await floss(bound, ...problem(networks(4))).models()).toEqual(whole.models);
  });

  it("networks with their own targets and learning rates: bitwise what each gives alone", async () => {
    const models = networks(3);
    const target = (m: number) => [-0.2, 0, 0.1][m];
    const together = await run(problem(models, { k: 2, target, lr: [0.01, 0.003, 0.001], x: null }));
    for (const [m, lr] of [0.01, 0.003, 0.001].entries()) {
      const [own, inputs, options] = problem([models[m]], { k: 2, target: target(m), lr, x: null });
      const alone = await run([own, { ...inputs, h0: randomState({ B: 1, D: sizes.N, seed: 1, network: m }) }, options]);
      expect(alone.models[0]).toEqual(together.models[m]);
    }
    await expect(run(problem(models, { lr: [0.01, 0.1] }))).rejects.toThrow(/lr has 2 values for 3 networks/);
  });

  it("walks fewer networks together where the memory does not hold all, with the same result", async () => {
    const device = await testDevice();
    const whole = await run(problem(networks(5), { interval: "auto", epochs: 20 }));
    expect(await floss(device, ...problem(networks(5), { interval: "auto", epochs: 20, together: 2 })).models()).toEqual(whole.models);
    // A device that says twice that its memory is full: five, three, then two networks at a time.
    let full = 2;
    const pop = async () => (await device.popErrorScope()) ?? (full-- > 0 ? ({ message: "full" } as GPUError) : null);
    const small = new Proxy(device, { get: (target, key) => (key === "popErrorScope" && full > 0 ? pop : bindTo(target, key)) });
    expect(await floss(small, ...problem(networks(5), { interval: "auto", epochs: 20 })).models()).toEqual(whole.models);
    expect(full).toBe(0);
  });

  it("a network that diverges is named with its epoch", async () => {
    const models = networks(2);
    models[1].parameters.weight_hh_l0.fill(1e38);
    await expect(run(problem(models))).rejects.toThrow(/epoch 0: network 1, trajectory 0, step 1/);
  });

  it("an abort ends after the epochs under way", async () => {
    const controller = new AbortController();
    const run = floss(await testDevice(), ...problem(networks(1), { epochs: 10_000, signal: controller.signal }));
    let last = 0;
    for await (const { epoch } of run) {
      last = epoch;
      if (epoch === 20) controller.abort();
    }
    expect(last).toBeLessThan(60);
    expect((await run.models())[0]).not.toEqual(networks(1)[0]);
  });

  it("gives its memory back where the iteration is left, and the models as they are then; models() alone runs to the end", async () => {
    const device = await testDevice();
    const before = liveBytes(device);
    const left = floss(device, ...problem(networks(1)));
    for await (const { epoch } of left) if (epoch === 3) break;
    expect(liveBytes(device)).toBe(before);
    const whole = (await run(problem(networks(1)))).models;
    expect((await left.models())[0].parameters.weight_hh_l0).toHaveLength(sizes.N ** 2);
    expect(await floss(device, ...problem(networks(1))).models()).toEqual(whole);
    expect(liveBytes(device)).toBe(before);
  });

  it("tells its progress", async () => {
    const told: Progress[] = [];
    // A device of its own: kernels that ran before are not compiled again.
    const device = await requestNodeDevice();
    await run(problem(networks(1), { onProgress: (progress) => told.push(progress) }), device);
    device.destroy();
    expect(told.filter(({ stage }) => stage === "compile")).toEqual([0, 1, 2, 3, 4, 5, 6].map((done) => ({ stage: "compile", done, total: 6 })));
    expect(told.filter(({ stage }) => stage === "floss").map(({ done }) => done)).toEqual([0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10]);
  });

  it("defaults: no input, a state of zeros, a drawn frame", async () => {
    const models = networks(1);
    const explicit = { T: 20, B: 1, x: null, h0: new Float32Array(sizes.N), q0: randomFrame(sizes.N, sizes.k, 0) };
    const options = { k: sizes.k, epochs: 3 };
    const device = await testDevice();
    expect(await floss(device, models, { T: 20 }, options).models()).toEqual(await floss(device, models, explicit, options).models());
    await expect(floss(device, models, {}, options).models()).rejects.toThrow(/T is missing/);
  });
});

describe("Figure 1B: the first exponent of ten networks is driven to a target (paper.md, section 5)", () => {
  it.each([-1, -0.5, 0])("target %f: median |λ1 − target| below 0.02 by epoch 60", async (target) => {
    const gains = stream("gain", 3);
    const models = networks(10, 32, (m) => gains.uniform(m));
    const { epochs } = await run(problem(models, { k: 1, T: 100, target, epochs: 80, interval: "auto", x: null }));
    const distance = epochs.map(({ exponents }) => exponents.map(([[first]]) => Math.abs(first - target)).sort((a, b) => a - b)[5]);
    console.log(
      `target ${target}: median distance at epoch 0, 10, 20, 30, 40, 60, 80: ${[0, 10, 20, 30, 40, 60, 80].map((epoch) => distance[epoch].toFixed(3)).join(" ")}`,
    );
    expect(distance[0]).toBeGreaterThan(0.1);
    expect(distance[60]).toBeLessThan(0.02);
  });
});

describe("memory", () => {
  it("stays flat between epoch 200 and 2000, on the GPU and in the process", async () => {
    const device = await testDevice();
    const flosser = await createFlosser(device, ...problem(networks(1, 24), { k: 10, B: 2, epochs: 2000 }));
    const seen: { epoch: number; rss: number; live: number }[] = [];
    for await (const { epoch } of flosser) {
      if (epoch !== 200 && epoch !== 2000) continue;
      collectGarbage();
      seen.push({ epoch, rss: process.memoryUsage().rss, live: liveBytes(device) });
    }
    console.log(seen.map(({ epoch, rss }) => `epoch ${epoch}: ${(rss / 2 ** 20).toFixed(0)} MiB`).join(", "));
    expect(seen[1].live).toBe(seen[0].live);
    expect(seen[1].rss).toBeLessThan(1.05 * seen[0].rss);
    flosser.destroy();
    expect(liveBytes(device)).toBe(0);
  });
});

/** What V8 has not collected yet is no leak. */
function collectGarbage(): void {
  setFlagsFromString("--expose-gc");
  for (let i = 0; i < 3; i++) (runInNewContext("gc") as () => void)();
}

function limitsOf(limits: GPUSupportedLimits): Record<string, number> {
  const names = [
    "maxBufferSize",
    "maxStorageBuffersPerShaderStage",
    "minUniformBufferOffsetAlignment",
    "maxComputeWorkgroupsPerDimension",
    "maxStorageBufferBindingSize",
  ] as const;
  return Object.fromEntries(names.map((name) => [name, limits[name]]));
}

function bindTo(target: GPUDevice, key: string | symbol): unknown {
  const value = Reflect.get(target, key) as unknown;
  return typeof value === "function" ? value.bind(target) : value;
}
