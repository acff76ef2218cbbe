import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { readSafetensors } from "../../src/files/safetensors";
import type { TrainSizes } from "../../src/kernels/train_sizes";
import { type ReferenceBatch, type ReferenceTrainModel, trainGradient } from "../../src/reference/index";
import { relativeError } from "../helpers/numbers";
import { randomTrainProblem, referenceOf } from "../helpers/train";

const base = { cell: "rnn", M: 1, B: 2, T: 9, N: 5, S: 2, R: 2, scored: 3 } as const;
const shapes: TrainSizes[] = [
  { ...base, loss: "bce", readout: "pre-activation" },
  { ...base, loss: "mse", readout: "activation" },
];

type Doubles = Record<string, Float64Array>;

function doubles({ model, batch }: { model: ReferenceTrainModel; batch: ReferenceBatch }): Doubles {
  const { weight_hh_l0, weight_ih_l0, bias_ih_l0, bias_hh_l0 } = model.parameters;
  const all = {
    weight_hh_l0,
    weight_ih_l0,
    bias_ih_l0,
    bias_hh_l0,
    "readout.weight": model.readoutWeight,
    "readout.bias": model.readoutBias,
    h0: batch.start,
  };
  return Object.fromEntries(Object.entries(all).map(([name, values]) => [name, Float64Array.from(values)]));
}

function lossOf({ model, batch }: { model: ReferenceTrainModel; batch: ReferenceBatch }, values: Doubles) {
  const { weight_hh_l0, weight_ih_l0, bias_ih_l0, bias_hh_l0 } = values;
  const network = {
    ...model,
    parameters: { weight_hh_l0, weight_ih_l0, bias_ih_l0, bias_hh_l0 },
    readoutWeight: values["readout.weight"],
    readoutBias: values["readout.bias"],
  };
  return trainGradient(network, { ...batch, start: values.h0 });
}

describe("the float64 training reference", () => {
  it.each(shapes)("gradient against central differences: $loss, $readout", (sizes) => {
    const problem = referenceOf(randomTrainProblem(sizes, 2), sizes);
    const values = doubles(problem);
    const { gradient } = lossOf(problem, values);
    for (const name of Object.keys(values)) {
      const expected = values[name].map((value, i) => {
        const at = (change: number) => lossOf(problem, { ...values, [name]: values[name].map((v, j) => (j === i ? value + change : v)) }).loss;
        return (at(1e-5) - at(-1e-5)) / 2e-5;
      });
      expect(relativeError(gradient[name as keyof typeof gradient], expected), name).toBeLessThan(1e-7);
    }
  });

  it("PyTorch's float64 loss and gradient of the case train-rnn-bce", () => {
    const read = (path: string) => new Uint8Array(readFileSync(new URL(`../cases/${path}`, import.meta.url)));
    const about = JSON.parse(new TextDecoder().decode(read("train-rnn-bce.json")));
    const { tensors } = readSafetensors(read("train-rnn-bce.safetensors"), "case");
    const single = (name: string) => new Float32Array(tensors.get(name)!.bytes.slice().buffer);
    const parameters = {
      weight_hh_l0: single("weight_hh_l0"),
      weight_ih_l0: single("weight_ih_l0"),
      bias_ih_l0: single("bias_ih_l0"),
      bias_hh_l0: single("bias_hh_l0"),
    };
    const model = {
      cell: "rnn" as const,
      hidden: about.hidden,
      inputs: about.inputs,
      parameters,
      readoutWeight: single("readout.weight"),
      readoutBias: single("readout.bias"),
    };
    const batch = {
      B: about.batch,
      T: about.steps,
      R: 1,
      x: single("x"),
      y: single("y"),
      start: single("h0"),
      loss: "bce",
      readout: "activation",
      scored: about.first_step,
    } as const;
    const result = trainGradient(model, batch);
    expect(Math.abs(result.loss - about.loss)).toBeLessThan(1e-12);
    expect(result.accuracy).toBeCloseTo(about.accuracy, 10);
    const expected = readSafetensors(read("train-rnn-bce.gradient.safetensors"), "gradient").tensors;
    for (const [name, { bytes }] of expected) {
      const values = new Float64Array(bytes.slice().buffer);
      expect(relativeError(result.gradient[name as keyof typeof result.gradient], values), name).toBeLessThan(1e-10);
    }
  });
});
