// The steps of walk_adjoint, panel by panel of tangent vectors.
// Needs: params; CLOSED (cells); lib/walk, lib/steps, lib/layout; correct, second_order, solve, pull_back, state_adjoint of a profile.

/// Steps last … first + 1 of a group of panels; the last group, which is leftmost, has the state's adjoint as well.
fn walk_steps(start: Walk, first: u32, last: u32, group: u32, groups: u32) {
  let leftmost = group + 1u == groups;
  let panel_first = select(params.split, 0u, leftmost);
  let panel_last = select(params.split, PANELS, group == 0u);
  for (var t = last; t > first; t--) {
    let walk = at_step(start, t);
    let qr = orthonormalised(t, walk.interval);
    for (var panel = panel_last; panel > panel_first; panel--) {
      if (qr && corrected(t, walk.interval, walk.correction)) { correct(walk, panel - 1u); }
      if (CLOSED) { second_order(walk, panel - 1u); }
      if (qr) { solve(walk, panel - 1u); }
      pull_back(walk, panel - 1u, qr);
    }
    if (leftmost) { state_adjoint(walk); }
  }
}
