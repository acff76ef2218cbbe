// Adds up the partial gradients and the loss, clips, and makes one step of Adam or AdamW (as torch.optim.AdamW).
//   partials   : [m, slabs + 1, AT_START]                                                       in
//   errors     : [m, T R + 2 blocks, BP]                                                        in
//   rates      : [M, 16] learning rates of weight_hh, weight_ih, bias_ih, bias_hh, readout.weight, readout.bias and the
//                start (0 is not trained); the factor of another gradient in the last slab of partials; weight decay;
//                1 / (1 − beta1^step), 1 / √(1 − beta2^step); the limit of a norm, 0 is none                 in
//   gradient   : [M, PARAMETERS + METRICS] the start's part given                                in, out
//   parameters : [M, PARAMETERS]            moments : [M, PARAMETERS, 2]                         in, out
//   transposed : [M, NP, ROWS]                                                                  out
// METRICS: sum of the loss, right answers, norms of the seven tensors' gradients before clipping. `mode` 0 is the metrics of
// a loss only, 1 clips every tensor on its own (the paper's code), 2 all together. One workgroup per network (x).

struct Params {
  network: u32,   // first network of the slice
  zero: u32,
  T: u32,
  slabs: u32,
  mode: u32,
  beta1: f32,
  beta2: f32,
  rest1: f32,     // 1 − beta1 and
  rest2: f32,     // 1 − beta2, rounded once
  epsilon: f32,
}

@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read> partials: array<f32>;
@group(0) @binding(2) var<storage, read> errors: array<f32>;
@group(0) @binding(3) var<storage, read> rates: array<f32>;
@group(0) @binding(4) var<storage, read_write> gradient: array<f32>;
@group(0) @binding(5) var<storage, read_write> parameters: array<f32>;
@group(0) @binding(6) var<storage, read_write> moments: array<vec2f>;
@group(0) @binding(7) var<storage, read_write> transposed: array<f32>;

const MIX = 7u;
const DECAY = 8u;
const CORRECTION = 9u;
const CLIP = 11u;

var<workgroup> parts: array<f32, WG>;
var<private> lane: u32;

/// The sum over the invocations, in their order.
fn sum_all(value: f32) -> f32 {
  workgroupBarrier();
  parts[lane] = value;
  workgroupBarrier();
  var sum = 0.0;
  for (var i = 0u; i < WG + params.zero; i++) { sum += parts[i]; }
  return sum;
}

fn tensor_start(tensor: u32) -> u32 {
  let starts = array<u32, TENSORS + 1u>(0u, AT_WEIGHT_IH, AT_BIAS_IH, AT_BIAS_HH, AT_READOUT, AT_READOUT_BIAS, AT_START, PARAMETERS);
  return starts[tensor];
}

@compute @workgroup_size(WG)
fn train_update(@builtin(local_invocation_id) local: vec3u, @builtin(workgroup_id) group: vec3u) {
  lane = local.x;
  let here = group.x;
  let network = params.network + here;
  let metrics = network * GRADIENT + PARAMETERS;
  for (var kind = 0u; kind < 2u; kind++) {
    var value = 0.0;
    for (var i = lane; i < train_blocks() * BP; i += WG) { value += errors[losses_base(here) + (i / BP * 2u + kind) * BP + i % BP]; }
    let total = sum_all(value);
    if (lane == 0u) { gradient[metrics + kind] = total; }
  }
  if (params.mode == 0u) { return; }
  readout_bias(here, network);
  var squares = 0.0;
  for (var tensor = 0u; tensor < TENSORS + params.zero; tensor++) {
    let square = gather(here, network, tensor);
    squares += square;
    if (lane == 0u) { gradient[metrics + 2u + tensor] = sqrt(square); }
  }
  storageBarrier();
  for (var tensor = 0u; tensor < TENSORS + params.zero; tensor++) {
    let norm = select(sqrt(squares), gradient[metrics + 2u + tensor], params.mode == 1u);
    let limit = rates[network * 16u + CLIP];
    step_tensor(network, tensor, select(1.0, limit / norm, limit > 0.0 && norm > limit));
  }
  storageBarrier();
  for (var i = lane; i < ROWS * NP + params.zero; i += WG) { transposed[network * ROWS * NP + i % NP * ROWS + i / NP] = parameters[network * PARAMETERS + i]; }
}

/// The gradient of readout.bias: Σ ∂loss/∂output.
fn readout_bias(here: u32, network: u32) {
  for (var r = 0u; r < R + params.zero; r++) {
    var value = 0.0;
    for (var i = lane; i < params.T * BP; i += WG) { value += errors[errors_base(here) + (i / BP * R + r) * BP + i % BP]; }
    let total = sum_all(value);
    if (lane == 0u) { gradient[network * GRADIENT + AT_READOUT_BIAS + r] = total; }
  }
  storageBarrier();
}

/// Adds up a tensor's slabs in their order. @returns the squared norm
fn gather(here: u32, network: u32, tensor: u32) -> f32 {
  var square = 0.0;
  let mix = rates[network * 16u + MIX];
  for (var i = tensor_start(tensor) + lane; i < tensor_start(tensor + 1u); i += WG) {
    if (i < AT_READOUT_BIAS) {
      let base = here * (params.slabs + 1u) * AT_START + i;
      var g = 0.0;
      for (var slab = 0u; slab < params.slabs; slab++) { g += partials[base + slab * AT_START]; }
      if (mix != 0.0 && i < AT_READOUT) { g = fma(mix, partials[base + params.slabs * AT_START], g); }
      gradient[network * GRADIENT + i] = g;
    }
    let g = gradient[network * GRADIENT + i];
    square = fma(g, g, square);
  }
  return sum_all(square);
}

fn step_tensor(network: u32, tensor: u32, factor: f32) {
  let rate = rates[network * 16u + tensor];
  if (rate == 0.0) { return; }
  let decay = 1.0 - rate * rates[network * 16u + DECAY];
  let correction1 = rates[network * 16u + CORRECTION];
  let correction2 = rates[network * 16u + CORRECTION + 1u];
  for (var i = tensor_start(tensor) + lane; i < tensor_start(tensor + 1u); i += WG) {
    let at = network * PARAMETERS + i;
    let g = factor * gradient[network * GRADIENT + i];
    let m = fma(params.beta1, moments[at].x, params.rest1 * g);
    let v = fma(params.beta2, moments[at].y, params.rest2 * g * g);
    moments[at] = vec2f(m, v);
    parameters[at] = parameters[at] * decay - rate * correction1 * m / (sqrt(v) * correction2 + params.epsilon);
  }
}
