// Blocks of steps; when tangent vectors are orthonormalised, and when the structure of B is restored.
// Needs: params.T, params.warmup; BLOCK (lib/layout).

/// Blocks of log sums.
fn blocks() -> u32 {
  return (params.T + BLOCK - 1u) / BLOCK;
}

/// Whether tangent vectors are orthonormalised after step t: at each of the first `dense` steps, then at every multiple of
/// `interval` counted from the warm-up, always at its end and at T (design 3.4).
fn orthonormalised(t: u32, interval: u32, dense: u32) -> bool {
  let distance = max(t, params.warmup) - min(t, params.warmup);
  return t <= dense || t == params.T || distance % interval == 0u;
}

/// Whether B is corrected at step t, which is orthonormalised: every `correction` orthonormalisations counted from
/// the warm-up; always at its end, where the target of the diagonal becomes 0, and at T, where B begins (design 3.2).
fn corrected(t: u32, interval: u32, correction: u32) -> bool {
  let distance = max(t, params.warmup) - min(t, params.warmup);
  return t == params.T || distance == 0u || (distance / interval) % correction == 0u;
}
