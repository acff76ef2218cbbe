/** Where a command writes: the process's streams, or a test's. */
export interface IO {
  /** Results. */
  readonly stdout: (text: string) => void;
  /** Progress and notes. */
  readonly stderr: (text: string) => void;
  /** Whether a person watches stderr. */
  readonly isTTY: boolean;
}
