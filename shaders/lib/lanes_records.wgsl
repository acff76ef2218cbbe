// Records of 16 units, held by 8 lanes, as vec4 in all lanes.
// Needs: binding records; lib/layout, lib/walk; RECORD (cells).

/// The first `count` numbers of the lane's two records of 16 units: of its unit, at element `at`, and of the unit 8 further.
fn load_records(at: u32, count: u32) -> array<vec2f, RECORD> {
  var result: array<vec2f, RECORD>;
  for (var i = 0u; i < count; i++) { result[i] = vec2f(records[at + i * NP], records[at + i * NP + 8u]); }
  return result;
}

/// Units 4 quad … 4 quad + 3 of the 16.
fn record_quad(lanes: array<vec2f, RECORD>, quad: u32, count: u32) -> array<vec4f, RECORD> {
  var records = lanes;
  var result: array<vec4f, RECORD>;
  for (var i = 0u; i < count; i++) {
    let v = records[i];
    let low = select(v.y, v.x, quad < 2u);
    let even = vec4f(subgroupShuffle(low, 0u), subgroupShuffle(low, 1u), subgroupShuffle(low, 2u), subgroupShuffle(low, 3u));
    let odd = vec4f(subgroupShuffle(low, 4u), subgroupShuffle(low, 5u), subgroupShuffle(low, 6u), subgroupShuffle(low, 7u));
    result[i] = select(odd, even, (quad & 1u) == 0u);
  }
  return result;
}
