// Where things lie. Units are padded to NP, tangent vectors to KP, both multiples of PANEL; the padding is zero
// throughout, and Gram-Schmidt gives a padded tangent vector the diagonal 1, so that nothing else needs to know.
// Needs: overrides N, K, S, T, WARMUP; GATES, STATES, RECORD (cells).

const PANEL = 16u;  // tangent vectors that are orthonormalised together; rows of a tile
const BLOCK = 16u;  // steps whose log R_ii are summed together, at fixed times (design 4, rule 0)

override NP: u32 = (N + PANEL - 1u) / PANEL * PANEL;
override KP: u32 = (K + PANEL - 1u) / PANEL * PANEL;
override NQ: u32 = NP / 4u;               // a unit vector in vec4
override DQ: u32 = STATES * NQ;           // a tangent vector in vec4
override PANELS: u32 = KP / PANEL;
override BLOCKS: u32 = (T + BLOCK - 1u) / BLOCK;

// One network's parameters, in one flat buffer: weight_hh [GATES NP, NP], weight_ih [S, GATES NP] (transposed),
// bias_ih [GATES NP], bias_hh [GATES NP]. Element addresses:
override AT_WEIGHT_IH: u32 = GATES * NP * NP;
override AT_BIAS_IH: u32 = AT_WEIGHT_IH + S * GATES * NP;
override AT_BIAS_HH: u32 = AT_BIAS_IH + GATES * NP;
override PARAMETERS: u32 = AT_BIAS_HH + GATES * NP;

/// Whether tangent vectors are orthonormalised after step t: at every multiple of `interval` counted from the
/// warm-up, always at its end and at T (design 3.4).
fn orthonormalised(t: u32, interval: u32) -> bool {
  let distance = max(t, WARMUP) - min(t, WARMUP);
  return t == T || distance % interval == 0u;
}
