// Sums of log R_ii in blocks of BLOCK steps at fixed times, one after the other. The host clears them before a walk.
// Needs: binding log_sums; lib/walk, lib/layout, lib/steps, lib/math.

/// Adds a column's R_ii: (sum of the logs of the counted steps, largest R_ii, largest 1 / R_ii, 0). The last two give
/// the spread of the columns, from which the interval is chosen (design 3.4).
fn add_log(walk: Walk, column: u32, r: f32) {
  let at = (walk.trajectory * blocks() + (walk.t - 1u) / BLOCK) * KP + column;
  let sums = log_sums[at];
  let counted = select(0.0, log_stable(r), walk.t > params.warmup);
  log_sums[at] = vec4f(sums.x + counted, max(sums.y, r), max(sums.z, 1.0 / r), 0.0);
}
