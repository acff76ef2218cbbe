// The structure of B restored, one panel at a time, with workgroup memory and barriers.
// Needs: WG, PANEL (profiles); bindings tangents, loss_weights, adjoints of walk_adjoint; lib/walk, lib/layout, lib/adjoint_layout, lib/adjoint_base, lib/shared_tile.

fn panel_loss_weight(walk: Walk, column: u32) -> f32 {
  return select(0.0, loss_weights[walk.trajectory * KP + column], walk.t > params.warmup);
}

/// B −= Q (strictUpper(S) + diag(diag S − w)), S = QᵀB. From B = 0 this makes B_T = Q_T diag(w).
fn correct(walk: Walk, panel: u32) {
  let fresh = walk.t == params.T;
  let b = adjoint_base(walk) + at_b();
  for (var source = 0u; source <= panel; source++) {
    for (var e = lane; e < TILE; e += WG) {
      let x = walk.q_after + panel_column(source, e / PANEL);
      let y = b + panel_column(panel, e % PANEL);
      var sum = 0.0;
      for (var i = 0u; i < DQ; i++) { sum += dot(tangents[x + i], adjoints[y + i]); }
      sum = select(sum, 0.0, fresh || (source == panel && e / PANEL > e % PANEL));
      tile[e] = sum - select(0.0, panel_loss_weight(walk, panel * PANEL + e % PANEL), source == panel && e % DIAGONAL == 0u);
    }
    workgroupBarrier();
    for (var task = lane; task < PANEL * DQ; task += WG) {
      let at = b + panel_column(panel, 0u) + task;
      var sum = select(adjoints[at], vec4f(), fresh && source == 0u);
      for (var k = 0u; k < PANEL + params.zero; k += 4u) {
        for (var e = 0u; e < 4u; e++) {
          sum = fma(vec4f(-tile[PANEL * (k + e) + task / DQ]), tangents[walk.q_after + panel_column(source, k + e) + task % DQ], sum);
        }
      }
      adjoints[at] = sum;
    }
    storageBarrier();
  }
}
