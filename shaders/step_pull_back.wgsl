// One step of the adjoint walk whose trajectories are shared by workgroups, the products: B_{t−1} = Wᵀ DA and h̄_{t−1} = Wᵀ ā,
// and what entered both directly. Buffers as in walk_adjoint; every bit is the same.
//   transposed, schedule : in      adjoints, rows : in, out
// Workgroups: trajectories (x); spans of panels and, after the last, the state, dealt round (y); `params.units` units each (z).

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
@group(0) @binding(1) var<storage, read> transposed: array<vec4f>;
@group(0) @binding(2) var<storage, read> schedule: array<u32>;
@group(0) @binding(3) var<storage, read_write> adjoints: array<vec4f>;
@group(0) @binding(4) var<storage, read_write> rows: array<f32>;

@compute @workgroup_size(WG)
fn step_pull_back(@builtin(local_invocation_id) local: vec3u, @builtin(workgroup_id) group: vec3u, @builtin(num_workgroups) groups: vec3u) {
  lane = local.x;
  if (params.t == 0u) { return; }
  let walk = at_step(begin_walk(group.x, NP * GATES * NQ), params.t);
  let first = group.z * params.units;
  let last = min(first + params.units, NP);
  for (var item = group.y * SPAN; item <= PANELS; item += groups.y * SPAN) {
    if (item < PANELS) { pull_back(walk, item, first, last); } else { state_adjoint(walk, first, last); }
  }
}
