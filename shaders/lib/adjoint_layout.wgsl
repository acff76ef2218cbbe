// Where things lie in `adjoints` and `rows`, per trajectory.
// adjoints, in vec4:  Ā [ring, KP, DQ] at t % ring; B [KP, DQ] of the step at hand; DA [KP, GATES NQ] (the adjoint of
//   W Q) of the step at hand; second-order sums [ring, SECOND, NQ, PARTS], apart for
//   the parts of a panel, which are pairs of columns.
// rows, in elements:  [ring, GATES NP, L] the rows of DA, then [ring, NP, L] those of Q_{t−1}; column K holds ā and
//   h_{t−1}, so that one product gives the whole weight gradient; column K + 1 of DA, beside a column of zeros, the
//   adjoint of U x + b_ih where it is not ā (APART); then [STATES NP], the adjoint of the state.
// Needs: PANEL (profiles); override K, params.ring; lib/layout; a cell.

const PARTS = PANEL / 2u;

override L: u32 = (K + 1u + min(APART, 1u) + 3u) / 4u * 4u;
override DA_ROWS: u32 = GATES * NP * L;
override STEP_ROWS: u32 = DA_ROWS + NP * L;

fn at_b() -> u32 {
  return params.ring * KP * DQ;
}

fn at_da() -> u32 {
  return at_b() + KP * DQ;
}

fn at_second() -> u32 {
  return at_da() + KP * GATES * NQ;
}

/// Second-order sum `s` of step t.
fn second_at(t: u32, s: u32) -> u32 {
  return at_second() + (t % params.ring * SECOND + s) * NQ * PARTS;
}

fn adjoint_stride() -> u32 {
  return at_second() + params.ring * SECOND * NQ * PARTS;
}

fn at_state() -> u32 {
  return params.ring * STEP_ROWS;
}

fn rows_stride() -> u32 {
  return at_state() + STATES * NP;
}
