// Exponents, flossing loss and its derivative, from log R_ii.
//   log_r        : [M, B, T, KP] where the step is orthonormalised  in
//   schedule     : [M, 3] interval, correction (unused here), dense in
//   targets      : [M, KP] target exponents                         in
//   block_sums   : [M, B, blocks, KP] over the counted steps of each BLOCK  out
//   exponents    : [M, B, KP] nats per step                         out
//   loss_weights : [M, B, KP] w = ∂L/∂(log R_ii)                    out
//   summary      : [M, 2] loss, spread                              out
//   status       : [M, B] earliest failure                          in, out
// λ_i = (1/(T − warmup)) Σ log R_ii;  L = mean over trajectories and i ≤ K of (λ_i − target_i)²;
// w_i = 2 (λ_i − target_i) / (K B (T − warmup)) (design 2, 3.2). The spread is the largest log (max R_ii / min R_ii) of
// a step. Logs are summed in blocks at fixed times, blocks in order. One workgroup per network of the slice.

override N: u32;
override K: u32;

struct Params {
  network: u32,  // first network of the slice in log_r
  T: u32,
  B: u32,
  warmup: u32,
}

@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read> log_r: array<f32>;
@group(0) @binding(2) var<storage, read> schedule: array<u32>;
@group(0) @binding(3) var<storage, read> targets: array<f32>;
@group(0) @binding(4) var<storage, read_write> block_sums: array<f32>;
@group(0) @binding(5) var<storage, read_write> exponents: array<f32>;
@group(0) @binding(6) var<storage, read_write> loss_weights: array<f32>;
@group(0) @binding(7) var<storage, read_write> summary: array<vec2f>;
@group(0) @binding(8) var<storage, read_write> status: array<atomic<u32>>;

const BROKEN_LOSS = 2u;

var<workgroup> squares: array<f32, WG>;
var<workgroup> spreads: array<f32, WG>;

@compute @workgroup_size(WG)
fn flossing_loss(@builtin(local_invocation_id) local: vec3u, @builtin(workgroup_id) group: vec3u) {
  let network = params.network + group.x;
  let interval = schedule[network * 3u];
  let dense = schedule[network * 3u + 2u];
  var sum = 0.0;
  for (var i = local.x; i < params.B * KP; i += WG) {
    let b = network * params.B + i / KP;
    let k = i % KP;
    if (k >= K) {  // the padding
      loss_weights[b * KP + k] = 0.0;
      continue;
    }
    let exponent = sum_logs(b, k, interval, dense) / f32(params.T - params.warmup);
    let difference = exponent - targets[network * KP + k];
    exponents[b * KP + k] = exponent;
    loss_weights[b * KP + k] = 2.0 * difference / f32(K * params.B * (params.T - params.warmup));
    sum = fma(difference, difference, sum);
  }
  squares[local.x] = sum;
  spreads[local.x] = largest_spread(group.x * params.B, local.x, interval, dense);
  workgroupBarrier();
  if (local.x == 0u) {
    var total = 0.0;
    var spread = 0.0;
    for (var i = 0u; i < WG; i++) {
      total += squares[i];
      spread = max(spread, spreads[i]);
    }
    summary[network] = vec2f(total / f32(K * params.B), spread);
    if (is_broken(total)) { atomicMin(&status[network * params.B], (params.T << 14u) | (4095u << 2u) | BROKEN_LOSS); }
  }
}

fn sum_logs(b: u32, k: u32, interval: u32, dense: u32) -> f32 {
  var total = 0.0;
  for (var block = 0u; block < blocks(); block++) {
    var sum = 0.0;
    for (var t = block * BLOCK + 1u; t <= min((block + 1u) * BLOCK, params.T); t++) {
      if (t > params.warmup && orthonormalised(t, interval, dense)) { sum += log_r[((b - params.network * params.B) * params.T + t - 1u) * KP + k]; }
    }
    block_sums[(b * blocks() + block) * KP + k] = sum;
    total += sum;
  }
  return total;
}

/// Of the steps of the network's trajectories, from `b` of the slice on, that fall to this invocation.
fn largest_spread(b: u32, lane: u32, interval: u32, dense: u32) -> f32 {
  var largest = 0.0;
  for (var i = lane; i < params.B * params.T; i += WG) {
    if (orthonormalised(i % params.T + 1u, interval, dense)) {
      let at = (b * params.T + i) * KP;
      var low = log_r[at];
      var high = low;
      for (var k = 1u; k < K; k++) {
        low = min(low, log_r[at + k]);
        high = max(high, log_r[at + k]);
      }
      largest = max(largest, high - low);
    }
  }
  return largest;
}
