import { vanilla } from "./cell";

/** A linear network: torch.nn.RNN without its tanh. */
export const rnn_identity = vanilla("linear RNN");
