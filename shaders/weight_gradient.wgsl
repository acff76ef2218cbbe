// The weight gradient of a chunk: one product over all its steps, trajectories and tangent vectors.
//   rows     : [M, B, …] row-major DA and Q_{t−1}, with ā and h_{t−1} as one more column (walk_adjoint)    in
//   inputs   : [M, B, T, S]                                                                               in
//   gradient : [M, PARAMETERS] in the layout of the parameters                                            in, out
// W̄ += Σ DA Q_{t−1}ᵀ + ā h_{t−1}ᵀ; Ū += Σ ā x_tᵀ; b̄ += Σ ā (design 3.2). Slabs of SLAB steps at fixed times, later
// ones first, are added one after the other: the order does not depend on the chunk.
// Items: the tiles of W̄, then for SIDE rows each column of its inputs and biases. Workgroups (x), at most MOST_GROUPS, are
// dealt the items round; (y): networks.

override N: u32;
override K: u32;
override SLAB: u32;  // steps summed together, at fixed times
override MOST_GROUPS: u32;

struct Params {
  chunk: u32,             // 0 is the last in time
  network: u32,           // first network of the bound slice of rows
  zero: u32,
  T: u32,
  B: u32,
  S: u32,
  chunk_steps: u32,       // steps of a chunk, a multiple of SLAB
  ring: u32,              // steps kept of rows
}

@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read> rows: array<vec4f>;
@group(0) @binding(2) var<storage, read> inputs: array<f32>;
@group(0) @binding(3) var<storage, read_write> gradient: array<f32>;

// Tiles of SIDE × SIDE (the profile's), the last ones cut off.
override ROW_TILES: u32 = (GATES * NP + SIDE - 1u) / SIDE;
override TILES: u32 = ROW_TILES * ((NP + SIDE - 1u) / SIDE);

var<private> lane: u32;  // this invocation within its workgroup

@compute @workgroup_size(WG)
fn weight_gradient(@builtin(local_invocation_id) local: vec3u, @builtin(workgroup_id) group: vec3u) {
  let chunks = (params.T + params.chunk_steps - 1u) / params.chunk_steps;
  let first = (chunks - 1u - params.chunk) * params.chunk_steps;
  let last = min(first + params.chunk_steps, params.T) + params.zero;
  lane = local.x;
  for (var item = group.x; item < TILES + ROW_TILES * (params.S + 2u); item += MOST_GROUPS) {
    if (item < TILES) {
      weight_tile(group.y, item, first, last);
    } else {
      input_column(group.y, (item - TILES) % ROW_TILES * SIDE, (item - TILES) / ROW_TILES, first, last);
    }
  }
}
