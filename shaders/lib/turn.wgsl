// The uniform of a turn of walk_forward or walk_adjoint: the chunks of time that its groups of panels walk.
// Needs: nothing.

struct Params {
  chunk: u32,           // of group 0; 0 is the first in time, backwards the last
  split: u32,           // first panel of the trailing group
  trajectory: u32,      // first trajectory of the slice in the buffers that slices share
  zero: u32,            // always 0, which the driver cannot know: loops bounded by it stay rolled
  T: u32,
  B: u32,
  S: u32,
  warmup: u32,
  chunk_steps: u32,     // steps a dispatch advances
  slots: u32,           // steps kept of records and tangents,
  r_slots: u32,         // of triangles,
  ring: u32,            // and of adjoints and rows
  end: u32,             // forwards, chunks that begin here or later are not walked
}
