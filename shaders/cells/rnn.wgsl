// The vanilla cell, torch.nn.RNN with tanh: h' = tanh((U x + b_ih) + (W h + b_hh)).
// A cell is one matrix product of the recurrent vector, then a pointwise map per unit; this file is the map,
// its Jacobian-vector product, and the adjoint of both, four units at a time in the tangent functions.
// A record is what one unit keeps of one step: first its STATES, then what the derivatives need.
// Needs: tanh_stable (lib/math); lib/cell.

const GATES = 1u;     // rows of the recurrent weight per unit
const STATES = 1u;    // state numbers per unit
const RECORD = 1u;    // numbers kept per unit and step: h
const SECOND = 1u;    // sums over the tangent vectors that the second derivatives need
const CLOSED = true;  // state and tangents enter through W alone, and the one sum is Σ Q B: W q need not be kept
const APART = 0u;     // gates, the last ones, whose input and recurrent parts have adjoints of their own

/// The record after a step. `input` is U x + b_ih, `recurrent` is W h + b_hh, kept apart as in PyTorch.
fn cell_forward(input: array<f32, GATES>, recurrent: array<f32, GATES>, before: array<f32, RECORD>) -> array<f32, RECORD> {
  return array<f32, RECORD>(tanh_stable(input[0] + recurrent[0]));
}

/// Rows of J q for four units: `product` is W q, `tangent` the units' own rows of q.
fn cell_tangent(after: array<vec4f, RECORD>, before: array<vec4f, RECORD>, product: array<vec4f, GATES>, tangent: array<vec4f, STATES>) -> array<vec4f, STATES> {
  return array<vec4f, STATES>(fma(-after[0], after[0], vec4f(1.0)) * product[0]);
}

/// The adjoint of `product` given that of J q (design 3.2: DA = diag(d) Ā).
fn cell_tangent_adjoint(after: array<vec4f, RECORD>, before: array<vec4f, RECORD>, product: array<vec4f, GATES>, tangent: array<vec4f, STATES>, adjoint: array<vec4f, STATES>) -> TangentAdjoint {
  var result = TangentAdjoint();
  result.product[0] = fma(-after[0], after[0], vec4f(1.0)) * adjoint[0];
  return result;
}

/// The adjoint of the pre-activation, given the adjoint of the state and the second-order sum
/// Σ_k Ā_ik A_ik (= Σ_k Q_ik B_ik): ā = d h̄ − 2 h Σ (design 3.2). No division by d.
fn cell_adjoint(after: array<f32, RECORD>, before: array<f32, RECORD>, adjoint: array<f32, STATES>, second: array<f32, SECOND>) -> StepAdjoint {
  var result = StepAdjoint();
  let h = after[0];
  result.gates[0] = fma(fma(-h, h, 1.0), adjoint[0], -2.0 * h * second[0]);
  return result;
}
