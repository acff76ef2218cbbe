// Draws the sequences of a task for one epoch: inputs, and targets from them, the same numbers as on the host.
//   places  : [M] key of the seed (two words), number of the network      in
//   inputs  : [M, T, S, BP]                                               out
//   targets : [M, T, R, BP]                                               out
// Number i of a sequence is word i mod 4 of Philox block i / 4 at (network, epoch, stream + 256 · sequence); step t (which
// may lie up to `history` steps before the first) and channel s are number (t + history) S + s.
// One invocation per sequence (x) of a network (z); steps are dealt round (y). What a task is, is its file's `task_input`, `task_target`.

struct Params {
  epoch: u32,
  stream: u32,     // of src/random.ts
  T: u32,
  B: u32,
  BP: u32,         // sequences with padding, which is zero
  S: u32,
  R: u32,
  real: u32,       // 0: 0 or 1 with probability 1/2; 1: uniform in [0, 1)
  history: u32,
  delay: u32,      // steps between taps
  taps: u32,
  scale: f32,      // what the network sees of an input: the paper divides by the number of channels
}

@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read> places: array<vec4u>;
@group(0) @binding(2) var<storage, read_write> inputs: array<f32>;
@group(0) @binding(3) var<storage, read_write> targets: array<f32>;

@compute @workgroup_size(WG)
fn draw_task(@builtin(global_invocation_id) id: vec3u, @builtin(num_workgroups) groups: vec3u) {
  if (id.x >= params.BP) { return; }
  for (var t = id.y; t < params.T; t += groups.y) { draw_step(id.z, id.x, t); }
}

fn draw_step(network: u32, b: u32, t: u32) {
  let at = network * params.T + t;
  let real = b < params.B;
  for (var s = 0u; s < params.S; s++) {
    inputs[(at * params.S + s) * params.BP + b] = select(0.0, params.scale * task_input(network, b, t, s), real);
  }
  for (var r = 0u; r < params.R; r++) {
    targets[(at * params.R + r) * params.BP + b] = select(0.0, task_target(network, b, t, r), real);
  }
}

/// Number i of a sequence, uniform in [0, 1).
fn number_at(network: u32, b: u32, i: u32) -> f32 {
  let place = places[network];
  let words = philox(vec4u(i / 4u, place.z, params.epoch, params.stream + 256u * b), place.xy);
  return uniform_of(words[i % 4u]);
}

/// The input at step t + history − `back`, channel s.
fn value_at(network: u32, b: u32, t: u32, back: u32, s: u32) -> f32 {
  let u = number_at(network, b, (t + params.history - back) * params.S + s);
  return select(select(0.0, 1.0, u < 0.5), u, params.real == 1u);
}
