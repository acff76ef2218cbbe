// The rate of a register-tiled product on a GPU: a workgroup of 128 multiplies 64 rows with 128 columns, 8 × 8 in each
// invocation's registers, operands through workgroup memory, so small that they stay in the cache.
//   x    : [n, 64], y : [n, 128]      in
//   sums : [workgroups, 128, 64]      out

struct Params {
  n: u32,       // a multiple of 8
  sweeps: u32,
}

@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read> x: array<vec4f>;
@group(0) @binding(2) var<storage, read> y: array<vec4f>;
@group(0) @binding(3) var<storage, read_write> sums: array<vec4f>;

var<workgroup> rows: array<vec4f, 128>;     // 8 of the summed dimension, 64 rows
var<workgroup> columns: array<vec4f, 256>;  // 8 of the summed dimension, 128 columns

@compute @workgroup_size(WG)
fn product(@builtin(local_invocation_id) local: vec3u, @builtin(workgroup_id) group: vec3u) {
  let row = local.x % 8u * 2u;
  let column = local.x / 8u * 2u;
  var acc = array<vec4f, 16>();
  for (var sweep = 0u; sweep < params.sweeps; sweep++) {
    for (var first = 0u; first < params.n; first += 8u) {
      workgroupBarrier();
      rows[local.x] = x[first * 16u + local.x];
      columns[local.x] = y[first * 32u + local.x];
      columns[128u + local.x] = y[first * 32u + 128u + local.x];
      workgroupBarrier();
      for (var k = 0u; k < 8u; k++) {
        let x0 = rows[k * 16u + row];
        let x1 = rows[k * 16u + row + 1u];
        for (var c = 0u; c < 8u; c++) {
          let value = columns[k * 32u + column + c / 4u][c % 4u];
          acc[2u * c] = fma(x0, vec4f(value), acc[2u * c]);
          acc[2u * c + 1u] = fma(x1, vec4f(value), acc[2u * c + 1u]);
        }
      }
    }
  }
  for (var i = 0u; i < 16u; i++) { sums[(group.x * 128u + local.x) * 16u + i] = acc[i]; }
}
