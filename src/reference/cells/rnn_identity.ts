import { vanilla } from "./vanilla";

/** A linear network: h' = a. */
export const rnn_identity = vanilla({ value: (a) => a, slope: () => 1, curvature: () => 0 });
