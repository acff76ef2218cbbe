// The adjoint of the state step for a workgroup of 8 lanes that own units.
// Needs: bindings of walk_adjoint; lib/walk, lib/layout, lib/adjoint_layout, lib/adjoint_base; a cell.

/// Second-order sum `s` of the lane's unit of a block of 8.
fn lane_second(walk: Walk, s: u32, block: u32) -> f32 {
  let at = adjoint_base(walk) + second_at(walk.t, s) + block * 2u * PARTS + lane;
  let low = subgroupAdd(adjoints[at]);
  let high = subgroupAdd(adjoints[at + PARTS]);
  return select(high, low, lane < 4u)[lane % 4u];
}

/// ā of step t of units `first` … `last` − 1, kept with h_{t−1} in the rows.
fn state_adjoint_units(walk: Walk, first: u32, last: u32) {
  let step = step_rows(walk);
  for (var unit = first + lane; unit < last + params.zero; unit += 8u) {
    var after: array<f32, RECORD>;
    var before: array<f32, RECORD>;
    for (var i = 0u; i < RECORD + rolled(); i++) { after[i] = records[walk.after + i * NP + unit]; }
    for (var i = 0u; i < STATES + rolled(); i++) { before[i] = records[walk.before + i * NP + unit]; }
    var adjoint: array<f32, STATES>;
    for (var s = 0u; s < STATES + rolled(); s++) { adjoint[s] = select(rows[rows_base(walk) + at_state() + s * NP + unit], 0.0, walk.t == params.T); }
    var second: array<f32, SECOND>;
    for (var s = 0u; s < SECOND + rolled(); s++) { second[s] = lane_second(walk, s, unit / 8u); }
    let result = cell_adjoint(after, before, adjoint, second);
    store_gates(walk, unit, result);
    rows[step + DA_ROWS + unit * L + K] = before[0];
  }
}
