// For CPU adapters (lavapipe): a workgroup is one subgroup of 8 lanes; lanes own columns and exchange by shuffles.
const WG = 8u;      // invocations of a workgroup
const SIDE = 16u;   // rows and columns of a workgroup's tile of the weight gradient
const PANEL = 16u;  // tangent vectors that are orthonormalised together: a lane owns two columns
