// The steps of walk_forward for few tangent vectors.
// Needs: bindings of walk_forward; lib/few_units, lib/walk, lib/steps, lib/layout, lib/parameters, lib/status, lib/gram_schmidt, lib/math; a cell.

fn parameter(walk: Walk, element: u32) -> f32 {
  return parameters[walk.weights + element / 4u][element % 4u];
}

fn walk_steps(start: Walk, first: u32, last: u32, group: u32) {
  var drive: array<vec3f, OWNED>;  // weight of the first input, b_ih, b_hh
  for (var i = 0u; i < OWNED + roll(); i++) {
    let unit = 8u * i + lane;
    for (var q = 0u; q < 2u * OWNED + params.zero; q++) { weights[i][q] = parameters[start.weights + unit * NQ + q]; }
    drive[i] = vec3f(select(0.0, parameter(start, AT_WEIGHT_IH + unit), params.S > 0u), parameter(start, at_bias_ih() + unit), parameter(start, at_bias_hh() + unit));
  }
  let begin = at_step(start, first + 1u);
  var units = load_units(begin.before, begin.q_before);
  for (var t = first + 1u; t <= last; t++) {
    let walk = at_step(start, t);
    step_units(walk, &units, &drive);
    if (orthonormalised(t, walk.interval, walk.dense)) { orthonormalise(walk, &units); }
    for (var i = 0u; i < OWNED + roll(); i++) {
      for (var k = 0u; k < FEW; k++) { tangents[walk.q_after + k * DQ + 2u * i + lane / 4u][lane % 4u] = units[i][k]; }
      records[walk.after + 8u * i + lane] = units[i][FEW];
    }
  }
}

/// The state and tangent steps.
fn step_units(walk: Walk, units: ptr<function, Units>, drive: ptr<function, array<vec3f, OWNED>>) {
  let at = (walk.trajectory * params.T + walk.t - 1u) * params.S;
  let x = inputs[at];
  var input: array<f32, OWNED>;
  for (var i = 0u; i < OWNED + roll(); i++) { input[i] = (*drive)[i].x * x; }
  for (var s = 1u; s < params.S; s++) {
    let further = inputs[at + s];
    for (var i = 0u; i < OWNED + roll(); i++) { input[i] += parameter(walk, AT_WEIGHT_IH + s * NP + 8u * i + lane) * further; }
  }
  var sum = product(units);
  for (var i = 0u; i < OWNED + roll(); i++) {
    let before = (*units)[i];
    let recurrent = sum[i][FEW] + (*drive)[i].z;
    let state = cell_forward(array<f32, 1>(input[i] + (*drive)[i].y), array<f32, 1>(recurrent), array<f32, 1>(before[FEW]))[0];
    let tangent = cell_tangent(
      array<vec4f, 1>(vec4f(state)), array<vec4f, 1>(vec4f(before[FEW])), array<vec4f, 1>(tangents_of(sum[i])), array<vec4f, 1>(tangents_of(before))
    );
    (*units)[i] = join_unit(tangent[0], state);
    check_finite(walk, state);
  }
}

/// Modified Gram-Schmidt, each projection done twice; R⁻¹ and log R_ii.
fn orthonormalise(walk: Walk, units: ptr<function, Units>) {
  var inverse: array<array<f32, FEW>, FEW>;
  var logs = 0.0;
  for (var k = 0u; k < FEW; k++) {
    let before = dot_units(units, k, units, k);
    var column = array<f32, FEW>();  // of R
    for (var round = 0u; round < 2u; round++) {
      for (var j = 0u; j < k; j++) {
        let c = dot_units(units, j, units, k);
        for (var i = 0u; i < OWNED + roll(); i++) { (*units)[i][k] = fma(-c, (*units)[i][j], (*units)[i][k]); }
        column[j] += c;
      }
    }
    var left = before;
    if (k > 0u) { left = dot_units(units, k, units, k); }
    let length = select(sqrt(left), 1.0, left < DEAD);
    let diagonal = select(length, 0.0, left < DEAD);
    for (var i = 0u; i < OWNED + roll(); i++) { (*units)[i][k] /= length; }
    for (var j = 0u; j < k; j++) {
      var sum = 0.0;
      for (var i = j; i < k; i++) { sum = fma(inverse[j][i], column[i], sum); }
      inverse[j][k] = -sum / length;
    }
    inverse[k][k] = 1.0 / length;
    check_column(walk, k, diagonal, before);
    logs = select(logs, log_stable(diagonal), lane == k);
  }
  for (var j = 0u; j < FEW; j++) {
    var value = 0.0;
    for (var k = j; k < FEW; k++) { value = select(value, inverse[j][k], lane == k); }
    if (lane < FEW) { triangles[walk.r + j * KP + lane] = value; }
  }
  if (lane < FEW) { log_r[walk.log_r + lane] = logs; }
}
