// Exponents, flossing loss and its derivative, from the block sums of log R_ii.
//   log_sums     : [M, B, blocks, KP, 4] see lib/log_sums           in
//   targets      : [M, KP] target exponents                         in
//   exponents    : [M, B, KP] nats per step                         out
//   loss_weights : [M, B, KP] w = ∂L/∂(log R_ii)                    out
//   summary      : [M, 2] loss, spread                              out
//   status       : [M, B] earliest failure                          in, out
// λ_i = (1/(T − warmup)) Σ log R_ii;  L = mean over trajectories and i ≤ K of (λ_i − target_i)²;
// w_i = 2 (λ_i − target_i) / (K B (T − warmup)) (design 2, 3.2). The spread is the largest ratio of R_ii in a block,
// as a logarithm. One workgroup per network.

override N: u32;
override K: u32;

struct Params {
  T: u32,
  B: u32,
  warmup: u32,
}

@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read> log_sums: array<vec4f>;
@group(0) @binding(2) var<storage, read> targets: array<f32>;
@group(0) @binding(3) var<storage, read_write> exponents: array<f32>;
@group(0) @binding(4) var<storage, read_write> loss_weights: array<f32>;
@group(0) @binding(5) var<storage, read_write> summary: array<vec2f>;
@group(0) @binding(6) var<storage, read_write> status: array<atomic<u32>>;

var<workgroup> squares: array<f32, WG>;
var<workgroup> spreads: array<f32, WG>;

@compute @workgroup_size(WG)
fn flossing_loss(@builtin(local_invocation_id) local: vec3u, @builtin(workgroup_id) group: vec3u) {
  var sum = 0.0;
  for (var i = local.x; i < params.B * K; i += WG) {
    let b = group.x * params.B + i / K;
    let k = i % K;
    let difference = exponent(b, k) - targets[group.x * KP + k];
    exponents[b * KP + k] = exponent(b, k);
    loss_weights[b * KP + k] = 2.0 * difference / f32(K * params.B * (params.T - params.warmup));
    sum = fma(difference, difference, sum);
  }
  squares[local.x] = sum;
  spreads[local.x] = largest_spread(group.x * params.B, local.x);
  workgroupBarrier();
  if (local.x == 0u) {
    var total = 0.0;
    var spread = 0.0;
    for (var i = 0u; i < WG; i++) {
      total += squares[i];
      spread = max(spread, spreads[i]);
    }
    summary[group.x] = vec2f(total / f32(K * params.B), spread);
    if (is_broken(total)) { atomicMin(&status[group.x * params.B], (params.T << 14u) | (4095u << 2u) | 2u); }
  }
}

/// The blocks are added in order.
fn exponent(b: u32, k: u32) -> f32 {
  var sum = 0.0;
  for (var block = 0u; block < blocks(); block++) { sum += log_sums[(b * blocks() + block) * KP + k].x; }
  return sum / f32(params.T - params.warmup);
}

/// log of largest R_ii × largest 1 / R_jj in any block of the network's trajectories that falls to this invocation.
fn largest_spread(b: u32, lane: u32) -> f32 {
  var largest = 0.0;
  for (var block = lane; block < params.B * blocks(); block += WG) {
    var r = vec2f();
    for (var k = 0u; k < K; k++) { r = max(r, log_sums[(b * blocks() + block) * KP + k].yz); }
    largest = max(largest, log_stable(max(r.x, 1e-30)) + log_stable(max(r.y, 1e-30)));
  }
  return largest;
}
