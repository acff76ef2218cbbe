// Tiles of two panels, for the products with W: each load of W serves twice as many columns.
// Needs: lib/layout, lib/lanes_tile.

override WIDE: bool = false;  // only where the number of panels, of each group, is even
override SPAN: u32 = select(1u, 2u, WIDE);  // panels of a product

alias WideTile = array<vec4f, 16>;  // 16 rows of the lane's columns l, 8 + l, 16 + l and 24 + l

/// Rows `first` … `first` + 7 of acc + x yᵀ for one vec4 of the summed dimension; x holds row `first` + l.
fn wide_rows(acc: ptr<function, WideTile>, first: u32, x: vec4f, y: mat4x4f) {
  for (var r = 0u; r < 8u; r++) {
    let v = subgroupShuffle(x, r);
    let i = first + r;
    for (var c = 0u; c < 4u; c++) {
      (*acc)[i][c] = fma(v.w, y[c].w, fma(v.z, y[c].z, fma(v.y, y[c].y, fma(v.x, y[c].x, (*acc)[i][c]))));
    }
  }
}

fn widen(tile: ptr<function, Tile>) -> WideTile {
  var wide = WideTile();
  for (var i = 0u; i < 16u; i++) { wide[i] = vec4f((*tile)[i], 0.0, 0.0); }
  return wide;
}

/// Panel `p` of the two.
fn half_of(wide: ptr<function, WideTile>, p: u32) -> Tile {
  var tile = Tile();
  for (var i = 0u; i < 16u; i++) { tile[i] = select((*wide)[i].xy, (*wide)[i].zw, p == 1u); }
  return tile;
}

/// Added to SPAN, it keeps loops over the panels of a product rolled: one copy of what they hold.
fn spanned() -> u32 {
  return select(0u, params.zero, WIDE);
}
