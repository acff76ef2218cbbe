// What both profiles of weight_gradient share: the slabs of time and the input and bias gradients.
// Needs: bindings of weight_gradient; lib/layout, lib/adjoint_layout; a cell.

/// The rows of step t of a trajectory of the bound slice, in vec4.
fn step_rows_at(here: u32, t: u32) -> u32 {
  return (here * rows_stride() + t % params.ring * STEP_ROWS) / 4u;
}

/// One column of [Ū | b̄_ih | b̄_hh], for SIDE rows, one an invocation.
fn input_column(network: u32, row_first: u32, column: u32, first: u32, last: u32) {
  for (var row = row_first + lane; row < min(row_first + SIDE, GATES * NP); row += WG) {
    let apart = row >= (GATES - APART) * NP && column <= params.S;  // biases of the input are column S
    let k = K + select(0u, 1u, apart);
    let at = (params.network + network) * parameters_stride() + AT_WEIGHT_IH + column * GATES * NP + row;
    var total = select(gradient[at], 0.0, last == params.T + params.zero);
    for (var end = last; end > first; end = (end - 1u) / SLAB * SLAB) {
      var slab = 0.0;
      for (var b = 0u; b < params.B; b++) {
        for (var t = end; t > (end - 1u) / SLAB * SLAB; t--) {
          let a = rows[step_rows_at(network * params.B + b, t) + (row * L + k) / 4u][k % 4u];
          let x = inputs[(((params.network + network) * params.B + b) * params.T + t - 1u) * params.S + min(column, max(params.S, 1u) - 1u)];
          slab = fma(a, select(1.0, x, column < params.S), slab);
        }
      }
      total += slab;
    }
    gradient[at] = total;
  }
}
