// torch.nn.GRU, gates r, z, n: h' = (1 − z) n + z h, n = tanh(i_n + r h_n), where i is U x + b_ih and h_n is W h + b_hh of n.
// With p = W q, the tangent is (1 − z)(1 − n²) u + (h − n) v + z q;  u = r p_n + h_n ρ, ρ = r (1 − r) p_r, v = z (1 − z) p_z.
// See rnn.wgsl for the functions.
// Needs: tanh_stable, sigmoid_stable (lib/math); lib/cell.

const GATES = 3u;
const STATES = 1u;
const RECORD = 5u;  // h, r, z, n, h_n
const SECOND = 4u;  // Σ Ā u, Σ Ā v, Σ Ā q, Σ Ā ρ
const CLOSED = false;
const APART = 1u;   // n, whose recurrent part is multiplied by r

fn cell_forward(input: array<f32, GATES>, recurrent: array<f32, GATES>, before: array<f32, RECORD>) -> array<f32, RECORD> {
  let r = sigmoid_stable(input[0] + recurrent[0]);
  let z = sigmoid_stable(input[1] + recurrent[1]);
  let n = tanh_stable(fma(r, recurrent[2], input[2]));
  return array<f32, RECORD>(fma(z, before[0] - n, n), r, z, n, recurrent[2]);
}

/// The tangents of the pre-activation of n, of z, and of r.
fn gate_tangents(after: array<vec4f, RECORD>, product: array<vec4f, GATES>) -> array<vec4f, 3> {
  let rho = after[1] * (1.0 - after[1]) * product[0];
  return array<vec4f, 3>(fma(after[1], product[2], after[4] * rho), after[2] * (1.0 - after[2]) * product[1], rho);
}

fn cell_tangent(after: array<vec4f, RECORD>, before: array<vec4f, RECORD>, product: array<vec4f, GATES>, tangent: array<vec4f, STATES>) -> array<vec4f, STATES> {
  let gates = gate_tangents(after, product);
  let slope = (1.0 - after[2]) * fma(-after[3], after[3], vec4f(1.0));
  return array<vec4f, STATES>(fma(slope, gates[0], fma(before[0] - after[3], gates[1], after[2] * tangent[0])));
}

fn cell_tangent_adjoint(after: array<vec4f, RECORD>, before: array<vec4f, RECORD>, product: array<vec4f, GATES>, tangent: array<vec4f, STATES>, adjoint: array<vec4f, STATES>) -> TangentAdjoint {
  let gates = gate_tangents(after, product);
  let u_bar = (1.0 - after[2]) * fma(-after[3], after[3], vec4f(1.0)) * adjoint[0];
  var result: TangentAdjoint;
  result.product = array<vec4f, GATES>(
    after[1] * (1.0 - after[1]) * after[4] * u_bar, after[2] * (1.0 - after[2]) * (before[0] - after[3]) * adjoint[0], after[1] * u_bar
  );
  result.tangent[0] = after[2] * adjoint[0];
  result.second = array<vec4f, SECOND>(adjoint[0] * gates[0], adjoint[0] * gates[1], adjoint[0] * tangent[0], adjoint[0] * gates[2]);
  return result;
}

/// The sums vanish in training, where the adjoint is that of the state alone.
fn cell_adjoint(after: array<f32, RECORD>, before: array<f32, RECORD>, adjoint: array<f32, STATES>, second: array<f32, SECOND>) -> StepAdjoint {
  let r = after[1];
  let z = after[2];
  let n = after[3];
  let flat = fma(-n, n, 1.0);
  let slope = (1.0 - z) * flat;
  let z_bar = fma(before[0] - n, adjoint[0], fma(-flat, second[0], second[2]));
  let n_bar = fma(1.0 - z, fma(-2.0 * n, second[0], adjoint[0]), -second[1]);
  let candidate = flat * n_bar;
  var result: StepAdjoint;
  result.gates = array<f32, GATES + APART>(
    fma(r * (1.0 - r) * after[4], candidate, slope * fma(1.0 - r, second[0], -r * after[4] * second[3])),
    fma(z * (1.0 - z), z_bar, (1.0 - 2.0 * z) * (before[0] - n) * second[1]),
    fma(r, candidate, slope * second[3]),
    candidate,
  );
  result.before[0] = fma(z, adjoint[0], second[1]);
  return result;
}
