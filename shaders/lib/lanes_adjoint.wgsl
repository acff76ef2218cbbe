// The stages of walk_adjoint on one panel, for a workgroup of 8 lanes that own two tangent vectors each.
// Needs: bindings of walk_adjoint; lib/walk, lib/layout, lib/adjoint_layout, lib/lanes_tile, lib/lanes_factor, lib/lanes_records; a cell.

/// Xᵀ Y of a panel of tangent vectors and one of adjoints, whose lane's first column begins at `x` and `y`.
fn tile_dots(x: u32, y: u32) -> Tile {
  var acc = Tile();
  for (var i = 0u; i < DQ + params.zero; i++) {
    if (NARROW) { tile_rows(&acc, 0u, tangents[x + i], adjoints[y + i], vec4f(), false); }
    else { tile_step(&acc, tangents[x + i], tangents[x + 8u * DQ + i], adjoints[y + i], adjoints[y + 8u * DQ + i]); }
  }
  return acc;
}

/// 16 rows of the transposed W, beginning with the lane's at `w`, times the panel of DA at `y`.
fn tile_transposed(w: u32, y: u32) -> Tile {
  var acc = Tile();
  for (var i = 0u; i < GATES * NQ + params.zero; i++) {
    if (NARROW) {
      tile_rows(&acc, 0u, transposed[w + i], adjoints[y + i], vec4f(), false);
      tile_rows(&acc, 8u, transposed[w + 8u * GATES * NQ + i], adjoints[y + i], vec4f(), false);
    } else { tile_step(&acc, transposed[w + i], transposed[w + 8u * GATES * NQ + i], adjoints[y + i], adjoints[y + 8u * GATES * NQ + i]); }
  }
  return acc;
}

/// Where the lane's first column of a panel begins, of DQ vec4 each.
fn lane_column(walk: Walk, panel: u32) -> u32 {
  return (panel * PANEL + lane) * DQ;
}

fn lane_loss_weights(walk: Walk, panel: u32) -> vec2f {
  let at = walk.trajectory * KP + panel * PANEL + lane;
  return select(vec2f(), vec2f(loss_weights[at], loss_weights[at + 8u]), walk.t > params.warmup);
}

/// B −= Q (strictUpper(S) + diag(diag S − w)), S = QᵀB. From B = 0 this makes B_T = Q_T diag(w).
fn correct(walk: Walk, panel: u32) {
  let fresh = walk.t == params.T;
  let w = lane_loss_weights(walk, panel);
  let column = lane_column(walk, panel);
  let b = adjoint_base(walk) + at_b() + column;
  for (var source = 0u; source <= panel; source++) {
    let x = walk.q_after + lane_column(walk, source);
    var s = tile_dots(x, b);
    if (fresh) { s = Tile(); }
    if (source == panel) {
      for (var i = 0u; i < 16u; i++) {
        s[i].x = select(0.0, s[i].x - select(0.0, w.x, i == lane), i <= lane);
        s[i].y = select(0.0, s[i].y - select(0.0, w.y, i == lane + 8u), i <= lane + 8u);
      }
    }
    for (var i = 0u; i < DQ + params.zero; i++) {
      let change = tile_combine(tangents[x + i], tangents[x + 8u * DQ + i], &s);
      let clear = fresh && source == 0u;
      adjoints[b + i] = select(adjoints[b + i], vec4f(), clear) - change[0];
      if (!NARROW) { adjoints[b + 8u * DQ + i] = select(adjoints[b + 8u * DQ + i], vec4f(), clear) - change[1]; }
    }
  }
}

/// Adds Q ∘ B (A ∘ Ā where step t is not orthonormalised: the same sum) over the lane's columns.
fn second_order(walk: Walk, panel: u32) {
  let column = lane_column(walk, panel);
  let q = walk.q_after + column;
  let b = adjoint_base(walk) + at_b() + column;
  let at = adjoint_base(walk) + second_at(walk.t, 0u) + lane;
  for (var i = 0u; i < NQ + params.zero; i++) {
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

/// Ā = B R⁻ᵀ, trailing panels first: Ā_p = (B_p − Σ_{q > p} Ā_q R_pqᵀ) R_pp⁻ᵀ.
fn solve(walk: Walk, panel: u32) {
  let column = lane_column(walk, panel);
  let b = adjoint_base(walk) + at_b() + column;
  let ring = adjoint_base(walk) + walk.t % params.ring * KP * DQ;
  for (var source = PANELS; source > panel; source--) {
    let own = source == panel + 1u;
    var c = triangle_rows(walk, panel, source - 1u);
    let x = select(ring + lane_column(walk, source - 1u), b, own);
    let to = select(b, ring + column, own);
    for (var i = 0u; i < DQ + params.zero; i++) {
      let sum = tile_combine(adjoints[x + i], adjoints[x + 8u * DQ + i], &c);
      adjoints[to + i] = select(adjoints[b + i] - sum[0], sum[0], own);
      if (!NARROW) { adjoints[to + 8u * DQ + i] = select(adjoints[b + 8u * DQ + i] - sum[1], sum[1], own); }
    }
  }
}

/// DA from Ā, its rows and those of Q_{t−1} for the weight gradient, second-order sums, and B_{t−1} = Wᵀ DA and what enters
/// directly. Where step t is not orthonormalised, Ā is B.
fn pull_back(walk: Walk, panel: u32, qr: bool) {
  let column = lane_column(walk, panel);
  let bar = adjoint_base(walk) + select(at_b(), walk.t % params.ring * KP * DQ, qr) + column;
  let da = adjoint_base(walk) + at_da() + (panel * PANEL + lane) * GATES * NQ;
  for (var block = 0u; block < NP + params.zero; block += 16u) {
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
  for (var block = 0u; block < NP + params.zero; block += 16u) {
    let product = tile_transposed(walk.weights + (block + lane) * GATES * NQ, da);
    for (var i = 0u; i < 8u + params.zero; i += select(1u, 2u, NARROW)) {
      var quad: vec4f;
      for (var e = 0u; e < 4u; e++) { quad[e] = product[i / 2u * 4u + e][i % 2u]; }
      let at = adjoint_base(walk) + at_b() + column + i % 2u * 8u * DQ + block / 4u + i / 2u;
      if (CLOSED) { adjoints[at] = quad; } else { adjoints[at] += quad; }
    }
  }
}
