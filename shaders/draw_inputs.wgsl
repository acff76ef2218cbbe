// Draws the inputs of an epoch, the same numbers as drawInputs on the host: bits alike for 0 and 1, normals within 1e-5.
//   places : [M] key of the seed (two words), number of the network      in
//   inputs : [M, B, T, S]                                                out
// Number i of a trajectory is word i mod 4 of Philox block i / 4 at (network, epoch, stream + 256 · trajectory).
// Invocations (x) are dealt blocks of 4 numbers round; (y): trajectories of all.

struct Params {
  kind: u32,       // 0: 0 or 1 with probability 1/2; 1: N(0, 1)
  epoch: u32,
  stream: u32,     // of src/random.ts
  T: u32,
  B: u32,
  S: u32,
  scale: f32,      // what the numbers are multiplied with
}

@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read> places: array<vec4u>;
@group(0) @binding(2) var<storage, read_write> inputs: array<f32>;

@compute @workgroup_size(WG)
fn draw_inputs(@builtin(global_invocation_id) id: vec3u, @builtin(num_workgroups) groups: vec3u) {
  for (var block = id.x; block < (params.T * params.S + 3u) / 4u; block += groups.x * WG) { draw_block(id.y, block); }
}

fn draw_block(trajectory: u32, block: u32) {
  let length = params.T * params.S;
  let first = block * 4u;
  let place = places[trajectory / params.B];
  let words = philox(vec4u(block, place.z, params.epoch, params.stream + 256u * (trajectory % params.B)), place.xy);
  var values = vec4f();
  if (params.kind == 0u) {
    for (var i = 0u; i < 4u; i++) { values[i] = select(0.0, 1.0, uniform_of(words[i]) < 0.5); }
  } else {
    let a = normal_pair(uniform_of(words.x), uniform_of(words.y));
    let b = normal_pair(uniform_of(words.z), uniform_of(words.w));
    values = vec4f(a, b);
  }
  for (var i = 0u; i < min(4u, length - first); i++) { inputs[trajectory * length + first + i] = values[i] * params.scale; }
}

/// Two normals of two uniforms (Box and Muller 1958); 1 − u is exact and above 0.
fn normal_pair(u: f32, v: f32) -> vec2f {
  let radius = sqrt(-2.0 * log_stable(1.0 - u));
  return radius * sincos_turns(v).yx;
}
