// Tiles of train_gradient: an invocation owns 4 rows of 2 columns of W̄, or one element of the others. No workgroup memory.
// Needs: WG, SIDE (profiles); bindings of train_gradient; lib/train_layout; S, R (sizes); a cell.

const TILES_DOWN = (ROWS + SIDE - 1u) / SIDE;
const WEIGHT_TILES = TILES_DOWN * ((NP + SIDE - 1u) / SIDE);
const HEIGHTS = (KEPT + WG - 1u) / WG;
const SIDE_TILES = HEIGHTS * (S + 1u) + (NP + WG - 1u) / WG * R;

fn weight_tile(here: u32, tile: u32, first: u32, last: u32, to: u32) {
  for (var task = lane; task < SIDE / 4u * SIDE / 2u + params.zero; task += WG) {
    let row = tile % TILES_DOWN * SIDE + task % (SIDE / 4u) * 4u;
    let column = tile / TILES_DOWN * SIDE + task / (SIDE / 4u) * 2u;
    if (row >= ROWS || column >= NP) { continue; }
    var sum = mat2x4f();
    for (var t = first; t < last; t++) {
      let x = adjoints_base(here) / 4u + (t * KEPT + row) * BQ;
      let y = records_base(here) / 4u + (t * RECORD * NP + column) * BQ;
      for (var b = 0u; b < BQ + params.zero; b++) {
        let a = mat4x4f(adjoints[x + b], adjoints[x + BQ + b], adjoints[x + 2u * BQ + b], adjoints[x + 3u * BQ + b]);
        sum += mat2x4f(records[y + b] * a, records[y + BQ + b] * a);
      }
    }
    for (var i = 0u; i < 4u; i++) {
      partials[to + (row + i) * NP + column] = sum[0][i];
      partials[to + (row + i) * NP + column + 1u] = sum[1][i];
    }
  }
}

fn side_tile(here: u32, item: u32, first: u32, last: u32, to: u32) {
  let readout = item >= HEIGHTS * (S + 1u);
  let index = select(item, item - HEIGHTS * (S + 1u), readout);
  let height = select(HEIGHTS, (NP + WG - 1u) / WG, readout);
  let row = index % height * WG + lane;
  if (row >= select(KEPT, NP, readout)) { return; }
  let column = index / height;
  var sum = 0.0;
  for (var t = first; t < last; t++) {
    for (var b = 0u; b < BQ + params.zero; b++) { sum += dot(side_row(here, readout, row, t, b), side_column(here, readout, column, t, b)); }
  }
  store_side(to, readout, row, column, sum);
}
