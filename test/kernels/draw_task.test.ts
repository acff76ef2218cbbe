import { describe, expect, it } from "vitest";
import { download } from "../../src/gpu/buffer";
import { createPlan, dispatchesOf, type Plan } from "../../src/gpu/plan";
import type { TrainSizes } from "../../src/kernels/train_sizes";
import { drawTask } from "../../src/reference/draw_task";
import { createTask, type TaskOptions } from "../../src/tasks/index";
import { loadPlaces } from "../../src/train_load";
import { packSequences } from "../../src/train_model";
import { createTrainEngine, type TrainEngine } from "../../src/training_engine";
import { testDevice } from "../helpers/device";

const options: TaskOptions = { steps: 29, delay: 6, depth: 2, referenceLabels: false };
const tasks = [
  createTask("copy", options),
  createTask("copy-real", options),
  createTask("xor", { ...options, referenceLabels: true }),
  createTask("xor-real", options),
  createTask("xor-tree", options),
  createTask("xor-spatial", options),
  createTask("adding", { ...options, delay: undefined }),
];

/** The engine's own plan, or one with fewer workgroups of steps. */
function planOf({ device, draw }: TrainEngine, most: number | undefined): Plan {
  if (!draw) throw new Error("the engine draws no task");
  if (most === undefined) return draw;
  const steps = dispatchesOf(draw).map((step) => ({ ...step, workgroups: [step.workgroups[0], most, step.workgroups[2] ?? 1] as const }));
  return createPlan(device, draw.label, steps);
}

describe.each(["cpu", "gpu"] as const)("draw_task, %s profile", (profile) => {
  const cases = [...tasks.map((task) => [task.name, task, undefined] as const), ["xor, steps dealt round to 4 workgroups", tasks[2], 4] as const];
  it.each(cases)("%s: bits and numbers as on the host, for every network's seed", async (_, task, most) => {
    const { S, R, scored, loss } = task;
    const sizes: TrainSizes = { cell: "rnn", M: 2, B: 5, T: 29, N: 5, S, R, scored, loss, readout: "activation" };
    const engine = await createTrainEngine(await testDevice(), sizes, { profile, task });
    try {
      const seeds = [7, 2 ** 40 + 3];
      loadPlaces(engine, seeds);
      for (const [epoch, name] of [
        [0, "input"],
        [4, "test"],
      ] as const) {
        for (const buffer of [engine.buffers.inputs, engine.buffers.targets]) buffer.write(new Float32Array(buffer.length).fill(Number.NaN));
        engine.setDraw(epoch, name);
        const encoder = engine.device.createCommandEncoder();
        planOf(engine, most).encode(encoder);
        engine.device.queue.submit([encoder.finish()]);
        const [x, y] = (await download(engine.device, [{ source: engine.buffers.inputs }, { source: engine.buffers.targets }])).map(
          (data) => new Float32Array(data),
        );
        seeds.forEach((seed, m) => {
          const expected = drawTask(task, { B: sizes.B, T: sizes.T, seed, epoch, name });
          const { BP } = engine.layout;
          const [xs, ys] = [sizes.T * S * BP, sizes.T * R * BP];
          expect(x.subarray(m * xs, (m + 1) * xs)).toEqual(packSequences(expected.x, sizes, S, BP));
          expect(y.subarray(m * ys, (m + 1) * ys)).toEqual(packSequences(expected.y, sizes, R, BP));
        });
      }
    } finally {
      engine.destroy();
    }
  });
});
