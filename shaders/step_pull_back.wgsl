// One step of the adjoint walk whose trajectories are shared by workgroups, the products: B_{t−1} = Wᵀ DA and h̄_{t−1} = Wᵀ ā,
// and what entered both directly. Buffers as in walk_adjoint; every bit is the same.
//   transposed, schedule : in      adjoints, rows : in, out
// Workgroups: trajectories (x); spans of panels and, after the last, the state, dealt round (y); `params.units` units each (z).

override N: u32;
override K: u32;

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
  let units = units_of(group.z);
  for (var item = group.y * SPAN; item <= PANELS; item += groups.y * SPAN) {
    if (item < PANELS) { pull_back(walk, item, units.x, units.y); } else { state_adjoint(walk, units.x, units.y); }
  }
}
