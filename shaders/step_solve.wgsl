// One step of the adjoint walk whose trajectories are shared by workgroups, what is done unit by unit: Ā_t = B_t R_t⁻ᵀ, the
// pointwise adjoint of the cell for tangent vectors and state, and the rows of the weight gradient. Buffers as in
// walk_adjoint; every bit is the same.
//   schedule, records, tangents, triangles : in      adjoints, rows : in, out
// Workgroups: trajectories (x), `params.units` units each (y).

override N: u32;
override K: u32;

@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read> schedule: array<u32>;
@group(0) @binding(2) var<storage, read> records: array<f32>;
@group(0) @binding(3) var<storage, read> tangents: array<vec4f>;
@group(0) @binding(4) var<storage, read> triangles: array<vec4f>;
@group(0) @binding(5) var<storage, read_write> adjoints: array<vec4f>;
@group(0) @binding(6) var<storage, read_write> rows: array<f32>;

@compute @workgroup_size(WG)
fn step_solve(@builtin(local_invocation_id) local: vec3u, @builtin(workgroup_id) group: vec3u) {
  lane = local.x;
  if (params.t == 0u) { return; }
  let walk = at_step(begin_walk(group.x, 0u), params.t);
  let units = units_of(group.y);
  let qr = orthonormalised(params.t, walk.interval, walk.dense);
  for (var panel = PANELS; panel > 0u; panel--) { pull_back_units(walk, panel - 1u, qr, units.x, units.y); }
  state_adjoint_units(walk, units.x, units.y);
}
