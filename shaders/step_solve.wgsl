// One step of the adjoint walk whose trajectories are shared by workgroups, what is done unit by unit: Ā_t = B_t R_t⁻ᵀ, the
// pointwise adjoint of the cell for tangent vectors and state, and the rows of the weight gradient. Buffers as in
// walk_adjoint; every bit is the same.
//   schedule, records, tangents, triangles : in      adjoints, rows : in, out
// Workgroups: trajectories (x), `params.units` units each (y).

override N: u32;
override K: u32;

struct Params {
  t: u32,               // the step; 0: none
  begin: u32,           // the segment is steps begin + 1 … end
  end: u32,
  units: u32,           // of a workgroup, a multiple of 16
  trajectory: u32,      // first trajectory of the bound slice
  zero: u32,            // always 0, which the driver cannot know: loops bounded by it stay rolled
  T: u32,
  B: u32,
  S: u32,
  warmup: u32,
  slots: u32,           // steps kept of records and tangents,
  r_slots: u32,         // of triangles,
  ring: u32,            // and of adjoints and rows
}

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
  let first = group.y * params.units;
  let last = min(first + params.units, NP);
  let qr = orthonormalised(params.t, walk.interval);
  for (var panel = PANELS; panel > 0u; panel--) { pull_back_units(walk, panel - 1u, qr, first, last); }
  state_adjoint_units(walk, first, last);
}
