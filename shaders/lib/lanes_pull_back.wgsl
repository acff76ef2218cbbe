// The products with the transposed W of the adjoint walk for a workgroup of 8 lanes: they own tangent vectors, then units.
// Needs: bindings transposed, adjoints, rows of walk_adjoint; lib/walk, lib/layout, lib/adjoint_layout, lib/adjoint_base, lib/lanes_tile, lib/lanes_wide; a cell.

// What lib/lanes_wide multiplies.
fn matrix_at(i: u32) -> vec4f {
  return transposed[i];
}

fn vectors_at(i: u32) -> vec4f {
  return adjoints[i];
}

/// ā of the step whose rows begin at `state`.
fn state_at(state: u32, k: u32) -> f32 {
  return rows[state + k * L + K];
}

/// h̄_{t−1} of the lane's four units, where a tall product has taken ā.
var<private> state_products: vec4f;

/// B_{t−1} = Wᵀ DA and what entered directly, for units `first` … `last` − 1 and SPAN panels from `panel` on.
fn pull_back(walk: Walk, panel: u32, first: u32, last: u32) {
  let column = lane_column(panel);
  let row = GATES * NQ;
  let da = adjoint_base(walk) + at_da() + (panel * PANEL + lane) * row;
  for (var block = first; block < last + params.zero; block += HEIGHT) {
    var state = vec4f();
    if (TAKES_STATE) { state = vec4f(direct_state(walk, block + lane), direct_state(walk, block + 8u + lane), direct_state(walk, block + 16u + lane), direct_state(walk, block + 24u + lane)); }
    var products = tile_product(walk.weights + (block + lane) * row, row, da, row, step_rows(walk), &state);
    if (TAKES_STATE) { state_products = state; }
    for (var part = 0u; part < TILES + spanned(); part++) {
      let product = part_of(&products, part);
      for (var i = 0u; i < 8u + params.zero; i += select(1u, 2u, NARROW)) {
        var quad: vec4f;
        for (var e = 0u; e < 4u; e++) { quad[e] = product[i / 2u * 4u + e][i % 2u]; }
        let units = block / 4u + part / SPAN * 4u + i / 2u;
        let at = adjoint_base(walk) + at_b() + column + (part % SPAN * PANEL + i % 2u * 8u) * DQ + units;
        if (CLOSED) { adjoints[at] = quad; } else { adjoints[at] += quad; }
      }
    }
  }
  state_taken = TAKES_STATE;
}

/// What entered h̄_{t−1} directly.
fn direct_state(walk: Walk, unit: u32) -> f32 {
  return select(rows[rows_base(walk) + at_state() + unit], 0.0, CLOSED);
}

/// h̄_{t−1} = Wᵀ ā and what entered directly, for units `first` … `last` − 1.
fn state_adjoint(walk: Walk, first: u32, last: u32) {
  for (var unit = first + lane; unit < last + params.zero; unit += 8u) {
    if (TAKES_STATE && state_taken) { rows[rows_base(walk) + at_state() + unit] = state_products[(unit - first) / 8u]; }
    else { rows[rows_base(walk) + at_state() + unit] = row_times_adjoint(walk, unit); }
  }
}

/// h̄_{t−1} of one unit, in all lanes for their own.
fn row_times_adjoint(walk: Walk, unit: u32) -> f32 {
  var sum = direct_state(walk, unit);
  let weights = walk.weights + unit * GATES * NQ;
  for (var k = 0u; k < GATES * NP / 8u + params.zero; k++) {
    let a = state_at(step_rows(walk), k * 8u + lane);
    let w0 = transposed[weights + 2u * k];
    let w1 = transposed[weights + 2u * k + 1u];
    for (var e = 0u; e < 4u; e++) { sum = fma(w0[e], subgroupShuffle(a, e), sum); }
    for (var e = 0u; e < 4u; e++) { sum = fma(w1[e], subgroupShuffle(a, 4u + e), sum); }
  }
  return sum;
}
