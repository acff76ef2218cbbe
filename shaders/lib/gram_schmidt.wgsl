// The thresholds of Gram-Schmidt, the same in both profiles.
// Needs: nothing.

const PROJECT_AGAIN = 100.0;  // where the projections took this many times what is left (squared norms)
const NEAR = 0.1;             // off the identity at which one CholeskyQR pass reaches rounding error
const PIVOT_FLOOR = 1e-6;     // of a column's squared norm: below, digits of the Gram matrix are used up
const DEAD = 1e-30;           // squared norm of a column that has no direction: it stays as it is, with R_ii = 0
const MOST_ROUNDS = 8u;       // CholeskyQR passes
