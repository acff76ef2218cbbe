// torch.nn.RNN with nonlinearity="relu": h' = max(0, (U x + b_ih) + (W h + b_hh)). See rnn.wgsl for the functions.
// Needs: lib/cell.

const GATES = 1u;
const STATES = 1u;
const RECORD = 1u;  // h
const SECOND = 1u;
const CLOSED = true;
const APART = 0u;

fn cell_forward(input: array<f32, GATES>, recurrent: array<f32, GATES>, before: array<f32, RECORD>) -> array<f32, RECORD> {
  return array<f32, RECORD>(max(0.0, input[0] + recurrent[0]));
}

fn cell_tangent(after: array<vec4f, RECORD>, before: array<vec4f, RECORD>, product: array<vec4f, GATES>, tangent: array<vec4f, STATES>) -> array<vec4f, STATES> {
  return array<vec4f, STATES>(select(vec4f(), product[0], after[0] > vec4f()));
}

fn cell_tangent_adjoint(after: array<vec4f, RECORD>, before: array<vec4f, RECORD>, product: array<vec4f, GATES>, tangent: array<vec4f, STATES>, adjoint: array<vec4f, STATES>) -> TangentAdjoint {
  var result = TangentAdjoint();
  result.product[0] = select(vec4f(), adjoint[0], after[0] > vec4f());
  return result;
}

/// The second derivative is zero.
fn cell_adjoint(after: array<f32, RECORD>, before: array<f32, RECORD>, adjoint: array<f32, STATES>, second: array<f32, SECOND>) -> StepAdjoint {
  var result = StepAdjoint();
  result.gates[0] = select(0.0, adjoint[0], after[0] > 0.0);
  return result;
}
