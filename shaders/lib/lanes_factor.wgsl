// Factors a panel of 16 by CholeskyQR, each lane with its two columns of every 16 × 16 matrix in registers.
// Needs: lib/lanes_tile.

/// Eliminates row i of a Gram matrix: row i becomes row i of its Cholesky factor, later rows lose its part. A pivot
/// below `floor` is replaced by it: the column then comes out badly scaled, and the next pass mends it.
fn eliminate(g: ptr<function, Tile>, i: u32, floor: f32) {
  let length = sqrt(max(tile_at((*g)[i], i), floor));
  var row = (*g)[i] / length;
  row.x = select(select(0.0, row.x, lane > i), length, lane == i);
  row.y = select(select(0.0, row.y, lane + 8u > i), length, lane + 8u == i);
  (*g)[i] = row;
  for (var j = 0u; j < 16u; j++) {
    if (j > i) { (*g)[j] -= tile_at(row, j) * row; }
  }
}

/// Row i of the inverse, by back substitution, once the rows below are done.
fn substitute(r: ptr<function, Tile>, z: ptr<function, Tile>, i: u32) {
  var sum = vec2f(select(0.0, 1.0, lane == i), select(0.0, 1.0, lane + 8u == i));
  for (var k = 0u; k < 16u; k++) {
    if (k > i) { sum -= tile_at((*r)[i], k) * (*z)[k]; }
  }
  (*z)[i] = sum / tile_at((*r)[i], i);
}

/// The upper triangular R with RᵀR = g.
fn cholesky(g: ptr<function, Tile>, floors: vec2f) {
  eliminate(g, 0u, tile_at(floors, 0u));
  eliminate(g, 1u, tile_at(floors, 1u));
  eliminate(g, 2u, tile_at(floors, 2u));
  eliminate(g, 3u, tile_at(floors, 3u));
  eliminate(g, 4u, tile_at(floors, 4u));
  eliminate(g, 5u, tile_at(floors, 5u));
  eliminate(g, 6u, tile_at(floors, 6u));
  eliminate(g, 7u, tile_at(floors, 7u));
  eliminate(g, 8u, tile_at(floors, 8u));
  eliminate(g, 9u, tile_at(floors, 9u));
  eliminate(g, 10u, tile_at(floors, 10u));
  eliminate(g, 11u, tile_at(floors, 11u));
  eliminate(g, 12u, tile_at(floors, 12u));
  eliminate(g, 13u, tile_at(floors, 13u));
  eliminate(g, 14u, tile_at(floors, 14u));
  eliminate(g, 15u, tile_at(floors, 15u));
}

/// R⁻¹ of an upper triangular R.
fn inverse_upper(r: ptr<function, Tile>) -> Tile {
  var z = Tile();
  substitute(r, &z, 15u);
  substitute(r, &z, 14u);
  substitute(r, &z, 13u);
  substitute(r, &z, 12u);
  substitute(r, &z, 11u);
  substitute(r, &z, 10u);
  substitute(r, &z, 9u);
  substitute(r, &z, 8u);
  substitute(r, &z, 7u);
  substitute(r, &z, 6u);
  substitute(r, &z, 5u);
  substitute(r, &z, 4u);
  substitute(r, &z, 3u);
  substitute(r, &z, 2u);
  substitute(r, &z, 1u);
  substitute(r, &z, 0u);
  return z;
}

/// The product of two upper triangular matrices.
fn triangle_product(a: ptr<function, Tile>, b: ptr<function, Tile>) -> Tile {
  var result = Tile();
  for (var k = 0u; k < 16u; k++) {
    for (var i = 0u; i < 16u; i++) {
      if (k >= i) { result[i] += tile_at((*a)[i], k) * (*b)[k]; }
    }
  }
  return result;
}

/// The lane's two diagonal elements.
fn tile_diagonal(tile: ptr<function, Tile>) -> vec2f {
  var diagonal = vec2f();
  for (var i = 0u; i < 8u; i++) {
    if (i == lane) { diagonal = vec2f((*tile)[i].x, (*tile)[8u + i].y); }
  }
  return diagonal;
}

/// A padded tangent vector is zero; it gets the diagonal 1.
fn pad_gram(g: ptr<function, Tile>, panel: u32) {
  for (var i = 0u; i < 8u; i++) {
    if (i == lane && panel * PANEL + i >= K) { (*g)[i].x = 1.0; }
    if (i == lane && panel * PANEL + 8u + i >= K) { (*g)[8u + i].y = 1.0; }
  }
}

/// Largest distance of the lane's columns from the identity.
fn off_identity(g: ptr<function, Tile>) -> f32 {
  var largest = vec2f();
  for (var i = 0u; i < 16u; i++) {
    let one = vec2f(select(0.0, 1.0, i == lane), select(0.0, 1.0, i == lane + 8u));
    largest = max(largest, abs((*g)[i] - one));
  }
  return max(largest.x, largest.y);
}
