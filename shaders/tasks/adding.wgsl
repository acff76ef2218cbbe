// The adding problem (Hochreiter & Schmidhuber 1997): channel 0 is uniform in [0, 1), channel 1 marks one step of each half;
// the target at the last step is the sum of the two marked numbers.
// Needs: params, number_at of draw_task.

/// The marked step of the first or the second half.
fn marked(network: u32, b: u32, second: bool) -> u32 {
  let half = params.T / 2u;
  let u = number_at(network, b, params.T + u32(second));
  let length = select(half, params.T - half, second);
  return select(0u, half, second) + min(u32(u * f32(length)), length - 1u);
}

fn task_input(network: u32, b: u32, t: u32, s: u32) -> f32 {
  if (s == 0u) { return number_at(network, b, t); }
  return select(0.0, 1.0, t == marked(network, b, false) || t == marked(network, b, true));
}

fn task_target(network: u32, b: u32, t: u32, r: u32) -> f32 {
  if (t + 1u < params.T) { return 0.0; }
  return number_at(network, b, marked(network, b, false)) + number_at(network, b, marked(network, b, true));
}
