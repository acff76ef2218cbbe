// For GPUs, and wherever subgroups of 8 are missing: workgroup memory and barriers, within WebGPU's default limits.
// Defaults: a tuned shape (src/kernels/shape.ts) replaces these numbers where files are joined.
const WG = 128u;    // invocations of a workgroup
const SIDE = 32u;   // rows and columns of a workgroup's tile of the weight gradient
const PANEL = 16u;  // tangent vectors that are orthonormalised together: 8, 16 or 32
