import type { ReferenceCell } from "./cell";
import { sigmoid } from "./sigmoid";

/**
 * PyTorch's nn.LSTM, gates i, f, g, o of W h + bias_hh + U x + bias_ih; state [h; c]: c' = f c + i g, h' = o τ, τ = tanh c'.
 * With p = W q_h of the four gates, the tangents are dc' = f q_c + c φ + g ι + i γ and dh' = o (1 − τ²) dc' + τ ω;
 * ι = i (1 − i) p_i,  φ = f (1 − f) p_f,  γ = (1 − g²) p_g,  ω = o (1 − o) p_o.
 */
function unit({ N, recurrent, input, before }: Parameters<ReferenceCell["forward"]>[0], j: number) {
  const gate = (number: number) => input[number * N + j] + recurrent[number * N + j];
  const [i, f, g, o] = [sigmoid(gate(0)), sigmoid(gate(1)), Math.tanh(gate(2)), sigmoid(gate(3))];
  const c = before[N + j];
  const after = f * c + i * g;
  return { i, f, g, o, c, after, tau: Math.tanh(after) };
}

/** ι, φ, γ, ω, dc' and dh' of one unit and tangent vector, whose numbers lie at `at` of [N, K]. */
function tangents(x: ReturnType<typeof unit>, product: Float64Array, frame: Float64Array, size: number, at: number) {
  const { i, f, g, o, c, tau } = x;
  const iota = i * (1 - i) * product[at];
  const phi = f * (1 - f) * product[size + at];
  const gamma = (1 - g * g) * product[2 * size + at];
  const omega = o * (1 - o) * product[3 * size + at];
  const cell = f * frame[size + at] + c * phi + g * iota + i * gamma;
  return { iota, phi, gamma, omega, cell, hidden: o * (1 - tau * tau) * cell + tau * omega };
}

export const lstm: ReferenceCell = {
  forward(step) {
    const state = new Float64Array(2 * step.N);
    for (let j = 0; j < step.N; j++) {
      const { o, after, tau } = unit(step, j);
      state[j] = o * tau;
      state[step.N + j] = after;
    }
    return state;
  },

  tangent(step, { K, frame, product }) {
    const size = step.N * K;
    const result = new Float64Array(2 * size);
    for (let at = 0; at < size; at++) {
      const { cell, hidden } = tangents(unit(step, Math.floor(at / K)), product, frame, size, at);
      result[at] = hidden;
      result[size + at] = cell;
    }
    return result;
  },

  adjoint(step, { K, frame, product }, afterBar, tangentBar) {
    const { N } = step;
    const size = N * K;
    const productBar = new Float64Array(4 * size);
    const frameBar = new Float64Array(2 * size);
    const recurrentBar = new Float64Array(4 * N);
    const beforeBar = new Float64Array(2 * N);
    for (let j = 0; j < N; j++) {
      const x = unit(step, j);
      const { i, f, g, o, c, tau } = x;
      const slope = 1 - tau * tau;
      // Sums over the tangent vectors of the adjoint of dh' times dc' and ω, and of all that reaches dc' times q_c, φ, ι and γ.
      let [sumCell, sumOmega, sumFrame, sumPhi, sumIota, sumGamma] = [0, 0, 0, 0, 0, 0];
      for (let k = 0; k < K; k++) {
        const at = j * K + k;
        const d = tangents(x, product, frame, size, at);
        const hiddenBar = tangentBar[at];
        const cellBar = tangentBar[size + at] + o * slope * hiddenBar;
        productBar[at] = i * (1 - i) * g * cellBar;
        productBar[size + at] = f * (1 - f) * c * cellBar;
        productBar[2 * size + at] = (1 - g * g) * i * cellBar;
        productBar[3 * size + at] = o * (1 - o) * tau * hiddenBar;
        frameBar[size + at] = f * cellBar;
        sumCell += hiddenBar * d.cell;
        sumOmega += hiddenBar * d.omega;
        sumFrame += cellBar * frame[size + at];
        sumPhi += cellBar * d.phi;
        sumIota += cellBar * d.iota;
        sumGamma += cellBar * d.gamma;
      }
      const hiddenBar = afterBar[j];
      const cellBar = afterBar[N + j] + o * slope * hiddenBar + slope * (sumOmega - 2 * o * tau * sumCell);
      recurrentBar[j] = i * (1 - i) * (g * cellBar + sumGamma) + g * (1 - 2 * i) * sumIota;
      recurrentBar[N + j] = f * (1 - f) * (c * cellBar + sumFrame) + c * (1 - 2 * f) * sumPhi;
      recurrentBar[2 * N + j] = (1 - g * g) * (i * cellBar + sumIota) - 2 * g * i * sumGamma;
      recurrentBar[3 * N + j] = o * (1 - o) * (tau * hiddenBar + slope * sumCell) + tau * (1 - 2 * o) * sumOmega;
      beforeBar[N + j] = f * cellBar + sumPhi;
    }
    return { productBar, frameBar, recurrentBar, inputBar: recurrentBar, beforeBar };
  },
};
