import { vanilla } from "./vanilla";

/** PyTorch's nn.RNN: h' = tanh(a), a = W h + bias_hh + U x + bias_ih. */
export const rnn = vanilla({ value: Math.tanh, slope: (h) => 1 - h * h, curvature: (h) => -2 * h * (1 - h * h) });
