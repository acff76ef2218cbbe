import { download, type Part } from "./gpu/buffer";
import { checkDevice } from "./gpu/device";
import { FIRST_WORK, Pieces } from "./gpu/pieces";
import { Waiter } from "./gpu/wait";
import { unpackTrainTensors } from "./train_model";
import type { TrainEngine } from "./training_engine";
import type { TrainingFlossing } from "./training_flossing";

/** The networks as they are after `epoch`, on sequences that they are not trained on. */
export interface Measurement {
  readonly kind: "measure";
  readonly epoch: number;
  /** [M] on fresh sequences. */
  readonly loss: Float64Array;
  readonly accuracy: Float64Array;
  /** [M][T + 1] norm of the gradient of the last step's loss with respect to the state that many steps before. */
  readonly gradientDecay: Float64Array[];
  /** [M][G·N, N] gradient of weight_hh_l0 in the last training epoch; undefined before the first. */
  readonly weightGradient: Float32Array[] | undefined;
  /** [M][K] exponents of the flossing window; undefined without one. */
  readonly exponents: number[][] | undefined;
}

/** Measures all networks; nothing that training needs is changed. */
export async function measure(engine: TrainEngine, flossing: TrainingFlossing | undefined, epoch: number): Promise<Measurement> {
  const { device, sizes, layout, buffers } = engine;
  const weightGradient = epoch > 0 ? await readWeightGradient(engine) : undefined;
  engine.setDraw(epoch, "test");
  const decay: Float64Array[] = [];
  const losses: number[][] = [];
  for (const [i, slice] of engine.slices.entries()) {
    const pieces = new Pieces(device, "measure", FIRST_WORK[engine.profile]);
    if (i === 0 && engine.draw) pieces.add(engine.draw);
    for (const plan of [slice.forward, slice.score, slice.lastBackward]) pieces.add(plan);
    pieces.end();
    await Waiter.of(device, `measure ${JSON.stringify(sizes)}`).done();
    const each = layout.adjoints;
    const metrics = ({ first, networks }: typeof slice): Part[] =>
      Array.from({ length: networks }, (_, here) => ({
        source: buffers.gradient,
        at: (first + here) * layout.gradient + layout.parameters,
        length: 2,
      }));
    const [adjoints, ...sums] = await download(device, [{ source: buffers.adjoints, length: slice.networks * each }, ...metrics(slice)]);
    checkDevice(device);
    losses.push(...sums.map((part) => [...new Float32Array(part)]));
    for (let here = 0; here < slice.networks; here++) decay.push(decayOf(new Float32Array(adjoints, 4 * here * each, each), engine));
  }
  const count = (sizes.T - sizes.scored) * sizes.B * sizes.R;
  return {
    ...{ kind: "measure", epoch, gradientDecay: decay, weightGradient },
    loss: Float64Array.from(losses, ([loss]) => loss / count),
    accuracy: Float64Array.from(losses, ([, right]) => right / count),
    exponents: await flossing?.exponents(epoch),
  };
}

async function readWeightGradient({ device, sizes, layout, buffers }: TrainEngine): Promise<Float32Array[]> {
  const [data] = await download(device, [{ source: buffers.gradient }]);
  return Array.from(
    { length: sizes.M },
    (_, m) => unpackTrainTensors(new Float32Array(data, 4 * m * layout.gradient, layout.parameters), sizes).weight_hh_l0,
  );
}

/** Norms over units and batch of the adjoints of the pre-activations at T, T − 1, … */
function decayOf(adjoints: Float32Array, { sizes, layout }: TrainEngine): Float64Array {
  const [step, each] = [layout.kept * layout.BP, layout.rows * layout.BP];
  return Float64Array.from({ length: sizes.T }, (_, back) => {
    const at = (sizes.T - 1 - back) * step;
    let sum = 0;
    for (let i = at; i < at + each; i++) sum += adjoints[i] ** 2;
    return Math.sqrt(sum);
  });
}
