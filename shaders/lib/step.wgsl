// What the stages of one step share, for walks whose trajectories are shared by workgroups.
// Needs: lib/layout.

struct Params {
  t: u32,               // the step; 0: none
  begin: u32,           // the segment is steps begin + 1 … end; step_tangents at `begin` makes the state of the first
  end: u32,
  units: u32,           // of a workgroup, a multiple of 16
  trajectory: u32,      // first trajectory of the bound slice
  zero: u32,            // always 0, which the driver cannot know: loops bounded by it stay rolled
  T: u32,
  B: u32,
  S: u32,
  warmup: u32,
  slots: u32,           // steps kept of records and tangents,
  r_slots: u32,         // of triangles,
  ring: u32,            // and of adjoints and rows
}

/// The units of a range, from the first to before the last.
fn units_of(range: u32) -> vec2u {
  return vec2u(range * params.units, min((range + 1u) * params.units, NP));
}
