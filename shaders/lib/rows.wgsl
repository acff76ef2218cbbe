// The row-major copies that weight_gradient reads.
// Needs: binding rows; lib/walk, lib/layout, lib/adjoint_layout, lib/adjoint_base, lib/cell; GATES, APART, CLOSED (cells).

/// Four units' numbers of one tangent vector, into the row-major copies.
fn store_rows(walk: Walk, k: u32, unit: u32, product: array<vec4f, GATES>, q: vec4f) {
  if (k >= K) { return; }
  let at = rows_base(walk) + walk.t % params.ring * STEP_ROWS + unit * L + k;
  var gates = product;
  for (var e = 0u; e < 4u + params.zero; e++) {
    for (var gate = 0u; gate < GATES; gate++) { rows[at + (gate * NP + e) * L] = gates[gate][e]; }
    rows[at + DA_ROWS + e * L] = q[e];
  }
}

/// What the state's adjoint leaves of a unit: ā in column K, that of the inputs in the next where it is another, and the
/// direct part of h̄_{t−1}.
fn store_gates(walk: Walk, unit: u32, result: StepAdjoint) {
  let at = rows_base(walk) + walk.t % params.ring * STEP_ROWS + unit * L + K;
  var gates = result.gates;
  for (var gate = 0u; gate < GATES + rolled(); gate++) { rows[at + gate * NP * L] = gates[gate]; }
  for (var i = 0u; i < APART; i++) { rows[at + (GATES - APART + i) * NP * L + 1u] = result.gates[GATES + i]; }
  if (!CLOSED) {
    for (var s = 0u; s < STATES; s++) { rows[rows_base(walk) + at_state() + s * NP + unit] = result.before[s]; }
  }
}
