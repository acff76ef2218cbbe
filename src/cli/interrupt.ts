/** The run was ended by a signal, after saving. */
export class Interrupted extends Error {
  override readonly name = "Interrupted";
  readonly exitCode: number;
  constructor(exitCode: number) {
    super("interrupted");
    this.exitCode = exitCode;
  }
}

/** Signals while a run goes on. */
export interface Interruption {
  /** Aborted, with an `Interrupted` as its reason, by the first signal; the second ends the process. */
  readonly signal: AbortSignal;
  /** Back to the usual. */
  stop(): void;
}

const codes = { SIGINT: 130, SIGTERM: 143 } as const;

/** Listens for SIGINT and SIGTERM. */
export function listen(): Interruption {
  const controller = new AbortController();
  const onSignal = (name: NodeJS.Signals) => {
    const code = codes[name as keyof typeof codes];
    if (controller.signal.aborted) process.exit(code);
    controller.abort(new Interrupted(code));
  };
  for (const name of Object.keys(codes)) process.on(name, onSignal);
  return {
    signal: controller.signal,
    stop: () => {
      for (const name of Object.keys(codes)) process.off(name, onSignal);
    },
  };
}
