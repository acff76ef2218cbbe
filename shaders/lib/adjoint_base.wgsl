// Where a trajectory's part of `adjoints` and `rows` begins.
// Needs: lib/walk, lib/layout, lib/adjoint_layout.

/// Where the trajectory's part of `adjoints` begins, in vec4.
fn adjoint_base(walk: Walk) -> u32 {
  return walk.here * adjoint_stride();
}

/// Where the trajectory's part of `rows` begins, in elements.
fn rows_base(walk: Walk) -> u32 {
  return walk.here * rows_stride();
}

/// Where the rows of the step begin, in elements.
fn step_rows(walk: Walk) -> u32 {
  return rows_base(walk) + walk.t % params.ring * STEP_ROWS;
}

/// Where the lane's first column of a panel begins, of DQ vec4 each.
fn lane_column(panel: u32) -> u32 {
  return (panel * PANEL + lane) * DQ;
}
