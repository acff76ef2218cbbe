// One network's parameters, in one flat buffer: weight_hh [GATES NP, NP], weight_ih [S, GATES NP] (transposed),
// bias_ih [GATES NP], bias_hh [GATES NP]. Element addresses.
// Needs: params.S; lib/layout; GATES (cells).

override AT_WEIGHT_IH: u32 = GATES * NP * NP;

fn at_bias_ih() -> u32 {
  return AT_WEIGHT_IH + params.S * GATES * NP;
}

fn at_bias_hh() -> u32 {
  return at_bias_ih() + GATES * NP;
}

fn parameters_stride() -> u32 {
  return at_bias_hh() + GATES * NP;
}
