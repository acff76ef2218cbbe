// A chunk of time of backpropagation through time, backwards: the adjoint of every pre-activation, and of the start.
//   parameters : [M, PARAMETERS]                       in    (layouts: lib/train_layout)
//   transposed : [M, NP, ROWS] weight_hh transposed    in
//   records    : [m, T + 1, RECORD, NP, BP]            in
//   errors     : [m, T R + 2 blocks, BP]               in    ∂loss/∂output
//   adjoints   : [m, T KEPT + …, BP] see train_layout  in, out
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

/// The adjoint of one unit's step, kept as well; `product` is what comes back through W, `read` through the readout.
fn unit_adjoint(here: u32, unit: u32, b: u32, t: u32, product: f32, read: f32) -> StepAdjoint {
  let at = records_base(here) + t * RECORD * NP * BP + unit * BP + b;
  var after = array<f32, RECORD>();
  var before = array<f32, RECORD>();
  for (var i = 0u; i < RECORD; i++) {
    after[i] = records[at + i * NP * BP];
    before[i] = records[at - RECORD * NP * BP + i * NP * BP];
  }
  var adjoint = array<f32, STATES>();
  adjoint[0] = product + select(read, 0.0, PREACTIVATION);
  if (!CLOSED) {
    for (var s = 0u; s < STATES; s++) { adjoint[s] += select(adjoints[direct_at(here, s, unit, b)], 0.0, t == params.T); }
  }
  var result = cell_adjoint(after, before, adjoint, array<f32, SECOND>());
  if (PREACTIVATION) { result.gates[0] += read; }
  store_adjoints(here, unit, b, t, result);
  return result;
}

/// Keeps what one unit's step leaves: the adjoints of its pre-activations, and the direct part of the state's before.
fn store_adjoints(here: u32, unit: u32, b: u32, t: u32, result: StepAdjoint) {
  for (var g = 0u; g < GATES + APART; g++) { adjoints[adjoints_base(here) + ((t - 1u) * KEPT + g * NP + unit) * BP + b] = result.gates[g]; }
  if (!CLOSED) {
    for (var s = 0u; s < STATES; s++) { adjoints[direct_at(here, s, unit, b)] = result.before[s]; }
  }
}

/// The start's gradient for one unit; `product` is what comes back through W. A pre-activation goes through the cell alone.
fn store_start(network: u32, here: u32, unit: u32, b: u32, product: f32) {
  let to = network * GRADIENT + AT_START + unit * BP + b;
  if (PREACTIVATION) {
    var after = array<f32, RECORD>();
    var adjoint = array<f32, STATES>();
    after[0] = records[records_base(here) + unit * BP + b];
    adjoint[0] = product;
    gradient[to] = cell_adjoint(after, after, adjoint, array<f32, SECOND>()).gates[0];
  } else if (CLOSED) {
    gradient[to] = product;
  } else {
    for (var s = 0u; s < STATES; s++) { gradient[to + s * NP * BP] = adjoints[direct_at(here, s, unit, b)] + select(0.0, product, s == 0u); }
  }
}

/// ∂loss/∂output r of sequence b at step t.
fn error_at(here: u32, t: u32, r: u32, b: u32) -> f32 {
  let error = errors[errors_base(here) + ((t - 1u) * R + r) * BP + b];
  return select(error, 0.0, t <= params.errors_from);
}
