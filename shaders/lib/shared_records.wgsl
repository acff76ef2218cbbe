// Records of four units.
// Needs: binding records; lib/layout; RECORD (cells).

/// Records of units `unit` … `unit` + 3, those of the step beginning at element `at`.
fn record_quad(at: u32, unit: u32) -> array<vec4f, RECORD> {
  var result: array<vec4f, RECORD>;
  for (var i = 0u; i < RECORD; i++) {
    let from_unit = at + i * NP + unit;
    result[i] = vec4f(records[from_unit], records[from_unit + 1u], records[from_unit + 2u], records[from_unit + 3u]);
  }
  return result;
}
