import { walkSizesOf } from "../bench/rows";
import { createStorage } from "../gpu/buffer";
import { profileFor } from "../gpu/device";
import { createKernel } from "../gpu/kernel";
import { createParams } from "../gpu/params";
import { dispatchesOf } from "../gpu/plan";
import { drawGroups, drawParams, drawPlaces, drawValues } from "../kernels/draw_inputs";
import { packParameters, packTransposed } from "../kernels/pack";
import { adam, drawInputs, flossingLoss } from "../reference/index";
import { run } from "./engine";
import type { Pair } from "./numbers";
import { specOf } from "./specs";
import { fillNaN, readAll, type Stage, type StageSizes } from "./stage";
import { loadWalks, TARGET } from "./walk_stages";

export async function flossingLossStage(device: GPUDevice, given: StageSizes): Promise<Stage> {
  const { engine, sizes, interval } = await loadWalks(device, given);
  const { M, B, T, K } = sizes;
  const { KP, blocks } = engine.layout;
  const { exponents, lossWeights, blockSums, summary } = engine.buffers;
  const outputs = { exponents, lossWeights, blockSums, summary };
  run(engine, engine.slices[0].forward);
  const { logR: logs } = await readAll(device, { logR: engine.buffers.logR });
  const compare = (out: Readonly<Record<string, Float32Array>>): Pair[] => {
    return Array.from({ length: M }, (_, m) => {
      const at = (b: number, t: number, k: number) => logs[((m * B + b) * T + t - 1) * KP + k];
      const steps = Array.from({ length: T }, (_, i) => i + 1).filter((t) => t === T || t % interval === 0);
      const sums = Array.from({ length: B }, (_, b) => Float64Array.from({ length: K }, (_, k) => steps.reduce((sum, t) => sum + at(b, t, k), 0)));
      const expected = flossingLoss(sums, T, new Array<number>(K).fill(TARGET));
      const place = `network ${m}`;
      const rows = sums.flatMap((_, b): Pair[] => {
        const row = (m * B + b) * KP;
        const first = Float64Array.from({ length: K }, (_, k) => steps.filter((t) => t <= 16).reduce((sum, t) => sum + at(b, t, k), 0));
        const sumAt = (m * B + b) * blocks * KP;
        return [
          { what: "exponents", place: `${place}, trajectory ${b}`, got: out.exponents.subarray(row, row + K), expected: expected.exponents[b] },
          { what: "weights of the loss", place: `${place}, trajectory ${b}`, got: out.lossWeights.subarray(row, row + K), expected: expected.w[b] },
          { what: "block sums", place: `${place}, trajectory ${b}`, got: out.blockSums.subarray(sumAt, sumAt + K), expected: first },
        ];
      });
      const widths = sums.flatMap((_, b) => steps.map((t) => spreadOf(Array.from({ length: K }, (_, k) => at(b, t, k)))));
      const summaryPair: Pair = {
        what: "loss, spread",
        place,
        got: out.summary.subarray(2 * m, 2 * m + 2),
        expected: [expected.loss, Math.max(...widths)],
      };
      return [...rows, summaryPair];
    }).flat();
  };
  return {
    ...{ spec: specOf("flossing_loss", given, engine.profile), profile: engine.profile, outputs, tolerance: 1e-5, compare },
    steps: dispatchesOf(engine.slices[0].forward).filter(({ kernel }) => kernel.name === "flossing_loss"),
    reset: () => fillNaN(Object.values(outputs)),
    work: { flops: 0, bytes: 4 * M * B * K * (Math.ceil(T / interval) + blocks + 3) },
    destroy: () => engine.destroy(),
  };
}

function spreadOf(values: readonly number[]): number {
  return Math.max(...values) - Math.min(...values);
}

/** Moments as after some steps. */
const STEP = 4;

