// The products with the transposed W of the adjoint walk, with barriers: an invocation owns 4 units of 2 tangent vectors, then units.
// Needs: WG (profiles); bindings transposed, adjoints, rows of walk_adjoint; lib/walk, lib/layout, lib/adjoint_layout, lib/adjoint_base; a cell.

/// B_{t−1} = Wᵀ DA and what entered directly, for units `first` … `last` − 1.
fn pull_back(walk: Walk, panel: u32, first: u32, last: u32) {
  let b = adjoint_base(walk) + at_b();
  let da = adjoint_base(walk) + at_da();
  let quads = (last - first) / 4u;
  for (var task = lane; task < PARTS * quads; task += WG) {
    let k = panel * PANEL + task / quads * 2u;
    let quad = first / 4u + task % quads;
    let product = transposed_product(walk.weights + 4u * quad * GATES * NQ, da + k * GATES * NQ);
    let at = b + k * DQ + quad;
    adjoints[at] = product[0] + select(adjoints[at], vec4f(), CLOSED);
    adjoints[at + DQ] = product[1] + select(adjoints[at + DQ], vec4f(), CLOSED);
  }
  storageBarrier();
}

/// Four rows of the transposed W, from `w` on, times two vectors of DA, from `y` on.
fn transposed_product(w: u32, y: u32) -> mat2x4f {
  let row = GATES * NQ;
  var sum = mat2x4f();
  for (var k = 0u; k < row + params.zero; k++) {
    let weights = mat4x4f(transposed[w + k], transposed[w + row + k], transposed[w + 2u * row + k], transposed[w + 3u * row + k]);
    sum += mat2x4f(adjoints[y + k] * weights, adjoints[y + row + k] * weights);
  }
  return sum;
}

/// h̄_{t−1} = Wᵀ ā and what entered directly, for units `first` … `last` − 1.
fn state_adjoint(walk: Walk, first: u32, last: u32) {
  let step = step_rows(walk);
  for (var unit = first + lane; unit < last; unit += WG) {
    var sum = select(rows[rows_base(walk) + at_state() + unit], 0.0, CLOSED);
    for (var k = 0u; k < GATES * NQ + params.zero; k++) {
      let at = step + 4u * k * L + K;
      sum += dot(transposed[walk.weights + unit * GATES * NQ + k], vec4f(rows[at], rows[at + L], rows[at + 2u * L], rows[at + 3u * L]));
    }
    rows[rows_base(walk) + at_state() + unit] = sum;
  }
  storageBarrier();
}
