// One step of a walk whose trajectories are shared by workgroups: A_t = J_t Q_{t−1}, and the state of step t + 1, which
// waits for no tangent vector. Buffers as in walk_forward; functions and order of sums are the same, and so is every bit.
//   parameters, schedule, inputs : in      records, tangents, status : in, out
// Workgroups: trajectories (x); spans of panels and, after the last, the state, dealt round (y); `params.units` units each (z).

override N: u32;
override K: u32;

@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read> parameters: array<vec4f>;
@group(0) @binding(2) var<storage, read> schedule: array<u32>;
@group(0) @binding(3) var<storage, read> inputs: array<f32>;
@group(0) @binding(4) var<storage, read_write> records: array<f32>;
@group(0) @binding(5) var<storage, read_write> tangents: array<vec4f>;
@group(0) @binding(6) var<storage, read_write> status: array<atomic<u32>>;

@compute @workgroup_size(WG)
fn step_tangents(@builtin(local_invocation_id) local: vec3u, @builtin(workgroup_id) group: vec3u, @builtin(num_workgroups) groups: vec3u) {
  lane = local.x;
  let start = begin_walk(group.x, parameters_stride() / 4u);
  let units = units_of(group.z);
  for (var item = group.y * SPAN; item <= PANELS; item += groups.y * SPAN) {
    if (item < PANELS) {
      if (params.t > params.begin) { tangent_step(at_step(start, params.t), item, units.x, units.y); }
    } else if (params.t < params.end) {
      state_step(at_step(start, params.t + 1u), units.x, units.y);
    }
  }
  report(start);
}
