/** Where a command writes: the process's streams, or a test's. */
export interface IO {
  /** Results. */
  readonly stdout: (text: string) => void;
  /** Progress and notes. */
  readonly stderr: (text: string) => void;
  /** Whether a person watches stderr. */
  readonly isTTY: boolean;
}

/** Notes and warnings on stderr. */
export function tell(lines: readonly string[], kind: "note" | "warning", { quiet }: { readonly quiet?: boolean }, io: IO): void {
  if (!quiet) for (const line of lines) io.stderr(`${kind}: ${line}\n`);
}
