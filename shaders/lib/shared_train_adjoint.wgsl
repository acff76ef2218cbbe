// The pointwise part of train_adjoint with barriers: an invocation takes unit after unit of one sequence.
// Needs: WG (profiles); bindings of train_adjoint; lib/train_layout, lib/shared_product; R, PREACTIVATION (sizes); a cell.

fn begin_adjoint(network: u32, here: u32, part: u32) {
  matrix_network = network;
  for (var item = lane; item < ROWS * 8u + params.zero; item += WG) {
    var value = 0.0;
    if (params.last < params.T) { value = adjoints[adjoints_base(here) + (params.last * KEPT + item / 8u) * BP + part * 8u + item % 8u]; }
    operand[item] = value;
  }
}

fn adjoint_step(network: u32, here: u32, part: u32, t: u32) {
  for (var item = lane; item < NP * 8u + params.zero; item += WG) {
    let unit = item / 8u;
    let b = part * 8u + item % 8u;
    var read = 0.0;
    for (var r = 0u; r < R + params.zero; r++) { read = fma(parameters[network * PARAMETERS + AT_READOUT + r * NP + unit], error_at(here, t, r, b), read); }
    let result = unit_adjoint(here, unit, b, t, product[item], read);
    for (var g = 0u; g < GATES; g++) { operand[g * NP * 8u + item] = result.gates[g]; }
  }
}

fn start_adjoint(network: u32, here: u32, part: u32) {
  for (var item = lane; item < NP * 8u + params.zero; item += WG) {
    store_start(network, here, item / 8u, part * 8u + item % 8u, product[item]);
  }
}
