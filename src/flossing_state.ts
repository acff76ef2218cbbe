import type { Engine } from "./engine";
import { InputError } from "./errors";
import type { FlossingState } from "./flossing_run";
import { download } from "./gpu/buffer";
import { packParameters, unpackParameters } from "./kernels/pack";
import { loadNetwork } from "./load";
import { type Model, type Parameters, parameterNames } from "./model";

/** One network's part of a flossing run. */
export interface FlosserNetwork {
  /** In PyTorch's shapes, as are the moments of Adam. */
  readonly parameters: Parameters;
  readonly first: Parameters;
  readonly second: Parameters;
  readonly schedule: FlossingState;
}

/** Everything that a later run needs to go on bitwise. */
export interface FlosserState {
  /** The epoch that comes next. */
  readonly epoch: number;
  readonly networks: readonly FlosserNetwork[];
}

/** Reads all networks from the GPU while nothing is under way. */
export async function readNetworks(engine: Engine, shape: Model, schedules: readonly FlossingState[]): Promise<FlosserNetwork[]> {
  const { parameters, firstMoments, secondMoments } = engine.buffers;
  const parts = [parameters, firstMoments, secondMoments].map((source) => ({ source }));
  const data = await download(engine.device, parts);
  const each = engine.layout.parameters;
  return schedules.map((schedule, m) => {
    const [parameters, first, second] = data.map((all) => unpackParameters(new Float32Array(all, 4 * m * each, each), shape, engine.layout));
    return { parameters, first, second, schedule };
  });
}

/** Puts them back. @throws InputError where they do not fit */
export function writeNetworks(engine: Engine, models: readonly Model[], { networks }: FlosserState): void {
  if (networks.length !== models.length) throw new InputError(`the state is of ${networks.length} networks, the run has ${models.length}`);
  networks.forEach(({ parameters, first, second }, m) => {
    const wrong = parameterNames.find((name) => parameters[name].length !== models[m].parameters[name].length);
    if (wrong) throw new InputError(`the state's ${wrong} has ${parameters[wrong].length} numbers, the run's ${models[m].parameters[wrong].length}`);
    loadNetwork(engine, m, { ...models[m], parameters });
    const { layout, buffers } = engine;
    const pack = (values: Parameters) => packParameters({ ...models[m], parameters: values }, layout);
    buffers.firstMoments.write(pack(first), m * layout.parameters);
    buffers.secondMoments.write(pack(second), m * layout.parameters);
  });
}
