// Copy and exclusive or after a delay: y_t = |… |x_{t − nΔ} − x_{t − (n−1)Δ}| … − x_{t − Δ}| over n taps, folded from the
// oldest; of bits this is their parity (the paper's tasks; paper.md 6.1).
// Needs: params, value_at of draw_task.

fn task_input(network: u32, b: u32, t: u32, s: u32) -> f32 {
  return value_at(network, b, t, 0u, s);
}

fn task_target(network: u32, b: u32, t: u32, r: u32) -> f32 {
  if (t + params.history < params.taps * params.delay) { return 0.0; }
  var y = value_at(network, b, t, params.taps * params.delay, r);
  for (var tap = params.taps - 1u; tap > 0u; tap--) { y = abs(y - value_at(network, b, t, tap * params.delay, r)); }
  return y;
}
