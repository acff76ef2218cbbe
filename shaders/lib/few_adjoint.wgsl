// The steps of walk_adjoint for few tangent vectors. What a unit carries is its numbers of B and the adjoint of its state.
// Needs: bindings of walk_adjoint; lib/few_units, lib/walk, lib/steps, lib/layout, lib/adjoint_layout; a cell.

fn walk_steps(start: Walk, first: u32, last: u32, group: u32, groups: u32) {
  for (var i = 0u; i < OWNED + roll(); i++) {
    for (var q = 0u; q < 2u * OWNED + params.zero; q++) { weights[i][q] = transposed[start.weights + (8u * i + lane) * NQ + q]; }
  }
  var loss = vec4f();
  for (var k = 0u; k < FEW; k++) { loss[k] = loss_weights[start.trajectory * KP + k]; }
  let b = adjoint_base(start) + at_b() + lane / 4u;
  let state = rows_base(start) + at_state() + lane;
  var bars = Units();
  for (var i = 0u; i < OWNED + roll(); i++) {
    for (var k = 0u; k < FEW; k++) { bars[i][k] = select(adjoints[b + k * DQ + 2u * i][lane % 4u], 0.0, last == params.T); }
    bars[i][FEW] = select(rows[state + 8u * i], 0.0, last == params.T);
  }
  let end = at_step(start, last);
  var units = load_units(end.after, end.q_after);
  for (var t = last; t > first; t--) {
    let walk = at_step(start, t);
    let qr = orthonormalised(t, walk.interval, walk.dense);
    if (qr && corrected(t, walk.interval, walk.correction)) { correct(&units, &bars, select(vec4f(), loss, t > params.warmup)); }
    var before = load_units(walk.before, walk.q_before);
    bars = pull_back(walk, &units, &before, &bars, qr);
    units = before;
  }
  for (var i = 0u; i < OWNED + roll(); i++) {
    for (var k = 0u; k < FEW; k++) { adjoints[b + k * DQ + 2u * i][lane % 4u] = bars[i][k]; }
    rows[state + 8u * i] = bars[i][FEW];
  }
}

/// B −= Q (strictUpper(S) + diag(diag S − w)), S = QᵀB. From B = 0 this makes B_T = Q_T diag(w).
fn correct(units: ptr<function, Units>, bars: ptr<function, Units>, w: vec4f) {
  for (var j = 0u; j < FEW; j++) {
    var s = array<f32, FEW>();
    for (var i = 0u; i <= j; i++) { s[i] = dot_units(units, i, bars, j) - select(0.0, w[j], i == j); }
    for (var i = 0u; i <= j; i++) {
      for (var u = 0u; u < OWNED + roll(); u++) { (*bars)[u][j] = fma(-s[i], (*units)[u][i], (*bars)[u][j]); }
    }
  }
}

/// Ā = B R⁻ᵀ, DA and ā, kept in the rows with Q_{t−1} and h_{t−1}; returns B_{t−1} = Wᵀ DA and h̄_{t−1} = Wᵀ ā.
fn pull_back(walk: Walk, units: ptr<function, Units>, before: ptr<function, Units>, bars: ptr<function, Units>, qr: bool) -> Units {
  var inverse: array<array<f32, FEW>, FEW>;
  for (var k = 0u; k < FEW; k++) {
    for (var i = k; i < FEW; i++) { inverse[k][i] = select(select(0.0, 1.0, i == k), triangles[(walk.r + k * KP) / 4u][i], qr); }
  }
  let step = step_rows(walk);
  var result = Units();
  for (var u = 0u; u < OWNED + roll(); u++) {
    var second = 0.0;
    var bar = vec4f();
    for (var k = 0u; k < FEW; k++) {
      second = fma((*units)[u][k], (*bars)[u][k], second);
      for (var i = k; i < FEW; i++) { bar[k] = fma(inverse[k][i], (*bars)[u][i], bar[k]); }
    }
    let h = (*units)[u][FEW];
    let old = (*before)[u][FEW];
    let nothing = array<vec4f, 1>();
    let da = cell_tangent_adjoint(array<vec4f, 1>(vec4f(h)), array<vec4f, 1>(vec4f(old)), nothing, nothing, array<vec4f, 1>(bar));
    let a = cell_adjoint(array<f32, 1>(h), array<f32, 1>(old), array<f32, 1>((*bars)[u][FEW]), array<f32, 1>(second));
    result[u] = join_unit(da.product[0], a.gates[0]);
    let at = step + (8u * u + lane) * L;
    for (var k = 0u; k <= FEW; k++) {
      rows[at + k] = result[u][k];
      rows[at + DA_ROWS + k] = (*before)[u][k];
    }
  }
  return product(&result);
}
