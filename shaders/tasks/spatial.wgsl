// Exclusive or in space and time: y_t = x¹ ⊕ x² ⊕ x³ … of all channels at t − Δ.
// Needs: params, value_at of draw_task.

fn task_input(network: u32, b: u32, t: u32, s: u32) -> f32 {
  return value_at(network, b, t, 0u, s);
}

fn task_target(network: u32, b: u32, t: u32, r: u32) -> f32 {
  if (t + params.history < params.delay) { return 0.0; }
  var y = 0.0;
  for (var s = 0u; s < params.S; s++) { y = abs(y - value_at(network, b, t, params.delay, s)); }
  return y;
}
