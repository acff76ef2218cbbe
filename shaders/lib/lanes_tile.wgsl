// Register tiles for a workgroup of 8 lanes (CPU adapters). Lane l owns columns l and 8 + l of a panel of 16; the other
// operand is loaded once across the lanes and handed round by shuffles, so that nothing waits and nothing is shared.
// Operands are packed in vec4 along the summed or the written dimension: one such load costs as much as two scalar ones.
// Needs: enable subgroups; override K.

alias Tile = array<vec2f, 16>;  // 16 rows of the lane's two columns

/// Where the only panel has no column but the lanes' first, the second is left out everywhere.
override NARROW: bool = K <= 8u;

/// Rows `first` … `first` + 7 of acc + x yᵀ for one vec4 of the summed dimension; x holds row `first` + l.
fn tile_rows(acc: ptr<function, Tile>, first: u32, x: vec4f, y0: vec4f, y1: vec4f, both: bool) {
  for (var r = 0u; r < 8u; r++) {
    let v = subgroupShuffle(x, r);
    let i = first + r;
    (*acc)[i].x = fma(v.w, y0.w, fma(v.z, y0.z, fma(v.y, y0.y, fma(v.x, y0.x, (*acc)[i].x))));
    if (both) { (*acc)[i].y = fma(v.w, y1.w, fma(v.z, y1.z, fma(v.y, y1.y, fma(v.x, y1.x, (*acc)[i].y)))); }
  }
}

/// All 16 rows, both columns.
fn tile_step(acc: ptr<function, Tile>, x0: vec4f, x1: vec4f, y0: vec4f, y1: vec4f) {
  tile_rows(acc, 0u, x0, y0, y1, true);
  tile_rows(acc, 8u, x1, y0, y1, true);
}

/// One vec4 of X C: x0, x1 hold the lane's columns of X. Returns columns l and 8 + l.
fn tile_combine(x0: vec4f, x1: vec4f, c: ptr<function, Tile>) -> array<vec4f, 2> {
  var sum = array<vec4f, 2>();
  for (var r = 0u; r < 8u; r++) {
    let v = subgroupShuffle(x0, r);
    sum[0] = fma(v, vec4f((*c)[r].x), sum[0]);
    if (!NARROW) { sum[1] = fma(v, vec4f((*c)[r].y), sum[1]); }
  }
  if (NARROW) { return sum; }
  for (var r = 0u; r < 8u; r++) {
    let v = subgroupShuffle(x1, r);
    sum[0] = fma(v, vec4f((*c)[8u + r].x), sum[0]);
    sum[1] = fma(v, vec4f((*c)[8u + r].y), sum[1]);
  }
  return sum;
}

/// Sums of squares of the lane's columns.
fn tile_squares(c: ptr<function, Tile>) -> vec2f {
  var sum = vec2f();
  for (var i = 0u; i < 16u; i++) { sum = fma((*c)[i], (*c)[i], sum); }
  return sum;
}

/// `b` if `second`, else `a`.
fn select_tile(a: ptr<function, Tile>, b: ptr<function, Tile>, second: bool) -> Tile {
  var result = Tile();
  for (var i = 0u; i < 16u; i++) { result[i] = select((*a)[i], (*b)[i], second); }
  return result;
}

/// Row i of a tile at column j of the panel, for every lane.
fn tile_at(row: vec2f, column: u32) -> f32 {
  return select(subgroupShuffle(row.y, column & 7u), subgroupShuffle(row.x, column & 7u), column < 8u);
}
