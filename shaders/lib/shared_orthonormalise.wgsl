// Block Gram-Schmidt of one panel with workgroup memory and barriers: the same algorithm as lib/lanes_orthonormalise.
// Needs: WG, PANEL (profiles); bindings tangents, triangles, log_r; lib/walk, lib/layout, lib/status, lib/gram_schmidt,
// lib/shared_tile, lib/shared_factor.

var<workgroup> taken: array<f32, PANEL>;     // squared norms that the projections took
var<workgroup> before: array<f32, PANEL>;    // squared norms before
var<workgroup> votes: atomic<u32>;
var<workgroup> decision: u32;

/// Whether any invocation votes for it, the same for all.
fn any_of_group(vote: bool) -> bool {
  if (vote) { atomicOr(&votes, 1u); }
  workgroupBarrier();
  if (lane == 0u) {
    decision = atomicLoad(&votes);
    atomicStore(&votes, 0u);
  }
  return workgroupUniformLoad(&decision) != 0u;
}

/// tile ← XᵀY of two panels; a padded tangent vector gets the diagonal 1 where they are the same.
fn panel_dots(walk: Walk, source: u32, panel: u32) {
  for (var e = lane; e < TILE; e += WG) {
    let x = walk.q_after + panel_column(source, e / PANEL);
    let y = walk.q_after + panel_column(panel, e % PANEL);
    var sum = 0.0;
    for (var i = 0u; i < DQ; i++) { sum += dot(tangents[x + i], tangents[y + i]); }
    tile[e] = select(sum, 1.0, source == panel && e % DIAGONAL == 0u && panel * PANEL + e % PANEL >= K);
  }
  workgroupBarrier();
}

/// Y ← Y − X C, or Y ← X C, in slices that every invocation reads before any writes.
fn panel_combine(walk: Walk, source: u32, panel: u32, own: bool) {
  for (var first = 0u; first < DQ; first += WG / PANEL) {
    let i = first + lane / PANEL;
    let column = lane % PANEL;
    var sum = vec4f();
    if (i < DQ) {
      for (var k = 0u; k < PANEL + params.zero; k += 4u) {
        for (var e = 0u; e < 4u; e++) {
          let c = select(tile[PANEL * (k + e) + column], factor[PANEL * (k + e) + column], own);
          sum = fma(vec4f(c), tangents[walk.q_after + panel_column(source, k + e) + i], sum);
        }
      }
    }
    storageBarrier();
    if (i < DQ) {
      let at = walk.q_after + panel_column(panel, column) + i;
      tangents[at] = select(tangents[at] - sum, sum, own);
    }
  }
  storageBarrier();
}

/// Projects a panel on the earlier panels `first` … `last` − 1, then where `last` is the panel itself, orthonormalises it.
/// What earlier dispatches took lies in the place of log R_ii until that is known.
fn orthonormalise(walk: Walk, panel: u32, first: u32, last: u32) {
  if (lane < PANEL) { taken[lane] = select(0.0, log_r[walk.log_r + panel * PANEL + lane], first > 0u); }
  var source = first;
  var again = false;
  var rounds = 0u;
  loop {
    panel_dots(walk, source, panel);
    let own = source == panel;
    var done = false;
    if (own) {
      if (rounds == 0u && !again) {
        if (lane < PANEL) { before[lane] = taken[lane] + tile[DIAGONAL * lane]; }
        again = any_of_group(lane < PANEL && taken[lane % PANEL] > PROJECT_AGAIN * tile[DIAGONAL * (lane % PANEL)]);
        if (again) {
          source = 0u;
          continue;
        }
      }
      rounds++;
      done = rounds == MOST_ROUNDS || !any_of_group(far_from_identity());
      let left = tile[DIAGONAL * (lane % PANEL)];
      if (lane < PANEL) { floors[lane] = select(PIVOT_FLOOR * left, 1.0, left < DEAD); }
      workgroupBarrier();
      cholesky_inverse(rounds == 1u);
      if (lane < PANEL && left < DEAD) { diagonal[lane] = 0.0; }
      accumulate_inverse(rounds == 1u);
    } else if (lane < PANEL) {
      for (var r = 0u; r < PANEL + params.zero; r++) { taken[lane] = fma(tile[PANEL * r + lane], tile[PANEL * r + lane], taken[lane]); }
    }
    if (!own || done) { write_triangle(walk, source, panel, own, again && !own); }
    panel_combine(walk, source, panel, own);
    if (done) { break; }
    source = min(source + 1u, panel);
    if (last < panel && source == last) {
      if (lane < PANEL) { log_r[walk.log_r + panel * PANEL + lane] = taken[lane]; }
      return;
    }
  }
  if (lane < PANEL && panel * PANEL + lane < K) {
    check_column(walk, panel * PANEL + lane, diagonal[lane], before[lane]);
    log_r[walk.log_r + panel * PANEL + lane] = log_stable(diagonal[lane]);
  }
}

fn far_from_identity() -> bool {
  var largest = 0.0;
  for (var e = lane; e < TILE; e += WG) { largest = max(largest, abs(tile[e] - select(0.0, 1.0, e % DIAGONAL == 0u))); }
  return largest > NEAR;
}

/// Writes rows `source` and columns `panel` of R, or adds to them; on the diagonal R⁻¹.
fn write_triangle(walk: Walk, source: u32, panel: u32, own: bool, add: bool) {
  for (var e = lane; e < TILE; e += WG) {
    let at = walk.r + (source * PANEL + e / PANEL) * KP + panel * PANEL + e % PANEL;
    triangles[at] = select(tile[e], inverse[e], own) + select(0.0, triangles[at], add);
  }
}
