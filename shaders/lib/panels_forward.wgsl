// The steps of walk_forward, panel by panel of tangent vectors.
// Needs: params; lib/walk, lib/steps, lib/layout; state_step, tangent_step, orthonormalise, SPAN of a profile.

/// Steps first + 1 … last of a group of panels; the first group has the state as well.
fn walk_steps(start: Walk, first: u32, last: u32, group: u32) {
  let panel_first = select(0u, params.split, group == 1u);
  let panel_last = select(params.split, PANELS, group == 1u);
  for (var t = first + 1u; t <= last; t++) {
    let walk = at_step(start, t);
    if (group == 0u) { state_step(walk, 0u, NP); }
    for (var span = panel_first; span < panel_last; span += SPAN) {
      tangent_step(walk, span, 0u, NP);
      if (!orthonormalised(t, walk.interval, walk.dense)) { continue; }
      for (var panel = span; panel < span + SPAN + spanned(); panel++) { orthonormalise(walk, panel, 0u, panel); }
    }
  }
}
