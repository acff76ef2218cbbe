// A chunk of time of backpropagation through time, backwards: the adjoint of every pre-activation, and of the start.
//   parameters : [M, PARAMETERS]                       in    (layouts: lib/train_layout)
//   transposed : [M, NP, ROWS] weight_hh transposed    in
//   records    : [m, T + 1, RECORD, NP, BP]            in
//   errors     : [m, T R + 2 blocks, BP]               in    ∂loss/∂output
//   adjoints   : [m, T, ROWS, BP]                      in, out
//   gradient   : [M, PARAMETERS + METRICS]             out   the start's part
// ā_t = f'(a_t) (h̄_t + Σ_r w_r ∂loss/∂output_r), h̄_{t−1} = Wᵀ ā_t. The chunk that ends at step 0 leaves the start's
// gradient. One workgroup per network (x) and part of its batch.

struct Params {
  network: u32,   // first network of the slice
  first: u32,     // steps last … first + 1 are walked
  last: u32,
  zero: u32,      // always 0, which the driver cannot know: loops bounded by it stay rolled
  T: u32,
  scored: u32,       // (unused here)
  errors_from: u32,  // errors of the steps before, from 0, are taken as none
  scale: f32,        // (unused here)
}

@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read> parameters: array<f32>;
@group(0) @binding(2) var<storage, read> transposed: array<vec4f>;
@group(0) @binding(3) var<storage, read> records: array<f32>;
@group(0) @binding(4) var<storage, read> errors: array<f32>;
@group(0) @binding(5) var<storage, read_write> adjoints: array<f32>;
@group(0) @binding(6) var<storage, read_write> gradient: array<f32>;

// The matrix of lib/*_product: Wᵀ [NP, ROWS].
const OUT = NP;
const IN = ROWS / 4u;

@compute @workgroup_size(WG)
fn train_adjoint(@builtin(local_invocation_id) local: vec3u, @builtin(workgroup_id) group: vec3u) {
  lane = local.x;
  let here = group.x / PARTS;
  let network = params.network + here;
  begin_adjoint(network, here, group.x % PARTS);
  for (var t = params.last; t > params.first; t--) {
    multiply();
    adjoint_step(network, here, group.x % PARTS, t);
  }
  if (params.first == 0u && params.last > 0u) {
    multiply();
    start_adjoint(network, here, group.x % PARTS);
  }
}

/// Element of Wᵀ at vec4 `i`.
fn matrix_at(network: u32, i: u32) -> vec4f {
  return transposed[network * (ROWS * NQ) + i];
}

/// ∂loss/∂output r of sequence b at step t.
fn error_at(here: u32, t: u32, r: u32, b: u32) -> f32 {
  let error = errors[errors_base(here) + ((t - 1u) * R + r) * BP + b];
  return select(error, 0.0, t <= params.errors_from);
}
