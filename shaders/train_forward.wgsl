// A chunk of time of backpropagation through time, forwards: states, outputs, loss and its derivative.
//   parameters : [M, PARAMETERS]                       in    (layouts: lib/train_layout)
//   inputs     : [M, T, S, BP]                         in
//   targets    : [M, T, R, BP]                         in
//   records    : [m, T + 1, RECORD, NP, BP]            in, out
//   reads      : [m, T, NP, BP]                        out   where the pre-activation is read out
//   errors     : [m, T R + 2 blocks, BP]               out   ∂loss/∂output, sums of loss and right answers
// The loss is the mean over counted steps (from `scored`, 0-based), sequences and outputs: logit binary cross-entropy or
// squared error. PREACTIVATION: outputs are read from the pre-activation, and the trained start is one (the paper's code).
// One workgroup per network (x) and part of its batch.

struct Params {
  network: u32,   // first network of the slice
  first: u32,     // steps first + 1 … last are walked
  last: u32,
  zero: u32,      // always 0, which the driver cannot know: loops bounded by it stay rolled
  T: u32,
  scored: u32,    // first counted step, from 0
  errors_from: u32,  // (unused here)
  scale: f32,     // 1 / (counted steps · B · R)
}

@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read> parameters: array<vec4f>;
@group(0) @binding(2) var<storage, read> inputs: array<f32>;
@group(0) @binding(3) var<storage, read> targets: array<f32>;
@group(0) @binding(4) var<storage, read_write> records: array<f32>;
@group(0) @binding(5) var<storage, read_write> reads: array<f32>;
@group(0) @binding(6) var<storage, read_write> errors: array<f32>;

// The matrix of lib/*_product: W [ROWS, NP].
const OUT = ROWS;
const IN = NQ;

@compute @workgroup_size(WG)
fn train_forward(@builtin(local_invocation_id) local: vec3u, @builtin(workgroup_id) group: vec3u) {
  lane = local.x;
  let here = group.x / PARTS;
  let network = params.network + here;
  begin_forward(network, here, group.x % PARTS);
  for (var t = params.first + 1u; t <= params.last; t++) {
    multiply();
    forward_step(network, here, group.x % PARTS, t);
  }
}

/// The state of a start, which may be a pre-activation: that goes through the cell alone.
fn start_state(start: f32) -> f32 {
  if (!PREACTIVATION) { return start; }
  var input = array<f32, GATES>();
  input[0] = start;
  return cell_forward(input, array<f32, GATES>(), array<f32, RECORD>())[0];
}

/// Element of W at vec4 `i`.
fn matrix_at(network: u32, i: u32) -> vec4f {
  return parameters[network * (PARAMETERS / 4u) + i];
}