export async function adamStage(device: GPUDevice, given: StageSizes): Promise<Stage> {
  const { engine, sizes, problems } = await loadWalks(device, given, { update: true });
  const { layout, buffers, rates } = engine;
  const { parameters, firstMoments, secondMoments, transposed, gradient } = buffers;
  const each = layout.parameters;
  const starts = problems.map(({ model }) => packParameters(model, layout));
  const waves = Float32Array.from({ length: sizes.M * each }, (_, i) => Math.sin(i) * 10 ** ((i % 5) - 3));
  const first = Float32Array.from(waves, (_, i) => 0.1 * Math.cos(i));
  const second = Float32Array.from(waves, (_, i) => 0.01 + 0.01 * Math.sin(i) ** 2);
  const lr = [0.5, 1, 1.5, 2];
  const borders = [0, layout.atWeightIh, layout.atBiasIh, layout.atBiasHh, each];
  problems.forEach((_, m) => {
    rates.set(lr, m * 8);
  });
  engine.setEpoch(STEP);
  const compare = (out: Readonly<Record<string, Float32Array>>): Pair[] =>
    starts.flatMap((start, m): Pair[] => {
      const expected = Float64Array.from(start);
      lr.forEach((rate, i) => {
        const [from, to] = [borders[i], borders[i + 1]];
        const moment = (of: Float32Array) => Float64Array.from(of.subarray(m * each + from, m * each + to));
        const state = { m: moment(first), v: moment(second), step: STEP };
        adam(expected.subarray(from, to), waves.subarray(m * each + from, m * each + to), state, { lr: rate });
      });
      const place = `network ${m}`;
      const turned = packTransposed(Float32Array.from(expected), layout);
      const gotTurned = out.transposed.subarray(m * turned.length, (m + 1) * turned.length);
      return [
        { what: "parameters", place, got: out.parameters.subarray(m * each, (m + 1) * each), expected },
        { what: "transposed", place, got: gotTurned, expected: turned },
      ];
    });
  return {
    ...{
      spec: specOf("adam", given, engine.profile),
      profile: engine.profile,
      steps: dispatchesOf(engine.slices[0].update),
      tolerance: 1e-5,
      compare,
    },
    outputs: { parameters, firstMoments, secondMoments, transposed },
    reset() {
      fillNaN([transposed]);
      gradient.write(waves);
      firstMoments.write(first);
      secondMoments.write(second);
      starts.forEach((start, m) => {
        parameters.write(start, m * each);
      });
    },
    work: { flops: 0, bytes: 4 * sizes.M * (7 * each + layout.atWeightIh) },
    destroy: () => engine.destroy(),
  };
}

export async function drawInputsStage(device: GPUDevice, given: StageSizes): Promise<Stage> {
  const { networks: M, batch: B, steps: T, seed, profile = profileFor(device) } = given;
  const sizes = walkSizesOf(given);
  const draw = { kind: "gaussian", seed } as const;
  const epoch = 11;
  const spec = specOf("draw_inputs", given, profile);
  const kernel = await createKernel(device, spec);
  const params = createParams(device, "draw_inputs.params", drawParams, 1);
  params.write(0, drawValues(sizes, draw, epoch));
  params.flush();
  const inputs = createStorage(device, "inputs", M * B * T);
  const places = createStorage(device, "places", drawPlaces(sizes, seed));
  const group = kernel.bind({ params: params.buffer, places: places.buffer, inputs: inputs.buffer });
  const each = B * T;
  return {
    ...{ spec, profile, outputs: { inputs }, tolerance: 1e-5 },
    steps: [{ kernel, group, offset: 0, workgroups: drawGroups(sizes, profile) }],
    reset: () => fillNaN([inputs]),
    compare: (out) =>
      Array.from({ length: M }, (_, network): Pair => {
        const expected = drawInputs("gaussian", { B, T, S: 1, seed, network, epoch });
        return { what: "inputs", place: `network ${network}`, got: out.inputs.subarray(network * each, (network + 1) * each), expected };
      }),
    work: { flops: 0, bytes: 4 * M * B * T },
    destroy() {
      for (const owner of [params, inputs, places]) owner.destroy();
    },
  };
}
