// Where one workgroup of walk_forward or walk_adjoint stands: its trajectory and its step, the same for all invocations.
// Needs: params; schedule; lib/layout; RECORD, CLOSED (cells).

var<private> lane: u32;  // this invocation within its workgroup

struct Walk {
  trajectory: u32,  // of all
  here: u32,        // within the bound slice
  interval: u32,    // steps between orthonormalisations
  correction: u32,  // orthonormalisations between corrections
  dense: u32,       // first steps, all orthonormalised
  weights: u32,     // this network's weights, in vec4
  t: u32,           // the step that makes state t
  after: u32,       // record t, in elements
  before: u32,      // record t − 1
  q_after: u32,     // tangents t, in vec4
  q_before: u32,    // tangents t − 1
  products: u32,    // W times tangents t − 1
  r: u32,           // triangle t, in elements
  log_r: u32,       // log R_ii of step t
}

fn begin_walk(here: u32, weights_stride: u32) -> Walk {
  var walk: Walk;
  walk.here = here;
  walk.trajectory = params.trajectory + here;
  let network = walk.trajectory / params.B;
  walk.interval = schedule[network * 3u];
  walk.correction = schedule[network * 3u + 1u];
  walk.dense = schedule[network * 3u + 2u];
  walk.weights = network * weights_stride;
  return walk;
}

/// Added to the bounds of loops over gates, states and records, it keeps them rolled where a cell has several: one copy of
/// each storage access compiles many times faster on llvmpipe.
fn rolled() -> u32 {
  return select(params.zero, 0u, CLOSED);
}

/// The walk at step t.
fn at_step(start: Walk, t: u32) -> Walk {
  var walk = start;
  let slot_after = walk.here * params.slots + t % params.slots;
  let slot_before = walk.here * params.slots + (t - 1u) % params.slots;
  walk.t = t;
  walk.after = slot_after * RECORD * NP;
  walk.before = slot_before * RECORD * NP;
  walk.q_after = slot_after * SLOT;
  walk.q_before = slot_before * SLOT;
  walk.products = walk.q_after + KP * DQ;
  walk.log_r = (walk.here * params.T + t - 1u) * KP;
  walk.r = (walk.here * params.r_slots + (t - 1u) % params.r_slots) * KP * KP;
  return walk;
}
