import { vanilla } from "./cell";

/** torch.nn.RNN with nonlinearity="relu". */
export const rnn_relu = vanilla("ReLU RNN");
