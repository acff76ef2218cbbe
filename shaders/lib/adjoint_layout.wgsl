// Where things lie in `adjoints` and `rows`, per trajectory.
// adjoints, in vec4:  Ā [ring, KP, DQ] at t % ring; B [KP, DQ] of the step at hand; DA [KP, GATES NQ] (the adjoint of
//   W Q) of the step at hand; second-order sums [ring, NQ, 8], apart for the eight parts of a panel.
// rows, in elements:  [ring, GATES NP, L] the rows of DA, then [ring, NP, L] those of Q_{t−1}; column K holds ā and
//   h_{t−1}, so that one product gives the whole weight gradient; then [STATES NP], the adjoint of the state.
// Needs: override K, params.ring; lib/layout; a cell.

const PARTS = 8u;

override L: u32 = (K + 1u + 3u) / 4u * 4u;
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

fn adjoint_stride() -> u32 {
  return at_second() + params.ring * NQ * PARTS;
}

fn at_state() -> u32 {
  return params.ring * STEP_ROWS;
}

fn rows_stride() -> u32 {
  return at_state() + STATES * NP;
}
