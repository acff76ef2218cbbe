// The rate of a register-tiled product on a CPU adapter: a workgroup of 8 lanes multiplies 16 rows with 16 columns, the
// operands so small that they stay in the cache.
//   x, y : [16, n] vec4f, n vec4 of the summed dimension     in
//   sums : [workgroups, 16, 16]                              out

override K: u32 = 16u;

struct Params {
  n: u32,
  sweeps: u32,
}

@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read> x: array<vec4f>;
@group(0) @binding(2) var<storage, read> y: array<vec4f>;
@group(0) @binding(3) var<storage, read_write> sums: array<vec2f>;

@compute @workgroup_size(WG)
fn product(@builtin(local_invocation_id) local: vec3u, @builtin(workgroup_id) group: vec3u) {
  let lane = local.x;
  var total = Tile();
  for (var sweep = 0u; sweep < params.sweeps; sweep++) {
    let a = lane * params.n;
    for (var i = 0u; i < params.n; i++) { tile_step(&total, x[a + i], x[a + 8u * params.n + i], y[a + i], y[a + 8u * params.n + i]); }
  }
  for (var i = 0u; i < 16u; i++) { sums[(group.x * 8u + lane) * 16u + i] = total[i]; }
}
