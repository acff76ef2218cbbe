// The pointwise part of train_adjoint with barriers: an invocation takes unit after unit of one sequence.
// Needs: WG (profiles); bindings of train_adjoint; lib/train_layout, lib/shared_product; R, PREACTIVATION (sizes); a cell.

fn begin_adjoint(network: u32, here: u32, part: u32) {
  matrix_network = network;
  for (var item = lane; item < ROWS * 8u + params.zero; item += WG) {
    var value = 0.0;
    if (params.last < params.T) { value = adjoints[adjoints_base(here) + (params.last * ROWS + item / 8u) * BP + part * 8u + item % 8u]; }
    operand[item] = value;
  }
}

fn adjoint_step(network: u32, here: u32, part: u32, t: u32) {
  for (var item = lane; item < NP * 8u + params.zero; item += WG) {
    let unit = item / 8u;
    let b = part * 8u + item % 8u;
    let at = records_base(here) + t * RECORD * NP * BP + unit * BP + b;
    var after = array<f32, RECORD>();
    var before = array<f32, RECORD>();
    for (var i = 0u; i < RECORD; i++) {
      after[i] = records[at + i * NP * BP];
      before[i] = records[at - RECORD * NP * BP + i * NP * BP];
    }
    var read = 0.0;
    for (var r = 0u; r < R + params.zero; r++) { read = fma(parameters[network * PARAMETERS + AT_READOUT + r * NP + unit], error_at(here, t, r, b), read); }
    var adjoint = array<f32, STATES>();
    adjoint[0] = product[item] + select(read, 0.0, PREACTIVATION);
    var result = cell_adjoint(after, before, adjoint, 0.0);
    if (PREACTIVATION) { result[0] += read; }
    for (var g = 0u; g < GATES; g++) {
      operand[g * NP * 8u + item] = result[g];
      adjoints[adjoints_base(here) + ((t - 1u) * ROWS + g * NP + unit) * BP + b] = result[g];
    }
  }
}

fn start_adjoint(network: u32, here: u32, part: u32) {
  for (var item = lane; item < NP * 8u + params.zero; item += WG) {
    let at = item / 8u * BP + part * 8u + item % 8u;
    let h = records[records_base(here) + at];
    gradient[network * GRADIENT + AT_START + at] = select(product[item], fma(-h, h, 1.0) * product[item], PREACTIVATION);
  }
}
