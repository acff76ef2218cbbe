// A matrix times the lanes' own vectors, for a workgroup of 8 lanes that own COLUMNS sequences each: vectors never leave
// the lane. Only the matrix is shared: lane r has rows r, 8 + r, … and hands them round by shuffles.
// Needs: lib/train_layout; OUT, IN, matrix_at of the entry file; COLUMNS, SHARED (sizes).

const PARTS = BP / (8u * COLUMNS);  // workgroups that share a network's batch
const TILE = 2u;                    // blocks of 8 rows in the register tile

var<private> lane: u32;

var<private> operand: array<vec4f, IN * COLUMNS>;        // [row / 4][column]
var<private> product: array<vec4f, OUT / 4u * COLUMNS>;

// [row / 8][k / 4][lane]; each lane reads only what it wrote: no barrier. Where it does not fit, rows come from storage.
var<workgroup> shared_matrix: array<vec4f, select(1u, OUT * IN, SHARED)>;
var<private> matrix_network: u32;

fn share_matrix(network: u32) {
  matrix_network = network;
  if (!SHARED) { return; }
  for (var z = 0u; z < OUT / 8u * IN + params.zero; z++) { shared_matrix[z * 8u + lane] = matrix_at(network, (z / IN * 8u + lane) * IN + z % IN); }
}

fn matrix_rows(block: u32, k: u32) -> vec4f {
  if (SHARED) { return shared_matrix[(block * IN + k) * 8u + lane]; }
  return matrix_at(matrix_network, (block * 8u + lane) * IN + k);
}

/// product = matrix · operand.
fn multiply() {
  for (var block = 0u; block < OUT / 8u + params.zero; block += TILE) {
    var sum = array<f32, TILE * 8u * COLUMNS>();
    for (var k = 0u; k < IN + params.zero; k++) {
      var h = array<vec4f, COLUMNS>();
      for (var c = 0u; c < COLUMNS; c++) { h[c] = operand[k * COLUMNS + c]; }
      // All loads before the sums, see lib/lanes_wide.
      var rows = array<vec4f, TILE>();
      for (var q = 0u; q < TILE; q++) { rows[q] = matrix_rows(block + q, k); }
      for (var q = 0u; q < TILE; q++) {
        for (var r = 0u; r < 8u; r++) {
          let v = subgroupShuffle(rows[q], r);
          for (var c = 0u; c < COLUMNS; c++) {
            let z = (q * 8u + r) * COLUMNS + c;
            sum[z] = fma(v.w, h[c].w, fma(v.z, h[c].z, fma(v.y, h[c].y, fma(v.x, h[c].x, sum[z]))));
          }
        }
      }
    }
    for (var i = 0u; i < TILE * 2u; i++) {
      for (var c = 0u; c < COLUMNS; c++) {
        let z = 4u * i * COLUMNS + c;
        product[(block * 2u + i) * COLUMNS + c] = vec4f(sum[z], sum[z + COLUMNS], sum[z + 2u * COLUMNS], sum[z + 3u * COLUMNS]);
      }
    }
  }
}
