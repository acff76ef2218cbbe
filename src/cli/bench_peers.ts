import { type ChildProcessWithoutNullStreams, spawn, spawnSync } from "node:child_process";
import { createInterface, type Interface } from "node:readline";
import flossing from "../../test/bench/torch_flossing.py?raw";
import training from "../../test/bench/torch_training.py?raw";
import type { BenchRow } from "../bench/rows";

/** One PyTorch configuration, its processes ready and warm. */
export interface Peer {
  readonly name: string;
  /** Milliseconds per epoch of all networks together: the slowest process, where there are two. */
  run(epochs: number): Promise<number>;
  close(): void;
}

/** The python with PyTorch: Debian's, or the first on the path. */
export function findPython(): string | undefined {
  return ["/usr/bin/python3", "python3"].find((python) => spawnSync(python, ["-c", "import torch"]).status === 0);
}

/** The configurations that may be the best of PyTorch for a row. */
function configurations({ kind, cell, networks, batch }: BenchRow): { name: string; processes: number; options: string[] }[] {
  const one = { name: "1 thread", processes: 1, options: ["--threads", "1"] };
  const two = { name: "2 threads", processes: 1, options: ["--threads", "2"] };
  if (kind === "training") {
    if (networks === 1) return [one, two];
    const loop = cell === "rnn" ? [{ name: "batched", processes: 1, options: ["--threads", "1", "--batched"] }] : [];
    return [one, { name: "two processes", processes: 2, options: ["--threads", "1"] }, ...loop];
  }
  if (networks * batch === 1) return [one, two];
  const batched = (from: typeof one) => ({ ...from, name: `batched, ${from.name}`, options: [...from.options, "--batched"] });
  const split = { name: "batched, two processes", processes: 2, options: ["--threads", "1", "--batched"] };
  return [one, batched(one), batched(two), ...(networks > 1 ? [split] : [])];
}

function argumentsOf(row: BenchRow, networks: number): string[] {
  const { kind, hidden, k, steps, batch, delay = 0 } = row;
  const sizes = { hidden, steps, batch, networks, ...(kind === "training" ? { delay } : { k }) };
  const flags = Object.entries(sizes).flatMap(([name, value]) => [`--${name}`, String(value)]);
  return ["--cell", row.cell, ...flags, ...(kind === "spectrum" ? ["--forward-only"] : [])];
}

/** Starts every configuration, times each once, and keeps the fastest two: the rest would only spend the time of the race. */
export async function startPeers(python: string, row: BenchRow): Promise<Peer[]> {
  const timed: { peer: Peer; ms: number }[] = [];
  for (const { name, processes, options } of configurations(row)) {
    const shares = Array.from(
      { length: processes },
      (_, i) => Math.floor(((i + 1) * row.networks) / processes) - Math.floor((i * row.networks) / processes),
    );
    const peer = await startPeer(
      python,
      name,
      row.kind === "training" ? training : flossing,
      shares.map((share) => [...argumentsOf(row, share), ...options]),
    );
    timed.push({ peer, ms: await peer.run(1) });
  }
  timed.sort((a, b) => a.ms - b.ms);
  for (const { peer } of timed.slice(2)) peer.close();
  return timed.slice(0, 2).map(({ peer }) => peer);
}

async function startPeer(python: string, name: string, script: string, commands: string[][]): Promise<Peer> {
  const processes = commands.map((options) => new Server(python, script, options));
  await Promise.all(processes.map((server) => server.answer()));
  return {
    name,
    async run(epochs) {
      const times = await Promise.all(processes.map((server) => server.ask(epochs)));
      return Math.max(...times);
    },
    close: () => {
      for (const server of processes) server.close();
    },
  };
}

/** A process that answers a line with a line. */
class Server {
  readonly #process: ChildProcessWithoutNullStreams;
  readonly #lines: AsyncIterator<string>;
  #errors = "";

  constructor(python: string, script: string, options: string[]) {
    this.#process = spawn(python, ["-c", script, ...options]);
    this.#process.stderr.on("data", (data) => {
      this.#errors += data;
    });
    const reader: Interface = createInterface({ input: this.#process.stdout });
    this.#lines = reader[Symbol.asyncIterator]();
  }

  async answer(): Promise<Record<string, unknown>> {
    const { value, done } = await this.#lines.next();
    if (done) throw new Error(`PyTorch ended: ${this.#errors.trim().split("\n").at(-1) ?? "no message"}`);
    return JSON.parse(value);
  }

  async ask(epochs: number): Promise<number> {
    this.#process.stdin.write(`${epochs}\n`);
    return Number((await this.answer()).ms_per_epoch);
  }

  close(): void {
    this.#process.stdin.end();
    this.#process.kill();
  }
}
