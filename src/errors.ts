/** Bad input or usage: one clear line that names the value, the limit and the remedy. The command line exits with 2. */
export class InputError extends Error {
  override readonly name: string = "InputError";
}

/** The adapter cannot do what was asked: which limit is short, what it allows, and what to lower. */
export class LimitError extends InputError {
  override readonly name: string = "LimitError";
}

/** Where in the computation a number went wrong. All positions count from 0, steps from 1 (step t makes state t). */
export interface NumericalPosition {
  readonly network: number;
  readonly trajectory: number;
  readonly step: number;
  /** Tangent vector, where one is to blame. */
  readonly column?: number;
}

/** The computation left the finite numbers, or a tangent vector vanished. The command line exits with 1. */
export class NumericalError extends Error {
  override readonly name = "NumericalError";
  readonly position: NumericalPosition;
  constructor(message: string, position: NumericalPosition) {
    super(message);
    this.position = position;
  }
}

/** The device was lost, or reported an error that no caller waited for. */
export class DeviceError extends Error {
  override readonly name = "DeviceError";
}
