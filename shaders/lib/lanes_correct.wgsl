// The structure of B restored, one panel at a time, by a workgroup of 8 lanes that own two tangent vectors each.
// Needs: bindings tangents, loss_weights, adjoints of walk_adjoint; lib/walk, lib/layout, lib/adjoint_layout, lib/adjoint_base, lib/lanes_tile.

/// Xᵀ Y of a panel of tangent vectors and one of adjoints, whose lane's first column begins at `x` and `y`.
fn tile_dots(x: u32, y: u32) -> Tile {
  var acc = Tile();
  for (var i = 0u; i < DQ + params.zero; i++) {
    if (NARROW) { tile_rows(&acc, 0u, tangents[x + i], adjoints[y + i], vec4f(), false); }
    else { tile_step(&acc, tangents[x + i], tangents[x + 8u * DQ + i], adjoints[y + i], adjoints[y + 8u * DQ + i]); }
  }
  return acc;
}

fn lane_loss_weights(walk: Walk, panel: u32) -> vec2f {
  let at = walk.trajectory * KP + panel * PANEL + lane;
  return select(vec2f(), vec2f(loss_weights[at], loss_weights[at + 8u]), walk.t > params.warmup);
}

/// B −= Q (strictUpper(S) + diag(diag S − w)), S = QᵀB. From B = 0 this makes B_T = Q_T diag(w).
fn correct(walk: Walk, panel: u32) {
  let fresh = walk.t == params.T;
  let w = lane_loss_weights(walk, panel);
  let column = lane_column(panel);
  let b = adjoint_base(walk) + at_b() + column;
  for (var source = 0u; source <= panel; source++) {
    let x = walk.q_after + lane_column(source);
    var s = tile_dots(x, b);
    if (fresh) { s = Tile(); }
    if (source == panel) {
      for (var i = 0u; i < 16u; i++) {
        s[i].x = select(0.0, s[i].x - select(0.0, w.x, i == lane), i <= lane);
        s[i].y = select(0.0, s[i].y - select(0.0, w.y, i == lane + 8u), i <= lane + 8u);
      }
    }
    for (var i = 0u; i < DQ + params.zero; i++) {
      let change = tile_combine(tangents[x + i], tangents[x + 8u * DQ + i], &s);
      let clear = fresh && source == 0u;
      adjoints[b + i] = select(adjoints[b + i], vec4f(), clear) - change[0];
      if (!NARROW) { adjoints[b + 8u * DQ + i] = select(adjoints[b + 8u * DQ + i], vec4f(), clear) - change[1]; }
    }
  }
}
