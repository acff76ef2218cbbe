// A matrix times vectors in workgroup memory, for GPUs and wherever subgroups of 8 are missing: a workgroup has 8 sequences.
// Needs: WG (profiles); lib/train_layout; OUT, IN, matrix_at of the entry file.

const PARTS = BP / 8u;  // workgroups that share a network's batch

var<private> lane: u32;

var<workgroup> operand: array<f32, IN * 32u>;  // [row][sequence]
var<workgroup> product: array<f32, OUT * 8u>;
var<private> matrix_network: u32;

/// product = matrix · operand. An invocation computes 4 rows of a sequence.
fn multiply() {
  workgroupBarrier();
  for (var item = lane; item < OUT * 2u + params.zero; item += WG) {
    let quad = item / 8u;
    let b = item % 8u;
    var sum = vec4f();
    for (var k = 0u; k < IN + params.zero; k++) {
      let at = k * 32u + b;
      let h = vec4f(operand[at], operand[at + 8u], operand[at + 16u], operand[at + 24u]);
      for (var r = 0u; r < 4u; r++) { sum[r] += dot(matrix_at(matrix_network, (quad * 4u + r) * IN + k), h); }
    }
    for (var r = 0u; r < 4u; r++) { product[(quad * 4u + r) * 8u + b] = sum[r]; }
  }
  workgroupBarrier();
}
