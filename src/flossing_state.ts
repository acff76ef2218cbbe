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
  const { parameters, moments } = engine.buffers;
  const [weights, pairs] = await download(engine.device, [{ source: parameters }, { source: moments }]);
  const each = engine.layout.parameters;
  const unpack = (data: Float32Array) => unpackParameters(data, shape, engine.layout);
  return schedules.map((schedule, m) => {
    const both = new Float32Array(pairs, 8 * m * each, 2 * each);
    const moment = (part: 0 | 1) => unpack(Float32Array.from({ length: each }, (_, i) => both[2 * i + part]));
    return { parameters: unpack(new Float32Array(weights, 4 * m * each, each)), first: moment(0), second: moment(1), schedule };
  });
}

/** Puts them back. @throws InputError where they do not fit */
export function writeNetworks(engine: Engine, models: readonly Model[], { networks }: FlosserState): void {
  if (networks.length !== models.length) throw new InputError(`the state is of ${networks.length} networks, the run has ${models.length}`);
  networks.forEach(({ parameters, first, second }, m) => {
    const wrong = parameterNames.find((name) => parameters[name].length !== models[m].parameters[name].length);
    if (wrong) throw new InputError(`the state's ${wrong} has ${parameters[wrong].length} numbers, the run's ${models[m].parameters[wrong].length}`);
    loadNetwork(engine, m, { ...models[m], parameters });
    const moments = [first, second].map((values) => packParameters({ ...models[m], parameters: values }, engine.layout));
    const each = engine.layout.parameters;
    engine.buffers.moments.write(
      Float32Array.from({ length: 2 * each }, (_, i) => moments[i % 2][i >> 1]),
      2 * m * each,
    );
  });
}
