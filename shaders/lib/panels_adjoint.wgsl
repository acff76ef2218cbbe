// The steps of walk_adjoint, panel by panel of tangent vectors.
// Needs: params; lib/walk, lib/steps, lib/layout; correct, pull_back_units, pull_back, state_adjoint_units, state_adjoint, SPAN of a profile.

/// Steps last … first + 1 of a group of panels; the last group, which is leftmost, has the state's adjoint as well.
fn walk_steps(start: Walk, first: u32, last: u32, group: u32, groups: u32) {
  let leftmost = group + 1u == groups;
  let panel_first = select(params.split, 0u, leftmost);
  let panel_last = select(params.split, PANELS, group == 0u);
  for (var t = last; t > first; t--) {
    let walk = at_step(start, t);
    let qr = orthonormalised(t, walk.interval, walk.dense);
    for (var span = panel_last; span > panel_first; span -= SPAN) {
      for (var panel = span; panel > span - SPAN - spanned(); panel--) {
        if (qr && corrected(t, walk.interval, walk.correction)) { correct(walk, panel - 1u); }
        pull_back_units(walk, panel - 1u, qr, 0u, NP);
      }
      pull_back(walk, span - SPAN, 0u, NP);
    }
    if (leftmost) {
      state_adjoint_units(walk, 0u, NP);
      state_adjoint(walk, 0u, NP);
    }
  }
}
