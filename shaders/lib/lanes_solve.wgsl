// What the adjoint of the tangent step does unit by unit, on one panel, for a workgroup of 8 lanes that own two tangent vectors each.
// Needs: bindings records, tangents, triangles, adjoints, rows of walk_adjoint; lib/walk, lib/layout, lib/adjoint_layout, lib/adjoint_base, lib/lanes_tile,
// lib/lanes_records, lib/rows; a cell.

/// Adds Q ∘ B (A ∘ Ā where step t is not orthonormalised: the same sum) over the lane's columns, for units `first` … `last` − 1.
fn second_order(walk: Walk, panel: u32, first: u32, last: u32) {
  let column = lane_column(panel);
  let q = walk.q_after + column;
  let b = adjoint_base(walk) + at_b() + column;
  let at = adjoint_base(walk) + second_at(walk.t, 0u) + lane;
  for (var i = first / 4u; i < last / 4u + params.zero; i++) {
    var sum = tangents[q + i] * adjoints[b + i];
    if (!NARROW) { sum = fma(tangents[q + 8u * DQ + i], adjoints[b + 8u * DQ + i], sum); }
    adjoints[at + i * PARTS] = sum + select(adjoints[at + i * PARTS], vec4f(), panel + 1u == PANELS);
  }
}

/// The lane's two rows of a block of R (on the diagonal, of its inverse): element i is column i.
fn triangle_rows(walk: Walk, panel: u32, source: u32) -> Tile {
  let at = (walk.r + (panel * PANEL + lane) * KP + source * PANEL) / 4u;
  var quads = array<mat2x4f, 4>();
  for (var i = 0u; i < 4u + params.zero; i++) { quads[i] = mat2x4f(triangles[at + i], triangles[at + 2u * KP + i]); }
  var c = Tile();
  for (var i = 0u; i < 16u; i++) { c[i] = vec2f(quads[i / 4u][0][i % 4u], quads[i / 4u][1][i % 4u]); }
  return c;
}

/// Ā = B R⁻ᵀ, trailing panels first: Ā_p = (B_p − Σ_{q > p} Ā_q R_pqᵀ) R_pp⁻ᵀ. Units need nothing of each other.
fn solve(walk: Walk, panel: u32, first: u32, last: u32) {
  let column = lane_column(panel);
  let b = adjoint_base(walk) + at_b() + column;
  let ring = adjoint_base(walk) + walk.t % params.ring * KP * DQ;
  for (var source = PANELS; source > panel; source--) {
    let own = source == panel + 1u;
    var c = triangle_rows(walk, panel, source - 1u);
    let x = select(ring + lane_column(source - 1u), b, own);
    let to = select(b, ring + column, own);
    for (var s = 0u; s < STATES + rolled(); s++) {
      for (var i = s * NQ + first / 4u; i < s * NQ + last / 4u + params.zero; i++) {
        let sum = tile_combine(adjoints[x + i], adjoints[x + 8u * DQ + i], &c);
        adjoints[to + i] = select(adjoints[b + i] - sum[0], sum[0], own);
        if (!NARROW) { adjoints[to + 8u * DQ + i] = select(adjoints[b + 8u * DQ + i] - sum[1], sum[1], own); }
      }
    }
  }
}

/// The pointwise part for units `first` … `last` − 1: Ā, DA from it, its rows and those of Q_{t−1} for the weight gradient,
/// second-order sums, and what enters B_{t−1} directly. Where step t is not orthonormalised, Ā is B.
fn pull_back_units(walk: Walk, panel: u32, qr: bool, first: u32, last: u32) {
  if (CLOSED) { second_order(walk, panel, first, last); }
  if (qr) { solve(walk, panel, first, last); }
  let column = lane_column(panel);
  let bar = adjoint_base(walk) + select(at_b(), walk.t % params.ring * KP * DQ, qr) + column;
  let da = adjoint_base(walk) + at_da() + (panel * PANEL + lane) * GATES * NQ;
  for (var block = first; block < last + params.zero; block += 16u) {
    let after = load_records(walk.after + block + lane, RECORD);
    let before = load_records(walk.before + block + lane, STATES);
    for (var quad = 0u; quad < 4u + params.zero; quad++) {
      let unit = block + quad * 4u;
      let after_quad = record_quad(after, quad, RECORD);
      let before_quad = record_quad(before, quad, STATES);
      var second = array<vec4f, SECOND>();
      for (var c = 0u; c < select(16u, 8u, NARROW) + params.zero; c += 8u) {
        let at = c * DQ + unit / 4u;
        var adjoint: array<vec4f, STATES>;
        var tangent: array<vec4f, STATES>;
        var product: array<vec4f, GATES>;
        for (var s = 0u; s < STATES; s++) {
          adjoint[s] = adjoints[bar + at + s * NQ];
          tangent[s] = tangents[walk.q_before + column + at + s * NQ];
        }
        if (!CLOSED) {
          for (var gate = 0u; gate < GATES; gate++) { product[gate] = tangents[walk.products + (panel * PANEL + lane + c) * PQ + gate * NQ + unit / 4u]; }
        }
        var result = cell_tangent_adjoint(after_quad, before_quad, product, tangent, adjoint);
        for (var gate = 0u; gate < GATES; gate++) { adjoints[da + (c * GATES + gate) * NQ + unit / 4u] = result.product[gate]; }
        store_rows(walk, panel * PANEL + c + lane, unit, result.product, tangent[0]);
        if (!CLOSED) {
          for (var s = 0u; s < STATES; s++) { adjoints[adjoint_base(walk) + at_b() + column + at + s * NQ] = result.tangent[s]; }
          for (var s = 0u; s < SECOND; s++) { second[s] += result.second[s]; }
        }
      }
      if (!CLOSED) {
        for (var s = 0u; s < SECOND + rolled(); s++) {
          let at = adjoint_base(walk) + second_at(walk.t, s) + unit / 4u * PARTS + lane;
          adjoints[at] = second[s] + select(adjoints[at], vec4f(), panel + 1u == PANELS);
        }
      }
    }
  }
}
