// Where things lie. Units are padded to NP, a multiple of 16, tangent vectors to KP, a multiple of PANEL; the padding is zero
// throughout, and Gram-Schmidt gives a padded tangent vector the diagonal 1, so that nothing else needs to know.
// Needs: PANEL (profiles); overrides N, K; GATES, STATES, CLOSED (cells).

const BLOCK = 16u;  // steps whose log R_ii are summed together, at fixed times (design 4, rule 0)

override NP: u32 = (N + 15u) / 16u * 16u;
override KP: u32 = (K + PANEL - 1u) / PANEL * PANEL;
override NQ: u32 = NP / 4u;               // a unit vector in vec4
override DQ: u32 = STATES * NQ;           // a tangent vector in vec4
override PANELS: u32 = KP / PANEL;
override PQ: u32 = select(GATES * NQ, 0u, CLOSED);  // W times a tangent vector, kept where the adjoint needs it, in vec4
override SLOT: u32 = KP * (DQ + PQ);                // what `tangents` keeps of a step: Q_t (or A_t), then W Q_{t−1}, in vec4
