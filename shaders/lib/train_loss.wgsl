// The loss of one output, and what is kept of it.
// Needs: bindings targets, errors of train_forward; params; lib/math, lib/train_layout; LOSS_MSE, BATCH (sizes).

/// Keeps ∂loss/∂output of output r of sequence b at step t, and adds loss and right answers to `sums`.
fn score(network: u32, here: u32, t: u32, b: u32, r: u32, value: f32, sums: vec2f) -> vec2f {
  let counted = t > params.scored && b < BATCH;
  let y = targets[((network * params.T + t - 1u) * R + r) * BP + b];
  var loss = 0.0;
  var slope = 0.0;
  if (LOSS_MSE) {
    loss = (value - y) * (value - y);
    slope = 2.0 * (value - y);
  } else {
    let e = exp_stable(-abs(value));
    loss = max(value, 0.0) - value * y + log_stable(1.0 + e);
    slope = sigmoid_stable(value) - y;
  }
  errors[errors_base(here) + ((t - 1u) * R + r) * BP + b] = select(0.0, slope * params.scale, counted);
  return select(sums, sums + vec2f(loss, f32((value > 0.0) == (y > 0.5))), counted);
}

/// Sums of a block of steps, kept at its end.
fn keep_sums(here: u32, t: u32, b: u32, sums: vec2f) -> vec2f {
  if (t % BLOCK != 0u && t != params.T) { return sums; }
  let at = losses_base(here) + (t - 1u) / BLOCK * 2u * BP + b;
  errors[at] = sums.x;
  errors[at + BP] = sums.y;
  return vec2f();
}
