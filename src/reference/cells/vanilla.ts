import type { ReferenceCell } from "./cell";

/** A function of the pre-activation a, and its derivatives as functions of its value h. */
export interface Activation {
  readonly value: (a: number) => number;
  readonly slope: (h: number) => number;
  readonly curvature: (h: number) => number;
}

/** A vanilla cell: h' = f(a), a = W h + bias_hh + U x + bias_ih; one step of the tangent is f'(a) ∘ (W Q). */
export function vanilla({ value, slope, curvature }: Activation): ReferenceCell {
  const forward: ReferenceCell["forward"] = ({ recurrent, input }) => recurrent.map((a, i) => value(a + input[i]));
  return {
    forward,

    tangent(step, { K, product }) {
      const after = forward(step);
      return product.map((each, at) => slope(after[Math.floor(at / K)]) * each);
    },

    adjoint(step, { K, frame, product }, afterBar, tangentBar) {
      const after = forward(step);
      const productBar = tangentBar.map((each, at) => slope(after[Math.floor(at / K)]) * each);
      const preactivationBar = after.map((h, i) => {
        let slopeBar = 0;
        for (let k = 0; k < K; k++) slopeBar += tangentBar[i * K + k] * product[i * K + k];
        return slope(h) * afterBar[i] + curvature(h) * slopeBar;
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
}
