// The pointwise part of train_adjoint for a workgroup of 8 lanes that own sequences.
// Needs: bindings of train_adjoint; lib/train_layout, lib/lanes_product; R, COLUMNS, PREACTIVATION (sizes); a cell.

var<private> readouts: array<f32, R * NP / 8u>;  // [r][unit / 8], of the lane's unit of each block of 8

fn begin_adjoint(network: u32, here: u32, part: u32) {
  share_matrix(network);
  for (var i = 0u; i < R * NP / 8u + params.zero; i++) { readouts[i] = parameters[network * PARAMETERS + AT_READOUT + i * 8u + lane]; }
  // ā of the step after this chunk; none after T.
  if (params.last >= params.T) { return; }
  for (var row = 0u; row < ROWS + params.zero; row++) {
    for (var c = 0u; c < COLUMNS + params.zero; c++) {
      operand[row / 4u * COLUMNS + c][row % 4u] = adjoints[adjoints_base(here) + (params.last * KEPT + row) * BP + (part * COLUMNS + c) * 8u + lane];
    }
  }
}

fn adjoint_step(network: u32, here: u32, part: u32, t: u32) {
  for (var c = 0u; c < COLUMNS + params.zero; c++) {
    let b = (part * COLUMNS + c) * 8u + lane;
    var error = array<f32, R>();
    for (var r = 0u; r < R; r++) { error[r] = error_at(here, t, r, b); }
    for (var block = 0u; block < NP / 8u + params.zero; block++) {
      var mine = array<f32, R>();
      for (var r = 0u; r < R; r++) { mine[r] = readouts[r * (NP / 8u) + block]; }
      // A vec4 of units at a time: what is indexed by a number unknown to the compiler is read and written whole.
      // Rolled where a cell has several gates and records: all their loads in a row take seconds to compile.
      let rolled = select(params.zero, 0u, CLOSED);
      for (var half = 0u; half < 2u + rolled; half++) {
        let quad = block * 2u + half;
        let products = product[quad * COLUMNS + c];
        var gates = array<vec4f, GATES>();
        for (var e = 0u; e < 4u + rolled; e++) {
          let unit = quad * 4u + e;
          var read = 0.0;
          for (var r = 0u; r < R; r++) { read = fma(subgroupShuffle(mine[r], half * 4u + e), error[r], read); }
          let result = unit_adjoint(here, unit, b, t, products[e], read);
          for (var g = 0u; g < GATES; g++) { gates[g][e] = result.gates[g]; }
        }
        for (var g = 0u; g < GATES; g++) { operand[(g * NQ + quad) * COLUMNS + c] = gates[g]; }
      }
    }
  }
}

fn start_adjoint(network: u32, here: u32, part: u32) {
  for (var c = 0u; c < COLUMNS + params.zero; c++) {
    let b = (part * COLUMNS + c) * 8u + lane;
    for (var unit = 0u; unit < NP + params.zero; unit++) {
      store_start(network, here, unit, b, product[unit / 4u * COLUMNS + c][unit % 4u]);
    }
  }
}
