import { vanilla } from "./vanilla";

/** PyTorch's nn.RNN with nonlinearity="relu": h' = max(0, a); its derivative at 0 is 0. */
export const rnn_relu = vanilla({ value: (a) => Math.max(0, a), slope: (h) => (h > 0 ? 1 : 0), curvature: () => 0 });
