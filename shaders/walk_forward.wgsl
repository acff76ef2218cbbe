// Walks a chunk of time: state step, tangent step A = J Q, Gram-Schmidt A = Q R with diag R > 0, sums of log R_ii.
//   parameters : [M, PARAMETERS]           schedule : [M, 2] interval, correction (unused here)       in
//   inputs     : [M, B, T, S]                                                                          in
//   records    : [M, B, SLOTS, RECORD, NP] slot t % SLOTS is the state after t steps, slot 0 given     in, out
//   tangents   : [M, B, SLOTS, KP, D]      Q_t (A_t where step t is not orthonormalised), slot 0 given in, out
//   triangles  : [M, B, R_SLOTS, KP, KP]   R_t at (t − 1) % R_SLOTS; on the diagonal R⁻¹ of each panel out
//   log_sums   : [M, B, BLOCKS, KP, 4]     sums of log R_ii, see lib/log_sums; cleared                  in, out
//   status     : [M, B]                    earliest failure                                            out
// λ_i is the mean of log R_ii over the steps after the warm-up (Engelken 2023, section 2; design 3.1).
// One workgroup per trajectory (x) and group of panels (y): leading panels never depend on later ones, so group y
// takes its panels of chunk `params.chunk − y`; `params.split` is the first panel of group 1.

override N: u32;
override K: u32;
override S: u32;
override T: u32;
override B: u32;
override WARMUP: u32;
override CHUNK: u32;    // steps a dispatch advances, a multiple of BLOCK
override SLOTS: u32;
override R_SLOTS: u32;

struct Params {
  chunk: u32,
  split: u32,
  trajectory: u32,      // first trajectory of the bound slice of records, tangents and triangles
  zero: u32,            // always 0, which the driver cannot know: loops bounded by it stay rolled
}

@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read> parameters: array<vec4f>;
@group(0) @binding(2) var<storage, read> schedule: array<u32>;
@group(0) @binding(3) var<storage, read> inputs: array<f32>;
@group(0) @binding(4) var<storage, read_write> records: array<f32>;
@group(0) @binding(5) var<storage, read_write> tangents: array<vec4f>;
@group(0) @binding(6) var<storage, read_write> triangles: array<f32>;
@group(0) @binding(7) var<storage, read_write> log_sums: array<vec4f>;
@group(0) @binding(8) var<storage, read_write> status: array<atomic<u32>>;

@compute @workgroup_size(WG)
fn walk_forward(@builtin(local_invocation_id) local: vec3u, @builtin(workgroup_id) group: vec3u) {
  if (params.chunk < group.y || (params.chunk - group.y) * CHUNK >= T) { return; }
  let first = (params.chunk - group.y) * CHUNK;
  let last = min(first + CHUNK, T) + params.zero;
  let panel_first = select(0u, params.split, group.y == 1u);
  let panel_last = select(params.split, PANELS, group.y == 1u);
  lane = local.x;
  let start = begin_walk(group.x, PARAMETERS / 4u);
  for (var t = first + 1u; t <= last; t++) {
    let walk = at_step(start, t);
    if (group.y == 0u) { state_step(walk); }
    for (var panel = panel_first; panel < panel_last; panel++) {
      tangent_step(walk, panel);
      if (orthonormalised(t, walk.interval)) { orthonormalise(walk, panel); }
    }
  }
  report(start);
}
