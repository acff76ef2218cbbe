import type { ReferenceCell } from "./cell";
import { sigmoid } from "./sigmoid";

/**
 * PyTorch's nn.GRU, gates r, z, n: r = σ(i_r + h_r), z = σ(i_z + h_z), n = tanh(i_n + r h_n), h' = (1 − z) n + z h, where i is
 * U x + bias_ih and h_· is W h + bias_hh. With p = W q of the three gates and q of the unit itself, the tangent is
 * (1 − z)(1 − n²) u + (h − n) v + z q;  u = r p_n + h_n ρ,  ρ = r (1 − r) p_r,  v = z (1 − z) p_z.
 */
function unit(step: Parameters<ReferenceCell["forward"]>[0], i: number) {
  const { N, recurrent, input, before } = step;
  const r = sigmoid(input[i] + recurrent[i]);
  const z = sigmoid(input[N + i] + recurrent[N + i]);
  const hn = recurrent[2 * N + i];
  const n = Math.tanh(input[2 * N + i] + r * hn);
  const h = before[i];
  return { r, z, hn, n, h, after: (1 - z) * n + z * h };
}

export const gru: ReferenceCell = {
  forward: (step) => Float64Array.from({ length: step.N }, (_, i) => unit(step, i).after),

  tangent(step, { K, frame, product }) {
    const { N } = step;
    return Float64Array.from({ length: N * K }, (_, at) => {
      const i = Math.floor(at / K);
      const { r, z, hn, n, h } = unit(step, i);
      const rho = r * (1 - r) * product[at];
      const v = z * (1 - z) * product[N * K + at];
      const u = r * product[2 * N * K + at] + hn * rho;
      return (1 - z) * (1 - n * n) * u + (h - n) * v + z * frame[at];
    });
  },

  adjoint(step, { K, frame, product }, afterBar, tangentBar) {
    const { N } = step;
    const productBar = new Float64Array(3 * N * K);
    const frameBar = new Float64Array(N * K);
    const recurrentBar = new Float64Array(3 * N);
    const inputBar = new Float64Array(3 * N);
    const beforeBar = new Float64Array(N);
    for (let i = 0; i < N; i++) {
      const { r, z, hn, n, h } = unit(step, i);
      // Sums over the tangent vectors of Ā times u, v, q and ρ.
      let [sumU, sumV, sumQ, sumRho] = [0, 0, 0, 0];
      for (let k = 0; k < K; k++) {
        const at = i * K + k;
        const bar = tangentBar[at];
        const uBar = (1 - z) * (1 - n * n) * bar;
        productBar[at] = hn * r * (1 - r) * uBar;
        productBar[N * K + at] = z * (1 - z) * (h - n) * bar;
        productBar[2 * N * K + at] = r * uBar;
        frameBar[at] = z * bar;
        const rho = r * (1 - r) * product[at];
        sumU += bar * (r * product[2 * N * K + at] + hn * rho);
        sumV += bar * z * (1 - z) * product[N * K + at];
        sumQ += bar * frame[at];
        sumRho += bar * rho;
      }
      const zBar = (h - n) * afterBar[i] - (1 - n * n) * sumU + sumQ;
      const nBar = (1 - z) * afterBar[i] - 2 * n * (1 - z) * sumU - sumV;
      const candidate = (1 - n * n) * nBar;
      const slope = (1 - z) * (1 - n * n);
      recurrentBar[i] = r * (1 - r) * hn * candidate + slope * ((1 - r) * sumU - r * hn * sumRho);
      recurrentBar[N + i] = z * (1 - z) * zBar + (1 - 2 * z) * (h - n) * sumV;
      recurrentBar[2 * N + i] = r * candidate + slope * sumRho;
      inputBar[i] = recurrentBar[i];
      inputBar[N + i] = recurrentBar[N + i];
      inputBar[2 * N + i] = candidate;
      beforeBar[i] = z * afterBar[i] + sumV;
    }
    return { productBar, frameBar, recurrentBar, inputBar, beforeBar };
  },
};
