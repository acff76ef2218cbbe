// What drives the state step besides the recurrent product.
// Needs: bindings parameters, inputs of walk_forward; lib/walk, lib/layout; GATES (cells).

/// (U x + b_ih, b_hh) of one row.
fn row_drive(walk: Walk, row: u32) -> vec2f {
  var drive = vec2f();
  for (var s = 0u; s < params.S + 2u + params.zero; s++) {
    let element = walk.weights * 4u + AT_WEIGHT_IH + s * GATES * NP + row;  // the biases follow the input weights
    let value = parameters[element / 4u][element % 4u];
    let x = inputs[(walk.trajectory * params.T + walk.t - 1u) * params.S + min(s, max(params.S, 1u) - 1u)];
    drive += select(vec2f(select(value * x, value, s == params.S), 0.0), vec2f(0.0, value), s > params.S);
  }
  return drive;
}
