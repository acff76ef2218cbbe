// When the structure of B is restored (design 3.2): QᵀB is lower triangular with the diagonal w in exact arithmetic.
// Needs: overrides T, WARMUP.

/// Whether B is corrected at step t, which is orthonormalised: every `correction` orthonormalisations counted from
/// the warm-up; always at its end, where the target of the diagonal becomes 0, and at T, where B begins.
fn corrected(t: u32, interval: u32, correction: u32) -> bool {
  let distance = max(t, WARMUP) - min(t, WARMUP);
  return t == T || distance == 0u || (distance / interval) % correction == 0u;
}
