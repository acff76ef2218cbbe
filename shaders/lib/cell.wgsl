// What the adjoint functions of a cell return.
// Needs: GATES, STATES, SECOND, APART (cells).

/// Of one step of four units' tangent vectors: adjoints of W q and of the units' own rows of q, and what each tangent
/// vector adds to the second-order sums.
struct TangentAdjoint {
  product: array<vec4f, GATES>,
  tangent: array<vec4f, STATES>,
  second: array<vec4f, SECOND>,
}

/// Of one step of a unit's state: adjoints of W h + b_hh, then those of U x + b_ih of the last APART gates (of the others
/// they are the same), and the direct part of the state before.
struct StepAdjoint {
  gates: array<f32, GATES + APART>,
  before: array<f32, STATES>,
}
