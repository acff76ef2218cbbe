// The status word of a trajectory: the earliest failure, as (step << 14) | (column << 2) | kind; all ones is none.
// An invocation keeps its own and reports it once, at the end of a chunk.
// Needs: binding status; lib/walk.

const BROKEN = 0u;           // a value that is not finite
const VANISHED_COLUMN = 1u;  // a tangent vector of which only rounding error is left
const NO_COLUMN = 4095u;
const VANISHED = 4e-12;      // of a column's squared norm before Gram-Schmidt: below, what is left is rounding error

var<private> failure: u32 = 0xffffffffu;

fn check_finite(walk: Walk, value: f32) {
  if (is_broken(value)) { failure = min(failure, (walk.t << 14u) | (NO_COLUMN << 2u) | BROKEN); }
}

/// Checks a column's R_ii against the squared norm that the column had before Gram-Schmidt.
fn check_column(walk: Walk, column: u32, r: f32, before: f32) {
  check_finite(walk, r);
  if (r * r <= VANISHED * before) { failure = min(failure, (walk.t << 14u) | (column << 2u) | VANISHED_COLUMN); }
}

fn report(walk: Walk) {
  if (failure != 0xffffffffu) { atomicMin(&status[walk.trajectory], failure); }
}
