// Block Gram-Schmidt of one panel for a workgroup of 8 lanes: projection on the earlier panels, twice where the first
// takes nearly all of a column, then CholeskyQR until the panel came in nearly orthonormal. R has a positive diagonal.
// Needs: bindings tangents, triangles, log_r; lib/walk, lib/layout, lib/lanes_tile, lib/lanes_factor, lib/status, lib/gram_schmidt.

/// Xᵀ Y of two panels of tangent vectors whose lane's first column begins at `x` and `y` (vec4 addresses); of one panel, which is loaded once.
fn tile_dots(x: u32, y: u32) -> Tile {
  var acc = Tile();
  for (var i = 0u; i < DQ + params.zero; i++) {
    let y0 = tangents[y + i];
    var y1 = vec4f();
    if (!NARROW) { y1 = tangents[y + 8u * DQ + i]; }
    var x0 = y0;
    var x1 = y1;
    if (x != y) {
      x0 = tangents[x + i];
      if (!NARROW) { x1 = tangents[x + 8u * DQ + i]; }
    }
    if (NARROW) { tile_rows(&acc, 0u, x0, y0, y1, false); } else { tile_step(&acc, x0, x1, y0, y1); }
  }
  return acc;
}

/// Projects a panel on the earlier panels `first` … `last` − 1, then where `last` is the panel itself, orthonormalises it.
/// A panel's products with an earlier panel, or with itself, come from one copy of the tile code: it is what takes
/// long to compile. `source` counts the earlier panels, then stays at the panel itself.
fn orthonormalise(walk: Walk, panel: u32, first: u32, last: u32) {
  let y = walk.q_after + (panel * PANEL + lane) * DQ;
  var inverse = Tile();      // R⁻¹ of the panel itself
  var diagonal = vec2f(1.0); // of R
  var before = vec2f();      // squared norms before
  var taken = load_taken(walk, panel, first);  // by the projections
  var source = first;
  var again = false;
  var rounds = 0u;
  loop {
    let x = walk.q_after + (source * PANEL + lane) * DQ;
    var c = tile_dots(x, y);
    let own = source == panel;
    var done = false;
    if (own) {
      pad_gram(&c, panel);
      let left = tile_diagonal(&c);
      if (rounds == 0u && !again) {
        before = taken + left;
        again = subgroupAny(any(taken > PROJECT_AGAIN * left));
        if (again) {
          source = 0u;
          continue;
        }
      }
      rounds++;
      done = rounds == MOST_ROUNDS || !subgroupAny(off_identity(&c) > NEAR);
      cholesky(&c, select(PIVOT_FLOOR * left, vec2f(1.0), left < vec2f(DEAD)));
      diagonal *= select(tile_diagonal(&c), vec2f(), left < vec2f(DEAD));
      c = inverse_upper(&c);
      if (rounds == 1u) { inverse = c; } else { inverse = triangle_product(&inverse, &c); }
    } else {
      taken += tile_squares(&c);
    }
    if (!own || done) { add_to_triangle(walk, source, panel, select_tile(&c, &inverse, own), again && !own); }
    for (var i = 0u; i < DQ + params.zero; i++) {
      var q = tile_combine(tangents[x + i], tangents[x + 8u * DQ + i], &c);
      if (!own) {
        q[0] = tangents[y + i] - q[0];
        if (!NARROW) { q[1] = tangents[y + 8u * DQ + i] - q[1]; }
      }
      tangents[y + i] = q[0];
      if (!NARROW) { tangents[y + 8u * DQ + i] = q[1]; }
    }
    if (done) { break; }
    source = min(source + 1u, panel);
    if (last < panel && source == last) {
      store_taken(walk, panel, taken);
      return;
    }
  }
  for (var c = 0u; c < 2u + params.zero; c++) {
    let column = panel * PANEL + 8u * c + lane;
    if (column < K) {
      check_column(walk, column, diagonal[c], before[c]);
      log_r[walk.log_r + column] = log_stable(diagonal[c]);
    }
  }
}

/// What earlier dispatches took; until log R_ii is known, it lies in its place.
fn load_taken(walk: Walk, panel: u32, first: u32) -> vec2f {
  let at = walk.log_r + panel * PANEL + lane;
  return select(vec2f(), vec2f(log_r[at], log_r[at + 8u]), first > 0u);
}

fn store_taken(walk: Walk, panel: u32, taken: vec2f) {
  let at = walk.log_r + panel * PANEL + lane;
  log_r[at] = taken.x;
  log_r[at + 8u] = taken.y;
}

/// Writes a tile to rows `source` and columns `panel` of R, or adds it.
fn add_to_triangle(walk: Walk, source: u32, panel: u32, c: Tile, add: bool) {
  let at = walk.r + source * PANEL * KP + panel * PANEL + lane;
  var copy = c;  // so that the rolled loop does not turn c into an indexed array
  for (var i = 0u; i < 16u + params.zero; i++) {
    var value = copy[i];
    if (add) { value += vec2f(triangles[at + i * KP], triangles[at + i * KP + 8u]); }
    triangles[at + i * KP] = value.x;
    triangles[at + i * KP + 8u] = value.y;
  }
}
