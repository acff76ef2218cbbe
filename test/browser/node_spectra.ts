import { pathToFileURL } from "node:url";

/** What Node has of an accuracy case: plain numbers, to be sent to the page. */
export interface NodeSpectra {
  readonly adapter: string;
  /** [B][K] */
  readonly exponents: number[][];
  readonly loss: number;
  readonly gradient: Record<string, number[]>;
}

/** A command for tests in the page: computes a case in Node, with the built library. */
export async function nodeSpectra(_context: unknown, name: string): Promise<NodeSpectra> {
  const load = (file: string) => import(/* @vite-ignore */ pathToFileURL(`dist/${file}.js`).href);
  const [library, node, verify] = await Promise.all([load("index"), load("node"), load("verify")]);
  const device = await node.requestNodeDevice();
  const c = verify.loadCase(name);
  const options = { k: c.K, warmup: c.warmup, interval: 1, target: c.target, gradient: true };
  const { exponents, loss, gradient } = await library.lyapunovSpectrum(device, c.model, c, options);
  const adapter = library.adapterName(device);
  device.destroy();
  const numbers = Object.entries(gradient as Record<string, Float32Array>).map(([key, values]) => [key, Array.from(values)]);
  return { adapter, exponents: exponents.map((row: Float64Array) => Array.from(row)), loss, gradient: Object.fromEntries(numbers) };
}
