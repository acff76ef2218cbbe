// The row-major copies that weight_gradient reads.
// Needs: binding rows; lib/walk, lib/layout, lib/adjoint_layout; rows_base (walk_adjoint); GATES (cells).

/// Four units' numbers of one tangent vector, into the row-major copies.
fn store_rows(walk: Walk, k: u32, unit: u32, product: array<vec4f, GATES>, q: vec4f) {
  if (k >= K) { return; }
  let at = rows_base(walk) + walk.t % params.ring * STEP_ROWS + unit * L + k;
  for (var e = 0u; e < 4u + params.zero; e++) {
    for (var gate = 0u; gate < GATES; gate++) { rows[at + (gate * NP + e) * L] = product[gate][e]; }
    rows[at + DA_ROWS + e * L] = q[e];
  }
}
