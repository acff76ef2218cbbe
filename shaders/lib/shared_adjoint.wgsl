// The stages of walk_adjoint on one panel, with workgroup memory and barriers.
// Needs: WG, PANEL (profiles); bindings of walk_adjoint; lib/walk, lib/layout, lib/adjoint_layout, lib/shared_tile; a cell.

fn panel_loss_weight(walk: Walk, column: u32) -> f32 {
  return select(0.0, loss_weights[walk.trajectory * KP + column], walk.t > params.warmup);
}

/// B −= Q (strictUpper(S) + diag(diag S − w)), S = QᵀB. From B = 0 this makes B_T = Q_T diag(w).
fn correct(walk: Walk, panel: u32) {
  let fresh = walk.t == params.T;
  let b = adjoint_base(walk) + at_b();
  for (var source = 0u; source <= panel; source++) {
    for (var e = lane; e < TILE; e += WG) {
      let x = walk.q_after + panel_column(source, e / PANEL);
      let y = b + panel_column(panel, e % PANEL);
      var sum = 0.0;
      for (var i = 0u; i < DQ; i++) { sum += dot(tangents[x + i], adjoints[y + i]); }
      sum = select(sum, 0.0, fresh || (source == panel && e / PANEL > e % PANEL));
      tile[e] = sum - select(0.0, panel_loss_weight(walk, panel * PANEL + e % PANEL), source == panel && e % DIAGONAL == 0u);
    }
    workgroupBarrier();
    for (var task = lane; task < PANEL * DQ; task += WG) {
      let at = b + panel_column(panel, 0u) + task;
      var sum = select(adjoints[at], vec4f(), fresh && source == 0u);
      for (var k = 0u; k < PANEL + params.zero; k += 4u) {
        for (var e = 0u; e < 4u; e++) {
          sum = fma(vec4f(-tile[PANEL * (k + e) + task / DQ]), tangents[walk.q_after + panel_column(source, k + e) + task % DQ], sum);
        }
      }
      adjoints[at] = sum;
    }
    storageBarrier();
  }
}

/// Adds Q ∘ B (A ∘ Ā where step t is not orthonormalised: the same sum), part by part.
fn second_order(walk: Walk, panel: u32) {
  let q = walk.q_after;
  let b = adjoint_base(walk) + at_b();
  let to = adjoint_base(walk) + second_at(walk.t, 0u);
  for (var task = lane; task < NQ * PARTS; task += WG) {
    let x = panel_column(panel, task % PARTS) + task / PARTS;
    let y = panel_column(panel, task % PARTS + PARTS) + task / PARTS;
    let sum = fma(tangents[q + x], adjoints[b + x], tangents[q + y] * adjoints[b + y]);
    adjoints[to + task] = sum + select(adjoints[to + task], vec4f(), panel + 1u == PANELS);
  }
}

/// Ā = B R⁻ᵀ, trailing panels first: Ā_p = (B_p − Σ_{q > p} Ā_q R_pqᵀ) R_pp⁻ᵀ.
fn solve(walk: Walk, panel: u32) {
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
    for (var task = lane; task < PANEL * DQ; task += WG) {
      let x = select(ring, b, own) + panel_column(source - 1u, 0u) + task % DQ;
      var sum = vec4f();
      for (var k = 0u; k < PANEL + params.zero; k += 4u) {
        for (var e = 0u; e < 4u; e++) { sum = fma(vec4f(tile[PANEL * (k + e) + task / DQ]), adjoints[x + (k + e) * DQ], sum); }
      }
      let at = panel_column(panel, 0u) + task;
      if (own) { adjoints[ring + at] = sum; } else { adjoints[b + at] -= sum; }
    }
  }
  storageBarrier();
}

/// DA from Ā, its rows and those of Q_{t−1} for the weight gradient, second-order sums, and B_{t−1} = Wᵀ DA and what enters
/// directly. Where step t is not orthonormalised, Ā is B.
fn pull_back(walk: Walk, panel: u32, qr: bool) {
  let bar = adjoint_base(walk) + select(at_b(), walk.t % params.ring * KP * DQ, qr);
  let da = adjoint_base(walk) + at_da();
  // The sums want columns i and PARTS + i of a panel from one invocation; without them, a column each is faster.
  let together = select(2u, 1u, CLOSED);
  for (var task = lane; task < PANEL / together * NQ; task += WG) {
    let quad = task % NQ;
    let after = record_quad(walk.after, 4u * quad);
    let before = record_quad(walk.before, 4u * quad);
    var second = array<vec4f, SECOND>();
    for (var i = 0u; i < together + params.zero; i++) {
      let k = panel * PANEL + task / NQ + PARTS * i;
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
        let at = adjoint_base(walk) + second_at(walk.t, s) + quad * PARTS + task / NQ;
        adjoints[at] = second[s] + select(adjoints[at], vec4f(), panel + 1u == PANELS);
      }
    }
  }
  storageBarrier();
  for (var task = lane; task < PARTS * NQ; task += WG) {
    let k = panel * PANEL + task / NQ * 2u;
    let quad = task % NQ;
    let product = transposed_product(walk.weights + 4u * quad * GATES * NQ, da + k * GATES * NQ);
    let at = adjoint_base(walk) + at_b() + k * DQ + quad;
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
