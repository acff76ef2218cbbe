// The products with the transposed W of the adjoint walk for a workgroup of 8 lanes: they own tangent vectors, then units.
// Needs: bindings transposed, adjoints, rows of walk_adjoint; lib/walk, lib/layout, lib/adjoint_layout, lib/adjoint_base, lib/lanes_tile; a cell.

/// 16 rows of the transposed W, beginning with the lane's at `w`, times the SPAN panels of DA at `y`.
fn tile_transposed(w: u32, y: u32) -> WideTile {
  let row = GATES * NQ;
  if (WIDE) {
    var wide = WideTile();
    for (var i = 0u; i < row + params.zero; i++) {
      let columns = mat4x4f(adjoints[y + i], adjoints[y + 8u * row + i], adjoints[y + 16u * row + i], adjoints[y + 24u * row + i]);
      wide_rows(&wide, 0u, transposed[w + i], columns);
      wide_rows(&wide, 8u, transposed[w + 8u * row + i], columns);
    }
    return wide;
  }
  var acc = Tile();
  for (var i = 0u; i < row + params.zero; i++) {
    if (NARROW) {
      tile_rows(&acc, 0u, transposed[w + i], adjoints[y + i], vec4f(), false);
      tile_rows(&acc, 8u, transposed[w + 8u * row + i], adjoints[y + i], vec4f(), false);
    } else { tile_step(&acc, transposed[w + i], transposed[w + 8u * row + i], adjoints[y + i], adjoints[y + 8u * row + i]); }
  }
  return widen(&acc);
}

/// B_{t−1} = Wᵀ DA and what entered directly, for units `first` … `last` − 1 and SPAN panels from `panel` on.
fn pull_back(walk: Walk, panel: u32, first: u32, last: u32) {
  let column = lane_column(panel);
  let da = adjoint_base(walk) + at_da() + (panel * PANEL + lane) * GATES * NQ;
  for (var block = first; block < last + params.zero; block += 16u) {
    var products = tile_transposed(walk.weights + (block + lane) * GATES * NQ, da);
    for (var p = 0u; p < SPAN + spanned(); p++) {
      let product = half_of(&products, p);
      for (var i = 0u; i < 8u + params.zero; i += select(1u, 2u, NARROW)) {
        var quad: vec4f;
        for (var e = 0u; e < 4u; e++) { quad[e] = product[i / 2u * 4u + e][i % 2u]; }
        let at = adjoint_base(walk) + at_b() + column + (p * PANEL + i % 2u * 8u) * DQ + block / 4u + i / 2u;
        if (CLOSED) { adjoints[at] = quad; } else { adjoints[at] += quad; }
      }
    }
  }
}

/// h̄_{t−1} = Wᵀ ā and what entered directly, for units `first` … `last` − 1.
fn state_adjoint(walk: Walk, first: u32, last: u32) {
  let step_rows = rows_base(walk) + walk.t % params.ring * STEP_ROWS;
  for (var unit = first + lane; unit < last + params.zero; unit += 8u) {
    var sum = select(rows[rows_base(walk) + at_state() + unit], 0.0, CLOSED);
    let weights = walk.weights + unit * GATES * NQ;
    for (var k = 0u; k < GATES * NP / 8u + params.zero; k++) {
      let a = rows[step_rows + (k * 8u + lane) * L + K];
      let w0 = transposed[weights + 2u * k];
      let w1 = transposed[weights + 2u * k + 1u];
      for (var e = 0u; e < 4u; e++) { sum = fma(w0[e], subgroupShuffle(a, e), sum); }
      for (var e = 0u; e < 4u; e++) { sum = fma(w1[e], subgroupShuffle(a, 4u + e), sum); }
    }
    rows[rows_base(walk) + at_state() + unit] = sum;
  }
}
