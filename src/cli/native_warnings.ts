import { closeSync, fstatSync, openSync } from "node:fs";

/**
 * Runs `action` with what native code writes to stderr thrown away: Dawn prints two warnings about limits whenever it
 * looks for adapters, which mean nothing to people. Works where stderr is a terminal or a pipe that can be opened anew
 * under its name (Linux); elsewhere the warnings stay. FLOSS_DEBUG keeps them.
 */
export async function withoutNativeWarnings<Result>(action: () => Promise<Result>): Promise<Result> {
  const kept = process.env.FLOSS_DEBUG ? undefined : openAgain(2);
  if (kept === undefined) return action();
  replaceStderr("/dev/null");
  try {
    return await action();
  } finally {
    replaceStderr(`/proc/self/fd/${kept}`);
    closeSync(kept);
  }
}

/** Another descriptor of the same terminal or pipe; none of a file, where each descriptor would write at its own position. */
function openAgain(descriptor: number): number | undefined {
  try {
    const stats = fstatSync(descriptor);
    if (!stats.isFIFO() && !stats.isCharacterDevice()) return undefined;
    return openSync(`/proc/self/fd/${descriptor}`, "a");
  } catch {
    return undefined;
  }
}

/** The lowest free descriptor is the next to be given: 2, as nothing else is opened in between. */
function replaceStderr(path: string): void {
  closeSync(2);
  openSync(path, "a");
}
