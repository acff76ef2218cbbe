// Gram-Schmidt of one step, dispatch after dispatch, for a walk whose trajectories are shared by workgroups: dispatch n
// projects the panels from n on on panel n − 1, and orthonormalises panel n. Each panel meets the earlier ones in the order
// of walk_forward, and so every bit is the same. Buffers as there.
//   schedule : in      tangents, triangles, log_r, status : in, out
// Workgroups: trajectories (x), panels from n on (y): their number tells n.

override N: u32;
override K: u32;

@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read> schedule: array<u32>;
@group(0) @binding(2) var<storage, read_write> tangents: array<vec4f>;
@group(0) @binding(3) var<storage, read_write> triangles: array<f32>;
@group(0) @binding(4) var<storage, read_write> log_r: array<f32>;
@group(0) @binding(5) var<storage, read_write> status: array<atomic<u32>>;

@compute @workgroup_size(WG)
fn step_orthonormalise(@builtin(local_invocation_id) local: vec3u, @builtin(workgroup_id) group: vec3u, @builtin(num_workgroups) groups: vec3u) {
  lane = local.x;
  let start = begin_walk(group.x, 0u);
  let n = PANELS - groups.y;
  let panel = n + group.y;
  if (params.t == 0u || !orthonormalised(params.t, start.interval, start.dense)) { return; }
  // Of the first dispatch the later panels want nothing.
  if (n == 0u && panel > 0u) { return; }
  orthonormalise(at_step(start, params.t), panel, max(n, 1u) - 1u, n);
  report(start);
}
