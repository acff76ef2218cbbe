// Walks a chunk of time: state step, tangent step A = J Q, Gram-Schmidt A = Q R with diag R > 0, and log R_ii.
//   parameters : [M, PARAMETERS]           schedule : [M, 3] interval, correction (unused), dense        in
//   inputs     : [M, B, T, S]                                                                          in
//   records    : [M, B, slots, RECORD, NP] slot t % slots is the state after t steps, slot 0 given     in, out
//   tangents   : [M, B, slots, SLOT]       Q_t [KP, D] (A_t where step t is not orthonormalised), slot 0 given;
//                behind it W Q_{t−1} [KP, GATES NP], where the cell's adjoint needs it              in, out
//   triangles  : [M, B, r_slots, KP, KP]   R_t at (t − 1) % r_slots; on the diagonal R⁻¹ of each panel out
//   log_r      : [M, B, T, KP]             log R_ii of step t at t − 1, where it is orthonormalised      out
//   status     : [M, B]                    earliest failure                                            out
// λ_i is the mean of log R_ii over the steps after the warm-up (Engelken 2023, section 2; design 3.1).
// One workgroup per trajectory (x) and group of panels (y): leading panels never depend on later ones, so group y
// takes its panels of chunk `params.chunk − y`; `params.split` is the first panel of group 1.

override N: u32;
override K: u32;

@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read> parameters: array<vec4f>;
@group(0) @binding(2) var<storage, read> schedule: array<u32>;
@group(0) @binding(3) var<storage, read> inputs: array<f32>;
@group(0) @binding(4) var<storage, read_write> records: array<f32>;
@group(0) @binding(5) var<storage, read_write> tangents: array<vec4f>;
@group(0) @binding(6) var<storage, read_write> triangles: array<f32>;
@group(0) @binding(7) var<storage, read_write> log_r: array<f32>;
@group(0) @binding(8) var<storage, read_write> status: array<atomic<u32>>;

@compute @workgroup_size(WG)
fn walk_forward(@builtin(local_invocation_id) local: vec3u, @builtin(workgroup_id) group: vec3u) {
  if (params.chunk < group.y || (params.chunk - group.y) * params.chunk_steps >= params.end) { return; }
  let first = (params.chunk - group.y) * params.chunk_steps;
  let last = min(first + params.chunk_steps, params.T) + params.zero;
  lane = local.x;
  let start = begin_walk(group.x, parameters_stride() / 4u);
  walk_steps(start, first, last, group.y);
  report(start);
}
