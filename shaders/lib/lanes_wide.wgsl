// The products with W, for a workgroup of 8 lanes: tiles of 16 or 32 rows and of one panel of tangent vectors or two. The
// larger the tile, the more each load serves: on llvmpipe loads are more than half of a product.
// Needs: lib/layout, lib/lanes_tile; matrix_at, vectors_at, state_at (what is multiplied).

override WIDE: bool = false;  // only where the number of panels, of each group, is even
override SPAN: u32 = select(1u, 2u, WIDE);  // panels of a product
override TALL: bool = WIDE && NP % 32u == 0u;
override HEIGHT: u32 = select(16u, 32u, TALL);  // rows of a product
override TILES: u32 = SPAN * HEIGHT / 16u;      // 16 rows of one panel each

/// Whether a tall product takes the state as well, for a workgroup that has no other rows: W is then read once for both.
override WITH_STATE: bool = false;
override TAKES_STATE: bool = TALL && WITH_STATE;
var<private> state_taken: bool;

alias WideTile = array<vec4f, 32>;  // HEIGHT rows of the lane's columns l, 8 + l, 16 + l and 24 + l

/// HEIGHT rows of a matrix with `row` vec4 a row, beginning with the lane's at `w`, times the SPAN panels at `y`, with `column`
/// vec4 a vector; `products`: of the lane's rows l, 8 + l, 16 + l and 24 + l with the state at `state`, where it is taken.
/// All loads come before all sums: on llvmpipe 1.05 to 1.3 times as fast as sums between loads, which are full of branches.
fn tile_product(w: u32, row: u32, y: u32, column: u32, state: u32, products: ptr<function, vec4f>) -> WideTile {
  var wide = WideTile();
  if (WIDE) {
    for (var i = 0u; i < row + params.zero; i++) {
      let columns = mat4x4f(vectors_at(y + i), vectors_at(y + 8u * column + i), vectors_at(y + 16u * column + i), vectors_at(y + 24u * column + i));
      var x = array<vec4f, 4>(matrix_at(w + i), matrix_at(w + 8u * row + i), vec4f(), vec4f());
      if (TALL) {
        x[2] = matrix_at(w + 16u * row + i);
        x[3] = matrix_at(w + 24u * row + i);
      }
      if (TAKES_STATE) { add_state(products, x, state_at(state, 4u * i + lane % 4u)); }
      wide_rows(&wide, 0u, x[0], columns);
      wide_rows(&wide, 8u, x[1], columns);
      if (TALL) {
        wide_rows(&wide, 16u, x[2], columns);
        wide_rows(&wide, 24u, x[3], columns);
      }
    }
    return wide;
  }
  var acc = Tile();
  for (var i = 0u; i < row + params.zero; i++) {
    if (NARROW) {
      tile_rows(&acc, 0u, matrix_at(w + i), vectors_at(y + i), vec4f(), false);
      tile_rows(&acc, 8u, matrix_at(w + 8u * row + i), vectors_at(y + i), vec4f(), false);
    } else { tile_step(&acc, matrix_at(w + i), matrix_at(w + 8u * row + i), vectors_at(y + i), vectors_at(y + 8u * column + i)); }
  }
  for (var i = 0u; i < 16u; i++) { wide[i] = vec4f(acc[i], 0.0, 0.0); }
  return wide;
}

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

/// The lane's four rows times four numbers of the state, of which lane l holds number l % 4; summed as `row_times_state` does.
fn add_state(products: ptr<function, vec4f>, x: array<vec4f, 4>, state: f32) {
  for (var e = 0u; e < 4u; e++) {
    let h = vec4f(subgroupShuffle(state, e));
    *products = fma(vec4f(x[0][e], x[1][e], x[2][e], x[3][e]), h, *products);
  }
}

/// 16 rows of one panel: of panel `part` % SPAN, rows 16 (`part` / SPAN) ….
fn part_of(wide: ptr<function, WideTile>, part: u32) -> Tile {
  var tile = Tile();
  for (var i = 0u; i < 16u; i++) {
    if (!WIDE) {
      tile[i] = (*wide)[i].xy;
    } else {
      let high = select((*wide)[i], (*wide)[16u + i], TALL && part / SPAN == 1u);
      tile[i] = select(high.xy, high.zw, part % SPAN == 1u);
    }
  }
  return tile;
}

/// Added to bounds, it keeps loops over the parts of a product rolled: one copy of what they hold.
fn spanned() -> u32 {
  return select(0u, params.zero, WIDE);
}
