// For GPUs, and wherever subgroups of 8 are missing: workgroup memory and barriers, within WebGPU's default limits.
const WG = 128u;    // invocations of a workgroup
const SIDE = 32u;   // rows and columns of a workgroup's tile of the weight gradient
