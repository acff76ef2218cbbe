// The state and tangent steps of walk_forward for a workgroup of 8 lanes: lanes own units in the state step, tangent
// vectors after it. A lane reads back from storage only what it wrote itself, so there are no barriers.
// Needs: bindings of walk_forward; lib/walk, lib/layout, lib/lanes_tile, lib/lanes_wide, lib/status, lib/math; a cell.

// What lib/lanes_wide multiplies.
fn matrix_at(i: u32) -> vec4f {
  return parameters[i];
}

fn vectors_at(i: u32) -> vec4f {
  return tangents[i];
}

fn state_at(state: u32, k: u32) -> f32 {
  return records[state + k];
}

/// W h of the next step by gates, for the lane's four units, where a tall product has taken the state.
var<private> state_products: array<vec4f, GATES>;

/// One row of W h, in all lanes for their own rows.
fn row_times_state(weights: u32, state: u32) -> f32 {
  var sum = 0.0;
  for (var k = 0u; k < NP / 8u + params.zero; k++) {
    let h = records[state + k * 8u + lane];
    let w0 = parameters[weights + 2u * k];
    let w1 = parameters[weights + 2u * k + 1u];
    for (var e = 0u; e < 4u; e++) { sum = fma(w0[e], subgroupShuffle(h, e), sum); }
    for (var e = 0u; e < 4u; e++) { sum = fma(w1[e], subgroupShuffle(h, 4u + e), sum); }
  }
  return sum;
}

/// The state after this step of units `first` … `last` − 1, for the lane's unit of each block of 8.
fn state_step(walk: Walk, first: u32, last: u32) {
  for (var unit = first + lane; unit < last + params.zero; unit += 8u) {
    var input: array<f32, GATES>;
    var recurrent: array<f32, GATES>;
    for (var gate = 0u; gate < GATES + rolled(); gate++) {
      let row = gate * NP + unit;
      let drive = row_drive(walk, row);
      input[gate] = drive.x;
      if (TAKES_STATE && state_taken) { recurrent[gate] = state_products[gate][(unit - first) / 8u] + drive.y; }
      else { recurrent[gate] = row_times_state(walk.weights + row * NQ, walk.before) + drive.y; }
    }
    var before: array<f32, RECORD>;
    for (var i = 0u; i < STATES + rolled(); i++) { before[i] = records[walk.before + i * NP + unit]; }
    var after = cell_forward(input, recurrent, before);
    for (var i = 0u; i < RECORD + rolled(); i++) {
      records[walk.after + i * NP + unit] = after[i];
      check_finite(walk, after[i]);
    }
  }
}

/// A = J Q of units `first` … `last` − 1 for SPAN panels from `panel` on, HEIGHT rows of W at a time, from one copy of the tile code for all gates.
fn tangent_step(walk: Walk, panel: u32, first: u32, last: u32) {
  let start = panel * PANEL + lane;  // the lane's first column
  for (var gate = 0u; gate < GATES + rolled(); gate++) {
    for (var block = gate * NP + first; block < gate * NP + last + params.zero; block += HEIGHT) {
      var state = vec4f();
      var products = tile_product(walk.weights + (block + lane) * NQ, NQ, walk.q_before + start * DQ, DQ, walk.after, &state);
      if (TAKES_STATE) { state_products[gate] = state; }
      for (var part = 0u; part < TILES + spanned(); part++) {
        let product = part_of(&products, part);
        let column = start + part % SPAN * PANEL;
        let rows = block + part / SPAN * 16u;
        if (CLOSED) {
          tangent_block(walk, column, rows, product);
        } else {
          for (var i = 0u; i < 8u + params.zero; i += select(1u, 2u, NARROW)) {
            tangents[walk.products + (column + i % 2u * 8u) * PQ + rows / 4u + i / 2u] = tile_quad(product, i);
          }
        }
      }
    }
  }
  state_taken = TAKES_STATE;
  if (!CLOSED) {
    for (var p = 0u; p < SPAN + spanned(); p++) {
      for (var block = first; block < last + params.zero; block += 16u) { tangent_block(walk, start + p * PANEL, block, Tile()); }
    }
  }
}

/// Rows 4 (i / 2) … of the lane's column i % 2.
fn tile_quad(tile: Tile, i: u32) -> vec4f {
  var quad: vec4f;
  for (var e = 0u; e < 4u; e++) { quad[e] = tile[4u * (i / 2u) + e][i % 2u]; }
  return quad;
}

/// The pointwise part for 16 units; `product` is W Q where that is not kept.
fn tangent_block(walk: Walk, first: u32, block: u32, product: Tile) {
  let after = load_records(walk.after + block + lane, RECORD);
  let before = load_records(walk.before + block + lane, STATES);
  for (var i = 0u; i < 8u + params.zero; i += select(1u, 2u, NARROW)) {
    let quad = i / 2u;                      // of units
    let column = first + i % 2u * 8u;
    var rows: array<vec4f, GATES>;
    for (var gate = 0u; gate < GATES; gate++) {
      if (CLOSED) { rows[gate] = tile_quad(product, i); }
      else { rows[gate] = tangents[walk.products + column * PQ + gate * NQ + block / 4u + quad]; }
    }
    let at = column * DQ + block / 4u + quad;
    var tangent: array<vec4f, STATES>;
    for (var s = 0u; s < STATES; s++) { tangent[s] = tangents[walk.q_before + at + s * NQ]; }
    var result = cell_tangent(record_quad(after, quad, RECORD), record_quad(before, quad, STATES), rows, tangent);
    for (var s = 0u; s < STATES; s++) { tangents[walk.q_after + at + s * NQ] = result[s]; }
  }
}
