// One step of the adjoint walk whose trajectories are shared by workgroups: B_t is given its structure back (design 3.2),
// where step t is corrected. Buffers as in walk_adjoint; every bit is the same.
//   schedule, tangents, loss_weights : in      adjoints : in, out
// Workgroups: trajectories (x), panels, the last one first (y): it has most to do.

override N: u32;
override K: u32;

@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read> schedule: array<u32>;
@group(0) @binding(2) var<storage, read> tangents: array<vec4f>;
@group(0) @binding(3) var<storage, read> loss_weights: array<f32>;
@group(0) @binding(4) var<storage, read_write> adjoints: array<vec4f>;

@compute @workgroup_size(WG)
fn step_correct(@builtin(local_invocation_id) local: vec3u, @builtin(workgroup_id) group: vec3u) {
  lane = local.x;
  let start = begin_walk(group.x, 0u);
  if (params.t == 0u || !orthonormalised(params.t, start.interval, start.dense)) { return; }
  if (corrected(params.t, start.interval, start.correction)) { correct(at_step(start, params.t), PANELS - 1u - group.y); }
}
