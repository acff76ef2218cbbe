import { describe, expect, it, vi } from "vitest";
import { trainTensors } from "../src/kernels/train_sizes";
import { randomTrainModel } from "../src/random_train";
import { type AdamState, adamState, drawTask, trainGradient, trainUpdate } from "../src/reference/index";
import { flatTensors, type TrainModel } from "../src/train_model";
import type { TrainingEvent } from "../src/training";
import { testDevice } from "./helpers/device";
import { eventsOf, plan, seedsOf, sizesOf, task, toldOf, trainerOf } from "./helpers/training";

/** Losses of `epochs` training epochs in float64. */
function referenceLosses(model: TrainModel, epochs: number, { clip, weightDecay }: { clip: number; weightDecay: number }): number[] {
  const sizes = sizesOf(1);
  const exact = (values: Float32Array) => Float64Array.from(values);
  const { weight_hh_l0, weight_ih_l0, bias_ih_l0, bias_hh_l0 } = model.parameters;
  const tensors = {
    ...{ weight_hh_l0: exact(weight_hh_l0), weight_ih_l0: exact(weight_ih_l0), bias_ih_l0: exact(bias_ih_l0), bias_hh_l0: exact(bias_hh_l0) },
    ...{ "readout.weight": exact(model.readoutWeight), "readout.bias": exact(model.readoutBias), h0: exact(model.start) },
  };
  const states = Object.fromEntries(trainTensors.map((name) => [name, adamState(tensors[name].length)])) as Record<string, AdamState>;
  return Array.from({ length: epochs }, (_, i) => {
    const { x, y } = drawTask(task, { B: sizes.B, T: sizes.T, seed: 3, epoch: i + 1, name: "input" });
    const network = { ...model, parameters: tensors, readoutWeight: tensors["readout.weight"], readoutBias: tensors["readout.bias"] };
    const batch = { B: sizes.B, T: sizes.T, R: 1, x, y, start: tensors.h0, loss: sizes.loss, readout: sizes.readout, scored: sizes.scored };
    const { loss, gradient } = trainGradient(network, batch);
    trainUpdate(
      trainTensors.map((name) => ({ values: tensors[name], gradient: gradient[name], state: states[name], lr: name === "bias_hh_l0" ? 0 : 0.01 })),
      { clip, clipKind: "tensor", weightDecay },
    );
    return loss;
  });
}

describe("training", () => {
  it.each([
    [0.03, 0],
    [0, 0.1],
  ])("ten losses are the float64 reference's, clip %d, weight decay %d", async (clip, weightDecay) => {
    const trainer = await trainerOf([3], { epochs: 10, lr: 0.01, clip, weightDecay });
    const losses = (await eventsOf(trainer)).flatMap((event) => (event.kind === "epoch" ? [event.loss[0]] : []));
    trainer.destroy();
    const expected = referenceLosses(randomTrainModel({ sizes: sizesOf(1), gain: 1, seeds: seedsOf(3) }), 10, { clip, weightDecay });
    expect(losses).toHaveLength(10);
    losses.forEach((loss, i) => {
      expect(Math.abs(loss - expected[i])).toBeLessThan(1e-4);
    });
  });

  const kinds = {
    planned: plan,
    continuous: { ...plan, blocks: [], continuous: 0.3 },
    adaptive: { ...plan, blocks: [], adaptive: { every: 2, epochs: 5, of: "exponent", low: -0.35, high: 1 } },
  } as const;

  it.each(Object.entries(kinds))("flossing %s: each network's run is bitwise what it gives alone", async (_, flossing) => {
    const options = { flossing, measureEvery: 3 };
    const together = await trainerOf([3, 4, 5], options);
    const events = await eventsOf(together);
    const states = (await together.state()).networks;
    together.destroy();
    for (const [m, seed] of [3, 4, 5].entries()) {
      const alone = await trainerOf([seed], options);
      expect(toldOf(await eventsOf(alone), 0)).toEqual(toldOf(events, m));
      expect(flatTensors((await alone.state()).networks[0].tensors)).toEqual(flatTensors(states[m].tensors));
      alone.destroy();
    }
    expect(toldOf(events, 0)).not.toEqual(toldOf(events, 1));
  });

  it("is bitwise the same where each dispatch is a submission", async () => {
    const options = { flossing: kinds.continuous, measureEvery: 3 };
    const outcome = async (latency?: number) => {
      const trainer = await trainerOf([3, 4], { ...options, ...(latency && { latency }) });
      const submissions = vi.spyOn((await testDevice()).queue, "submit");
      const events = await eventsOf(trainer);
      const count = submissions.mock.calls.length;
      submissions.mockRestore();
      const tensors = (await trainer.state()).networks.map((network) => flatTensors(network.tensors));
      trainer.destroy();
      return { count, told: [0, 1].map((m) => toldOf(events, m)), tensors };
    };
    const [plain, cut] = [await outcome(), await outcome(1e-6)];
    // Two networks walk in one group of panels: a window of flossing has few dispatches.
    expect(cut.count).toBeGreaterThan(1.5 * plain.count);
    expect({ ...cut, count: 0 }).toEqual({ ...plain, count: 0 });
  });

  it.each(Object.entries(kinds))("flossing %s: goes on bitwise from every pause", async (_, flossing) => {
    const options = { flossing, measureEvery: 3, checkpointEvery: 2 };
    const whole = await trainerOf([3, 4], options);
    const saved: { at: number; state: Awaited<ReturnType<typeof whole.state>> }[] = [];
    const events: TrainingEvent[] = [];
    for await (const event of whole.run()) {
      events.push(event);
      if (event.kind === "pause") saved.push({ at: events.length, state: await whole.state() });
    }
    const end = (await whole.state()).networks;
    whole.destroy();
    expect(saved.length).toBeGreaterThan(2);
    for (const { at, state } of saved) {
      const resumed = await trainerOf([3, 4], options);
      resumed.restore(state);
      const rest = await eventsOf(resumed);
      expect([0, 1].map((m) => toldOf(rest, m))).toEqual([0, 1].map((m) => toldOf(events.slice(at), m)));
      expect((await resumed.state()).networks.map(({ tensors }) => flatTensors(tensors))).toEqual(end.map(({ tensors }) => flatTensors(tensors)));
      resumed.destroy();
    }
  });
});
