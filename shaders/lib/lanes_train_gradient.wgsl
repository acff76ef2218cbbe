// Tiles of train_gradient for a workgroup of 8 lanes: lanes own columns, rows are handed round by shuffles.
// Needs: bindings of train_gradient; lib/train_layout; TILE_COLUMNS, S, R (sizes); a cell.

const TILES_ACROSS = NP / (8u * TILE_COLUMNS);
const WEIGHT_TILES = ROWS / 16u * TILES_ACROSS;
const SIDES = (S + 8u) / 8u;  // blocks of 8 columns of [Ū | b̄]
const SIDE_TILES = KEPT / 16u * SIDES + NP / 16u * ((R + 7u) / 8u);

/// Adds one vec4 of the batch to 16 rows × 8 COLUMNS columns.
fn add_rows(sum: ptr<function, array<f32, 16u * TILE_COLUMNS>>, half: u32, rows: vec4f, h: array<vec4f, TILE_COLUMNS>) {
  for (var r = 0u; r < 8u; r++) {
    let a = subgroupShuffle(rows, r);
    for (var k = 0u; k < TILE_COLUMNS; k++) {
      let z = (half * 8u + r) * TILE_COLUMNS + k;
      (*sum)[z] = fma(a.w, h[k].w, fma(a.z, h[k].z, fma(a.y, h[k].y, fma(a.x, h[k].x, (*sum)[z]))));
    }
  }
}

fn weight_tile(here: u32, tile: u32, first: u32, last: u32, to: u32) {
  let row = tile / TILES_ACROSS * 16u;
  let column = tile % TILES_ACROSS * 8u * TILE_COLUMNS + lane;
  var sum = array<f32, 16u * TILE_COLUMNS>();
  for (var t = first; t < last; t++) {
    let x = adjoints_base(here) / 4u + (t * KEPT + row + lane) * BQ;
    let y = records_base(here) / 4u + (t * RECORD * NP + column) * BQ;
    for (var b = 0u; b < BQ + params.zero; b++) {
      var h = array<vec4f, TILE_COLUMNS>();
      for (var k = 0u; k < TILE_COLUMNS; k++) { h[k] = records[y + k * 8u * BQ + b]; }
      add_rows(&sum, 0u, adjoints[x + b], h);
      add_rows(&sum, 1u, adjoints[x + 8u * BQ + b], h);
    }
  }
  var result = sum;  // a copy, so that the rolled loop does not turn `sum` into an indexed array
  for (var z = 0u; z < 16u * TILE_COLUMNS + params.zero; z++) {
    partials[to + (row + z / TILE_COLUMNS) * NP + column + z % TILE_COLUMNS * 8u] = result[z];
  }
}

fn side_tile(here: u32, item: u32, first: u32, last: u32, to: u32) {
  let readout = item >= KEPT / 16u * SIDES;
  let index = select(item, item - KEPT / 16u * SIDES, readout);
  let height = select(KEPT / 16u, NP / 16u, readout);
  let row = index % height * 16u;
  let column = index / height * 8u + lane;
  var sum = array<f32, 16>();
  for (var t = first; t < last; t++) {
    for (var b = 0u; b < BQ + params.zero; b++) {
      let y = side_column(here, readout, column, t, b);
      for (var half = 0u; half < 2u; half++) {
        let rows = side_row(here, readout, row + half * 8u + lane, t, b);
        for (var r = 0u; r < 8u; r++) { sum[half * 8u + r] += dot(subgroupShuffle(rows, r), y); }
      }
    }
  }
  var result = sum;
  for (var r = 0u; r < 16u + params.zero; r++) { store_side(to, readout, row + r, column, result[r]); }
}
