// PANEL × PANEL tiles in workgroup memory, for GPUs and wherever subgroups of 8 are missing. An invocation computes element
// after element. A stage ends with a barrier: storageBarrier where it wrote storage, workgroupBarrier where it wrote
// `tile`; either orders what was read before what is written after.
// Needs: WG, PANEL (profiles); binding tangents; lib/walk, lib/layout.

const TILE = PANEL * PANEL;
const DIAGONAL = PANEL + 1u;  // from one element of the diagonal to the next

var<workgroup> tile: array<f32, TILE>;  // row r, column c at PANEL r + c

/// Where column `i` of a panel begins, of DQ vec4.
fn panel_column(panel: u32, i: u32) -> u32 {
  return (panel * PANEL + i) * DQ;
}

const SPAN = 1u;  // panels of a product with W

fn spanned() -> u32 {
  return 0u;
}
