// The state and tangent steps of walk_forward with workgroup memory and barriers: an invocation owns units in the state
// step, then 4 units of 2 tangent vectors.
// Needs: bindings of walk_forward; lib/walk, lib/layout, lib/drive, lib/status, lib/math, lib/shared_tile; a cell.

fn row_times_state(weights: u32, state: u32) -> f32 {
  var sum = 0.0;
  for (var k = 0u; k < NQ + params.zero; k++) {
    let at = state + 4u * k;
    sum += dot(parameters[weights + k], vec4f(records[at], records[at + 1u], records[at + 2u], records[at + 3u]));
  }
  return sum;
}

/// The state after this step of units `first` … `last` − 1.
fn state_step(walk: Walk, first: u32, last: u32) {
  for (var unit = first + lane; unit < last; unit += WG) {
    var input: array<f32, GATES>;
    var recurrent: array<f32, GATES>;
    for (var gate = 0u; gate < GATES; gate++) {
      let row = gate * NP + unit;
      let drive = row_drive(walk, row);
      input[gate] = drive.x;
      recurrent[gate] = row_times_state(walk.weights + row * NQ, walk.before) + drive.y;
    }
    var before: array<f32, RECORD>;
    for (var i = 0u; i < RECORD; i++) { before[i] = records[walk.before + i * NP + unit]; }
    let after = cell_forward(input, recurrent, before);
    for (var i = 0u; i < RECORD; i++) {
      records[walk.after + i * NP + unit] = after[i];
      check_finite(walk, after[i]);
    }
  }
  storageBarrier();
}

/// A = J Q of units `first` … `last` − 1 for one panel.
fn tangent_step(walk: Walk, panel: u32, first: u32, last: u32) {
  for (var task = first / 4u * (PANEL / 2u) + lane; task < last / 4u * (PANEL / 2u); task += WG) {
    let quad = task / (PANEL / 2u);
    let column = panel_column(panel, task % (PANEL / 2u) * 2u);
    var product: array<mat2x4f, GATES>;
    for (var gate = 0u; gate < GATES; gate++) {
      product[gate] = tangent_product(walk.weights + (gate * NP + 4u * quad) * NQ, walk.q_before + column);
      if (!CLOSED) {
        let at = walk.products + (panel * PANEL + task % (PANEL / 2u) * 2u) * PQ + gate * NQ + quad;
        tangents[at] = product[gate][0];
        tangents[at + PQ] = product[gate][1];
      }
    }
    let after = record_quad(walk.after, 4u * quad);
    let before = record_quad(walk.before, 4u * quad);
    for (var c = 0u; c < 2u; c++) {
      let at = column + c * DQ + quad;
      var rows: array<vec4f, GATES>;
      var tangent: array<vec4f, STATES>;
      for (var gate = 0u; gate < GATES; gate++) { rows[gate] = product[gate][c]; }
      for (var s = 0u; s < STATES; s++) { tangent[s] = tangents[walk.q_before + at + s * NQ]; }
      let result = cell_tangent(after, before, rows, tangent);
      for (var s = 0u; s < STATES; s++) { tangents[walk.q_after + at + s * NQ] = result[s]; }
    }
  }
  storageBarrier();
}

/// Four rows of W, from `w` on, times two tangent vectors, from `y` on.
fn tangent_product(w: u32, y: u32) -> mat2x4f {
  var sum = mat2x4f();
  for (var k = 0u; k < NQ + params.zero; k++) {
    let rows = mat4x4f(parameters[w + k], parameters[w + NQ + k], parameters[w + 2u * NQ + k], parameters[w + 3u * NQ + k]);
    sum += mat2x4f(tangents[y + k] * rows, tangents[y + DQ + k] * rows);
  }
  return sum;
}
