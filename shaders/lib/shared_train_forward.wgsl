// The pointwise part of train_forward with barriers: an invocation takes unit after unit of one sequence.
// Needs: WG (profiles); bindings of train_forward; lib/train_layout, lib/train_loss, lib/shared_product; S, R, PREACTIVATION (sizes); a cell.

var<workgroup> read_values: array<f32, NP * 8u>;  // [unit][sequence]
var<private> sums: vec2f;                         // of loss and right answers since the last block, of sequence `lane`

fn parameter(network: u32, at: u32) -> f32 {
  let element = network * PARAMETERS + at;
  return parameters[element / 4u][element % 4u];
}

fn begin_forward(network: u32, here: u32, part: u32) {
  matrix_network = network;
  sums = vec2f();
  for (var item = lane; item < NP * 8u + params.zero; item += WG) {
    let unit = item / 8u;
    let b = part * 8u + item % 8u;
    let at = records_base(here) + unit * BP + b;
    if (params.first == 0u) {
      for (var s = 0u; s < STATES; s++) {
        records[at + s * NP * BP] = start_state(parameter(network, AT_START + (s * NP + unit) * BP + b));
      }
    }
    operand[item] = records[at + params.first * RECORD * NP * BP];
  }
}

fn forward_step(network: u32, here: u32, part: u32, t: u32) {
  for (var item = lane; item < NP * 8u + params.zero; item += WG) { advance(network, here, part * 8u + item % 8u, t, item); }
  workgroupBarrier();
  if (lane < 8u) {
    let b = part * 8u + lane;
    for (var r = 0u; r < R + params.zero; r++) {
      var output = 0.0;
      for (var unit = 0u; unit < NP + params.zero; unit++) { output = fma(parameter(network, AT_READOUT + r * NP + unit), read_values[unit * 8u + lane], output); }
      sums = score(network, here, t, b, r, output + parameter(network, AT_READOUT_BIAS + r), sums);
    }
    sums = keep_sums(here, t, b, sums);
  }
}

/// One unit of sequence b.
fn advance(network: u32, here: u32, b: u32, t: u32, item: u32) {
  let unit = item / 8u;
  var input = array<f32, GATES>();
  var recurrent = array<f32, GATES>();
  for (var g = 0u; g < GATES; g++) {
    let row = g * NP + unit;
    for (var s = 0u; s < S + params.zero; s++) {
      input[g] = fma(parameter(network, AT_WEIGHT_IH + s * ROWS + row), inputs[((network * params.T + t - 1u) * S + s) * BP + b], input[g]);
    }
    input[g] += parameter(network, AT_BIAS_IH + row);
    recurrent[g] = product[g * NP * 8u + item] + parameter(network, AT_BIAS_HH + row);
  }
  let at = records_base(here) + t * RECORD * NP * BP + unit * BP + b;
  var before = array<f32, RECORD>();
  for (var i = 0u; i < RECORD; i++) { before[i] = records[at - RECORD * NP * BP + i * NP * BP]; }
  let after = cell_forward(input, recurrent, before);
  for (var i = 0u; i < RECORD; i++) { records[at + i * NP * BP] = after[i]; }
  operand[item] = after[0];
  read_values[item] = select(after[0], input[0] + recurrent[0], PREACTIVATION);
  if (PREACTIVATION) { reads[reads_base(here) + ((t - 1u) * NP + unit) * BP + b] = read_values[item]; }
}
