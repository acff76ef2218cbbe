// Walks a chunk of time backwards: the exact adjoint of the exponents (design 3.2, 3.4), which is the pullback of QR
// (Liao et al. 2019) for a loss of log diag R alone: B_T = Q_T diag(w); Ā_t = B_t R_t⁻ᵀ; B_{t−1} = J_tᵀ Ā_t.
//   transposed   : [M, NP, GATES NP] W transposed       schedule : [M, 3] interval, correction, dense          in
//   records, tangents, triangles : as walk_forward left them                                                  in
//   loss_weights : [M, B, KP] w = ∂L/∂(log R_ii), the same for every counted step                             in
//   adjoints     : [M, B, …] see lib/adjoint_layout                                                     in, out
//   rows         : [M, B, …] row-major copies for weight_gradient, then the adjoint of the state            in, out
// One workgroup per trajectory (x) and group of panels (y), mirrored: trailing panels never depend on earlier ones, so
// group 0 has the panels from `params.split` on and is one chunk ahead; the last group has the state's adjoint as well.

override N: u32;
override K: u32;

@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read> transposed: array<vec4f>;
@group(0) @binding(2) var<storage, read> schedule: array<u32>;
@group(0) @binding(3) var<storage, read> records: array<f32>;
@group(0) @binding(4) var<storage, read> tangents: array<vec4f>;
@group(0) @binding(5) var<storage, read> triangles: array<vec4f>;
@group(0) @binding(6) var<storage, read> loss_weights: array<f32>;
@group(0) @binding(7) var<storage, read_write> adjoints: array<vec4f>;
@group(0) @binding(8) var<storage, read_write> rows: array<f32>;

@compute @workgroup_size(WG)
fn walk_adjoint(@builtin(local_invocation_id) local: vec3u, @builtin(workgroup_id) group: vec3u, @builtin(num_workgroups) groups: vec3u) {
  let chunks = (params.T + params.chunk_steps - 1u) / params.chunk_steps;
  if (params.chunk < group.y || params.chunk - group.y >= chunks) { return; }
  let first = (chunks - 1u - (params.chunk - group.y)) * params.chunk_steps;
  let last = min(first + params.chunk_steps, params.T) + params.zero;
  lane = local.x;
  let start = begin_walk(group.x, NP * GATES * NQ);
  walk_steps(start, first, last, group.y, groups.y);
}
