// One step of Adam (Kingma & Ba 2015, as torch.optim.Adam) over the flat parameters of all networks.
//   gradient   : [M, PARAMETERS]                            in
//   rates      : [M, 8] learning rates of weight_hh, weight_ih, bias_ih, bias_hh (0 is not trained), then
//                1 / (1 − beta1^step) and 1 / √(1 − beta2^step)                                     in
//   parameters : [M, PARAMETERS]                            in, out
//   first_moments, second_moments : [M, PARAMETERS]         in, out
//   transposed : [M, NP, GATES NP] weight_hh transposed, for walk_adjoint   out
// Invocations of at most MOST_GROUPS workgroups are dealt the parameters round (x); networks (y).

override N: u32;
override K: u32;
override MOST_GROUPS: u32;

struct Params {
  network: u32,       // first network
  S: u32,
  beta1: f32,
  beta2: f32,
  rest1: f32,         // 1 − beta1 and
  rest2: f32,         // 1 − beta2, rounded once: 1.0 − beta2 in f32 is off by 1e-5
  epsilon: f32,
}

@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read> gradient: array<f32>;
@group(0) @binding(2) var<storage, read> rates: array<f32>;
@group(0) @binding(3) var<storage, read_write> parameters: array<f32>;
@group(0) @binding(4) var<storage, read_write> first_moments: array<f32>;
@group(0) @binding(5) var<storage, read_write> second_moments: array<f32>;
@group(0) @binding(6) var<storage, read_write> transposed: array<f32>;

@compute @workgroup_size(WG)
fn adam(@builtin(global_invocation_id) id: vec3u) {
  for (var i = id.x; i < parameters_stride(); i += MOST_GROUPS * WG) { update(params.network + id.y, i); }
}

fn update(network: u32, i: u32) {
  let at = network * parameters_stride() + i;
  let rate = rates[network * 8u + u32(i >= AT_WEIGHT_IH) + u32(i >= at_bias_ih()) + u32(i >= at_bias_hh())];
  if (rate > 0.0) {
    let g = gradient[at];
    let m = fma(params.beta1, first_moments[at], params.rest1 * g);
    let v = fma(params.beta2, second_moments[at], params.rest2 * g * g);
    first_moments[at] = m;
    second_moments[at] = v;
    parameters[at] -= rate * rates[network * 8u + 4u] * m / (sqrt(v) * rates[network * 8u + 5u] + params.epsilon);
  }
  if (i < AT_WEIGHT_IH) {
    transposed[network * AT_WEIGHT_IH + i % NP * GATES * NP + i / NP] = parameters[at];
  }
}
