import type { Numbers } from "./matrix";

export interface AdamOptions {
  readonly lr: number;
  readonly beta1?: number;
  readonly beta2?: number;
  readonly eps?: number;
}

/** Running moments of the gradient, both as long as the parameters. */
export interface AdamState {
  readonly m: Float64Array;
  readonly v: Float64Array;
  /** Updates done. */
  step: number;
}

export function adamState(length: number): AdamState {
  return { m: new Float64Array(length), v: new Float64Array(length), step: 0 };
}

/** One update in place, as torch.optim.Adam does it (Kingma & Ba 2015): eps is added after the bias correction of √v. */
export function adam(parameters: Float64Array, gradient: Numbers, state: AdamState, options: AdamOptions): void {
  const { lr, beta1 = 0.9, beta2 = 0.999, eps = 1e-8 } = options;
  const { m, v } = state;
  state.step += 1;
  const correction1 = 1 - beta1 ** state.step;
  const correction2 = 1 - beta2 ** state.step;
  for (let i = 0; i < parameters.length; i++) {
    m[i] = beta1 * m[i] + (1 - beta1) * gradient[i];
    v[i] = beta2 * v[i] + (1 - beta2) * gradient[i] ** 2;
    parameters[i] -= ((lr / correction1) * m[i]) / (Math.sqrt(v[i]) / Math.sqrt(correction2) + eps);
  }
}
