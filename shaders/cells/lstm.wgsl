// torch.nn.LSTM, gates i, f, g, o, state [h; c]: c' = f c + i g, h' = o τ, τ = tanh c'.
// With p = W q_h, the tangents are dc' = f q_c + c φ + g ι + i γ and dh' = o (1 − τ²) dc' + τ ω;
// ι = i (1 − i) p_i, φ = f (1 − f) p_f, γ = (1 − g²) p_g, ω = o (1 − o) p_o. See rnn.wgsl for the functions.
// Needs: tanh_stable, sigmoid_stable (lib/math); lib/cell.

const GATES = 4u;
const STATES = 2u;
const RECORD = 7u;  // h, c, i, f, g, o, τ
const SECOND = 6u;  // Σ Ā_h dc', Σ Ā_h ω, and of all that reaches dc': Σ C q_c, Σ C φ, Σ C ι, Σ C γ
const CLOSED = false;
const APART = 0u;

fn cell_forward(input: array<f32, GATES>, recurrent: array<f32, GATES>, before: array<f32, RECORD>) -> array<f32, RECORD> {
  let i = sigmoid_stable(input[0] + recurrent[0]);
  let f = sigmoid_stable(input[1] + recurrent[1]);
  let g = tanh_stable(input[2] + recurrent[2]);
  let o = sigmoid_stable(input[3] + recurrent[3]);
  let c = fma(f, before[1], i * g);
  let tau = tanh_stable(c);
  return array<f32, RECORD>(o * tau, c, i, f, g, o, tau);
}

/// ι, φ, γ, ω, and dc'.
fn gate_tangents(after: array<vec4f, RECORD>, before: array<vec4f, RECORD>, product: array<vec4f, GATES>, tangent: array<vec4f, STATES>) -> array<vec4f, 5> {
  let iota = after[2] * (1.0 - after[2]) * product[0];
  let phi = after[3] * (1.0 - after[3]) * product[1];
  let gamma = fma(-after[4], after[4], vec4f(1.0)) * product[2];
  let omega = after[5] * (1.0 - after[5]) * product[3];
  let cell = fma(after[3], tangent[1], fma(before[1], phi, fma(after[4], iota, after[2] * gamma)));
  return array<vec4f, 5>(iota, phi, gamma, omega, cell);
}

fn cell_tangent(after: array<vec4f, RECORD>, before: array<vec4f, RECORD>, product: array<vec4f, GATES>, tangent: array<vec4f, STATES>) -> array<vec4f, STATES> {
  let gates = gate_tangents(after, before, product, tangent);
  let slope = after[5] * fma(-after[6], after[6], vec4f(1.0));
  return array<vec4f, STATES>(fma(slope, gates[4], after[6] * gates[3]), gates[4]);
}

fn cell_tangent_adjoint(after: array<vec4f, RECORD>, before: array<vec4f, RECORD>, product: array<vec4f, GATES>, tangent: array<vec4f, STATES>, adjoint: array<vec4f, STATES>) -> TangentAdjoint {
  let gates = gate_tangents(after, before, product, tangent);
  let cell_bar = fma(after[5] * fma(-after[6], after[6], vec4f(1.0)), adjoint[0], adjoint[1]);
  var result: TangentAdjoint;
  result.product = array<vec4f, GATES>(
    after[2] * (1.0 - after[2]) * after[4] * cell_bar,
    after[3] * (1.0 - after[3]) * before[1] * cell_bar,
    fma(-after[4], after[4], vec4f(1.0)) * after[2] * cell_bar,
    after[5] * (1.0 - after[5]) * after[6] * adjoint[0],
  );
  result.tangent = array<vec4f, STATES>(vec4f(), after[3] * cell_bar);
  result.second = array<vec4f, SECOND>(
    adjoint[0] * gates[4], adjoint[0] * gates[3], cell_bar * tangent[1], cell_bar * gates[1], cell_bar * gates[0], cell_bar * gates[2]
  );
  return result;
}

/// The sums vanish in training, where the adjoint is that of the state alone.
fn cell_adjoint(after: array<f32, RECORD>, before: array<f32, RECORD>, adjoint: array<f32, STATES>, second: array<f32, SECOND>) -> StepAdjoint {
  let i = after[2];
  let f = after[3];
  let g = after[4];
  let o = after[5];
  let tau = after[6];
  let slope = fma(-tau, tau, 1.0);
  let cell_bar = fma(o * slope, adjoint[0], fma(slope, fma(-2.0 * o * tau, second[0], second[1]), adjoint[1]));
  var result: StepAdjoint;
  result.gates = array<f32, GATES + APART>(
    fma(i * (1.0 - i), fma(g, cell_bar, second[5]), g * (1.0 - 2.0 * i) * second[4]),
    fma(f * (1.0 - f), fma(before[1], cell_bar, second[2]), before[1] * (1.0 - 2.0 * f) * second[3]),
    fma(fma(-g, g, 1.0), fma(i, cell_bar, second[4]), -2.0 * g * i * second[5]),
    fma(o * (1.0 - o), fma(tau, adjoint[0], slope * second[0]), tau * (1.0 - 2.0 * o) * second[1]),
  );
  result.before = array<f32, STATES>(0.0, fma(f, cell_bar, second[3]));
  return result;
}
