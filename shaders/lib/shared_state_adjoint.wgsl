// The adjoint of the state step with barriers: an invocation owns units.
// Needs: WG (profiles); bindings of walk_adjoint; lib/walk, lib/layout, lib/adjoint_layout, lib/adjoint_base, lib/shared_tile; a cell.

/// ā of step t of units `first` … `last` − 1, kept with h_{t−1} in the rows.
fn state_adjoint_units(walk: Walk, first: u32, last: u32) {
  let step = step_rows(walk);
  storageBarrier();
  for (var unit = first + lane; unit < last; unit += WG) {
    var after: array<f32, RECORD>;
    var before: array<f32, RECORD>;
    for (var i = 0u; i < RECORD; i++) {
      after[i] = records[walk.after + i * NP + unit];
      before[i] = records[walk.before + i * NP + unit];
    }
    var second = array<f32, SECOND>();
    for (var s = 0u; s < SECOND; s++) {
      let at = adjoint_base(walk) + second_at(walk.t, s) + unit / 4u * PARTS;
      for (var part = 0u; part < PARTS + params.zero; part++) { second[s] += adjoints[at + part][unit % 4u]; }
    }
    var adjoint: array<f32, STATES>;
    for (var s = 0u; s < STATES; s++) { adjoint[s] = select(rows[rows_base(walk) + at_state() + s * NP + unit], 0.0, walk.t == params.T); }
    let result = cell_adjoint(after, before, adjoint, second);
    store_gates(walk, unit, result);
    rows[step + DA_ROWS + unit * L + K] = before[0];
  }
  storageBarrier();
}
