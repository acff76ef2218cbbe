// How fast the adapter copies: every invocation vec4 after vec4, neighbours side by side.
//   source : [n] vec4f in      copied : [n] vec4f out

struct Params {
  n: u32,
  stride: u32,  // invocations of the dispatch
}

@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read> source: array<vec4f>;
@group(0) @binding(2) var<storage, read_write> copied: array<vec4f>;

@compute @workgroup_size(WG)
fn copy(@builtin(global_invocation_id) id: vec3u) {
  for (var i = id.x; i < params.n; i += params.stride) { copied[i] = source[i]; }
}
