import { vanilla } from "./cell";

/** torch.nn.RNN with tanh. */
export const rnn = vanilla("vanilla RNN", 1);
