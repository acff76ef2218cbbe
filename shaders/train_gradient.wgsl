// The gradients of all weights from the adjoints: products over time and batch, one partial sum per slab of time.
//   records, reads, adjoints, errors, inputs : as train_forward and train_adjoint left them               in
//   partials : [m, slabs + 1, AT_START] in the layout of the parameters; the last is for another gradient   out
// W̄ = Σ ā_t h_{t−1}ᵀ; Ū = Σ ā_t x_tᵀ; b̄ = Σ ā_t; readout: Σ ∂loss/∂output r_tᵀ. Slabs of SLAB steps at fixed times.
// Items: tiles of W̄, of [Ū | b̄], of the readout's. Workgroups (x) are dealt the items round; (y): slabs from the first one on; (z): networks.

struct Params {
  network: u32,   // first network of the slice
  zero: u32,
  T: u32,
  slabs: u32,
  first_slab: u32,   // of the dispatch
}

@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read> records: array<vec4f>;
@group(0) @binding(2) var<storage, read> reads: array<vec4f>;
@group(0) @binding(3) var<storage, read> adjoints: array<vec4f>;
@group(0) @binding(4) var<storage, read> errors: array<vec4f>;
@group(0) @binding(5) var<storage, read> inputs: array<vec4f>;
@group(0) @binding(6) var<storage, read_write> partials: array<f32>;

const SLAB = 64u;

var<private> lane: u32;

@compute @workgroup_size(WG)
fn train_gradient(
  @builtin(local_invocation_id) local: vec3u,
  @builtin(workgroup_id) group: vec3u,
  @builtin(num_workgroups) groups: vec3u,
) {
  lane = local.x;
  if (params.slabs == 0u) { return; }
  let slab = params.first_slab + group.y;
  let first = slab * SLAB;
  let last = min(first + SLAB, params.T) + params.zero;
  let to = (group.z * (params.slabs + 1u) + slab) * AT_START;
  for (var item = group.x; item < WEIGHT_TILES + SIDE_TILES; item += groups.x) {
    if (item < WEIGHT_TILES) {
      weight_tile(group.z, item, first, last, to);
    } else {
      side_tile(group.z, item - WEIGHT_TILES, first, last, to);
    }
  }
}

// Rows of [Ū | b̄] and of the readout's gradient transposed are sums of a row of adjoints or reads times a row of
// inputs, ones or errors: items of the first kind come first.

/// Four sequences of row `row` of the left factor at step t (from 0).
fn side_row(here: u32, readout: bool, row: u32, t: u32, b: u32) -> vec4f {
  if (!readout) { return adjoints[adjoints_base(here) / 4u + (t * KEPT + row) * BQ + b]; }
  if (PREACTIVATION) { return reads[reads_base(here) / 4u + (t * NP + row) * BQ + b]; }
  return records[records_base(here) / 4u + ((t + 1u) * RECORD * NP + row) * BQ + b];
}

/// Four sequences of column `column` of the right factor at step t.
fn side_column(here: u32, readout: bool, column: u32, t: u32, b: u32) -> vec4f {
  if (readout) { return errors[errors_base(here) / 4u + (t * R + min(column, R - 1u)) * BQ + b]; }
  if (column >= S) { return vec4f(1.0); }
  return inputs[(((params.network + here) * params.T + t) * S + column) * BQ + b];
}

/// Writes one element. Rows from ROWS on are of U x + b_ih alone, and the APART gates before them of W h + b_hh alone.
fn store_side(to: u32, readout: bool, row: u32, column: u32, value: f32) {
  if (readout) {
    if (column < R && row < NP) { partials[to + AT_READOUT + column * NP + row] = value; }
    return;
  }
  if (row >= KEPT || column > S) { return; }
  if (row < ROWS - APART * NP) { partials[to + AT_WEIGHT_IH + column * ROWS + row] = value; }
  if (row >= ROWS) { partials[to + AT_WEIGHT_IH + column * ROWS + row - APART * NP] = value; }
  if (row < ROWS && column == S) { partials[to + AT_BIAS_HH + row] = value; }
}
