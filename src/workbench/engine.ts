import { createEngine, type Engine, type EngineOptions } from "../engine";
import { download, type StorageBuffer } from "../gpu/buffer";
import type { Plan } from "../gpu/plan";
import { loadInputs, loadNetwork, loadSchedule, loadTargets, loadTrajectories } from "../load";
import type { Model } from "../model";
import type { Problem } from "./problem";

export interface WalkOptions extends Partial<EngineOptions> {
  readonly K: number;
  readonly warmup?: number;
  readonly interval?: number;
  readonly correction?: number;
  readonly target?: number;
}

/** An engine with one network a problem, loaded, its outputs filled with NaN. The caller destroys it. */
export async function loadedEngine(device: GPUDevice, problems: readonly Problem[], options: WalkOptions): Promise<Engine> {
  const [{ model, inputs }] = problems;
  const sizes = {
    cell: model.cell,
    M: problems.length,
    B: inputs.B,
    T: inputs.T,
    N: model.hidden,
    S: model.inputs,
    K: options.K,
    warmup: options.warmup ?? 0,
  };
  const engine = await createEngine(device, sizes, { gradient: true, update: false, ...options });
  const { records, tangents, triangles, adjoints, rows, logR, blockSums, exponents, lossWeights, summary, gradient } = engine.buffers;
  const outputs = [logR, blockSums, exponents, lossWeights, summary, gradient, adjoints, records, tangents, triangles];
  // The padding column of `rows` is never written: it stays zero from the start.
  void rows;
  for (const buffer of outputs) buffer.write(new Float32Array(buffer.length).fill(Number.NaN));
  problems.forEach((problem, m) => {
    loadNetwork(engine, m, problem.model);
    loadTrajectories(engine, m, problem.inputs.h0, problem.inputs.q0);
    loadInputs(engine, m, problem.inputs.x);
    loadTargets(engine, m, options.target ?? 0);
  });
  loadSchedule(
    engine,
    problems.map(() => ({ interval: options.interval ?? 1, correction: options.correction ?? 1 })),
  );
  return engine;
}

export function run(engine: Engine, ...plans: Plan[]): void {
  const encoder = engine.device.createCommandEncoder();
  for (const plan of plans) plan.encode(encoder);
  engine.device.queue.submit([encoder.finish()]);
}

export async function floats(engine: Engine, source: StorageBuffer): Promise<Float32Array> {
  const [data] = await download(engine.device, [{ source }]);
  return new Float32Array(data).subarray(0, source.length);
}

/** The network's model with float64 parameters, for the reference. */
export function exact({ parameters, ...model }: Model) {
  const { weight_ih_l0, weight_hh_l0, bias_ih_l0, bias_hh_l0 } = parameters;
  const exactly = (values: Float32Array) => Float64Array.from(values);
  return {
    ...model,
    parameters: {
      weight_ih_l0: exactly(weight_ih_l0),
      weight_hh_l0: exactly(weight_hh_l0),
      bias_ih_l0: exactly(bias_ih_l0),
      bias_hh_l0: exactly(bias_hh_l0),
    },
  };
}
