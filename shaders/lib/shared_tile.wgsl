// 16 × 16 tiles in workgroup memory, for GPUs and wherever subgroups of 8 are missing. An invocation computes element
// after element; whoever changes `tile` waits before and after.
// Needs: WG (profiles); binding tangents; lib/walk, lib/layout.

var<workgroup> tile: array<f32, 256>;  // row r, column c at 16 r + c

/// Writes, adds up and copies made before are seen by the whole workgroup after.
fn wait() {
  workgroupBarrier();
  storageBarrier();
}

/// Where column `i` of a panel begins, of DQ vec4.
fn panel_column(panel: u32, i: u32) -> u32 {
  return (panel * PANEL + i) * DQ;
}
