// Where things lie in `adjoints` and `rows`, per trajectory.
// adjoints, in vec4:  Ā [RING, KP, DQ] at t % RING; B [KP, DQ] of the step at hand; DA [KP, GATES NQ] (the adjoint of
//   W Q) of the step at hand; second-order sums [RING, NQ, 8], apart for the eight parts of a panel.
// rows, in elements:  [RING, GATES NP, L] the rows of DA, then [RING, NP, L] those of Q_{t−1}; column K holds ā and
//   h_{t−1}, so that one product gives the whole weight gradient; then [STATES NP], the adjoint of the state.
// Needs: overrides RING, K; lib/layout; a cell.

const PARTS = 8u;

override L: u32 = (K + 1u + 3u) / 4u * 4u;
override AT_B: u32 = RING * KP * DQ;
override AT_DA: u32 = AT_B + KP * DQ;
override AT_SECOND: u32 = AT_DA + KP * GATES * NQ;
override ADJOINT: u32 = AT_SECOND + RING * NQ * PARTS;

override DA_ROWS: u32 = GATES * NP * L;
override STEP_ROWS: u32 = DA_ROWS + NP * L;
override AT_STATE: u32 = RING * STEP_ROWS;
override ROWS: u32 = AT_STATE + STATES * NP;
