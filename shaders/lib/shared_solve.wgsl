// What the adjoint of the tangent step does unit by unit, on one panel, with workgroup memory and barriers.
// Needs: WG, PANEL (profiles); bindings records, tangents, triangles, adjoints, rows of walk_adjoint; lib/walk, lib/layout, lib/adjoint_layout, lib/adjoint_base,
// lib/shared_tile, lib/shared_records, lib/rows; a cell.

/// Adds Q ∘ B (A ∘ Ā where step t is not orthonormalised: the same sum), part by part, for units `first` … `last` − 1.
fn second_order(walk: Walk, panel: u32, first: u32, last: u32) {
  let q = walk.q_after;
  let b = adjoint_base(walk) + at_b();
  let to = adjoint_base(walk) + second_at(walk.t, 0u);
  for (var task = first / 4u * PARTS + lane; task < last / 4u * PARTS; task += WG) {
    let x = panel_column(panel, task % PARTS) + task / PARTS;
    let y = panel_column(panel, task % PARTS + PARTS) + task / PARTS;
    let sum = fma(tangents[q + x], adjoints[b + x], tangents[q + y] * adjoints[b + y]);
    adjoints[to + task] = sum + select(adjoints[to + task], vec4f(), panel + 1u == PANELS);
  }
}

/// Ā = B R⁻ᵀ, trailing panels first: Ā_p = (B_p − Σ_{q > p} Ā_q R_pqᵀ) R_pp⁻ᵀ. Units need nothing of each other.
fn solve(walk: Walk, panel: u32, first: u32, last: u32) {
  let quads = (last - first) / 4u;
  let b = adjoint_base(walk) + at_b();
  let ring = adjoint_base(walk) + walk.t % params.ring * KP * DQ;
  for (var source = PANELS; source > panel; source--) {
    let own = source == panel + 1u;
    storageBarrier();
    for (var e = lane; e < TILE; e += WG) {  // the transposed block of R
      let element = walk.r + (panel * PANEL + e % PANEL) * KP + (source - 1u) * PANEL + e / PANEL;
      tile[e] = triangles[element / 4u][element % 4u];
    }
    workgroupBarrier();
    for (var task = lane; task < PANEL * STATES * quads; task += WG) {
      let column = task / (STATES * quads);
      let quad = task / quads % STATES * NQ + first / 4u + task % quads;
      let x = select(ring, b, own) + panel_column(source - 1u, 0u) + quad;
      var sum = vec4f();
      for (var k = 0u; k < PANEL + params.zero; k += 4u) {
        for (var e = 0u; e < 4u; e++) { sum = fma(vec4f(tile[PANEL * (k + e) + column]), adjoints[x + (k + e) * DQ], sum); }
      }
      let at = panel_column(panel, column) + quad;
      if (own) { adjoints[ring + at] = sum; } else { adjoints[b + at] -= sum; }
    }
  }
  storageBarrier();
}

/// The pointwise part for units `first` … `last` − 1: Ā, DA from it, its rows and those of Q_{t−1} for the weight gradient,
/// second-order sums, and what enters B_{t−1} directly. Where step t is not orthonormalised, Ā is B.
fn pull_back_units(walk: Walk, panel: u32, qr: bool, first: u32, last: u32) {
  if (CLOSED) { second_order(walk, panel, first, last); }
  if (qr) { solve(walk, panel, first, last); }
  let quads = (last - first) / 4u;
  let bar = adjoint_base(walk) + select(at_b(), walk.t % params.ring * KP * DQ, qr);
  let da = adjoint_base(walk) + at_da();
  // The sums want columns i and PARTS + i of a panel from one invocation; without them, a column each is faster.
  let together = select(2u, 1u, CLOSED);
  for (var task = lane; task < PANEL / together * quads; task += WG) {
    let quad = first / 4u + task % quads;
    let after = record_quad(walk.after, 4u * quad);
    let before = record_quad(walk.before, 4u * quad);
    var second = array<vec4f, SECOND>();
    for (var i = 0u; i < together + params.zero; i++) {
      let k = panel * PANEL + task / quads + PARTS * i;
      var adjoint: array<vec4f, STATES>;
      var tangent: array<vec4f, STATES>;
      var product: array<vec4f, GATES>;
      for (var s = 0u; s < STATES; s++) {
        adjoint[s] = adjoints[bar + k * DQ + s * NQ + quad];
        tangent[s] = tangents[walk.q_before + k * DQ + s * NQ + quad];
      }
      if (!CLOSED) {
        for (var gate = 0u; gate < GATES; gate++) { product[gate] = tangents[walk.products + k * PQ + gate * NQ + quad]; }
      }
      let result = cell_tangent_adjoint(after, before, product, tangent, adjoint);
      for (var gate = 0u; gate < GATES; gate++) { adjoints[da + (k * GATES + gate) * NQ + quad] = result.product[gate]; }
      store_rows(walk, k, 4u * quad, result.product, tangent[0]);
      if (!CLOSED) {
        for (var s = 0u; s < STATES; s++) { adjoints[adjoint_base(walk) + at_b() + k * DQ + s * NQ + quad] = result.tangent[s]; }
        for (var s = 0u; s < SECOND; s++) { second[s] += result.second[s]; }
      }
    }
    if (!CLOSED) {
      for (var s = 0u; s < SECOND; s++) {
        let at = adjoint_base(walk) + second_at(walk.t, s) + quad * PARTS + task / quads;
        adjoints[at] = second[s] + select(adjoints[at], vec4f(), panel + 1u == PANELS);
      }
    }
  }
  storageBarrier();
}
