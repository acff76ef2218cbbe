import type { ReferenceCell } from "./cell";

/** PyTorch's nn.RNN: h' = tanh(a), a = W h + bias_hh + U x + bias_ih; one step of the tangent is d ∘ (W Q) with d = 1 − h'². */
export const rnn: ReferenceCell = {
  forward: ({ recurrent, input }) => recurrent.map((value, i) => Math.tanh(value + input[i])),

  tangent(step, { K, product }) {
    const after = rnn.forward(step);
    return product.map((value, at) => (1 - after[Math.floor(at / K)] ** 2) * value);
  },

  adjoint(step, { K, frame, product }, afterBar, tangentBar) {
    const after = rnn.forward(step);
    const productBar = tangentBar.map((value, at) => (1 - after[Math.floor(at / K)] ** 2) * value);
    const preactivationBar = after.map((h, i) => {
      let dBar = 0;
      for (let k = 0; k < K; k++) dBar += tangentBar[i * K + k] * product[i * K + k];
      return (1 - h * h) * (afterBar[i] - 2 * h * dBar);
    });
    return {
      productBar,
      frameBar: new Float64Array(frame.length),
      recurrentBar: preactivationBar,
      inputBar: preactivationBar,
      beforeBar: new Float64Array(step.N),
    };
  },
};
