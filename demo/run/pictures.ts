import type { SnapshotRow } from "./types";

/** Pictures that are taken while a run goes on: one at a time, told as soon as they are ready. */
export class Pictures {
  #working: Promise<void> = Promise.resolve();
  #ready: SnapshotRow[] = [];
  #error: unknown;

  /** Begins a picture, once the one before is done. */
  async begin(take: () => Promise<SnapshotRow>): Promise<void> {
    await this.#working;
    this.#working = take().then(
      (row) => {
        this.#ready.push(row);
      },
      (error: unknown) => {
        this.#error ??= error;
      },
    );
  }

  /** What is ready by now. @throws what taking one threw */
  *ready(): Generator<SnapshotRow> {
    if (this.#error) throw this.#error;
    const rows = this.#ready;
    this.#ready = [];
    yield* rows;
  }

  /** What is left. */
  async *rest(): AsyncGenerator<SnapshotRow> {
    await this.#working;
    yield* this.ready();
  }

  /** Resolves when nothing is under way. */
  settled(): Promise<void> {
    return this.#working;
  }
}
