// The pointwise part of train_forward for a workgroup of 8 lanes that own sequences. What all sequences share, a lane
// holds for its unit of each block of 8, and hands it round by shuffles.
// Needs: bindings of train_forward; lib/train_layout, lib/train_loss, lib/lanes_product; S, R, COLUMNS, PREACTIVATION (sizes); a cell.

const VECTORS = (S + 2u) * GATES + R;                 // input weights, the two biases, readouts
var<private> vectors: array<f32, VECTORS * NP / 8u>;  // [vector][unit / 8]
var<private> sums: array<vec2f, COLUMNS>;             // of loss and right answers since the last block

fn begin_forward(network: u32, here: u32, part: u32) {
  share_matrix(network);
  let mine = network * PARAMETERS;
  for (var i = 0u; i < VECTORS * NP / 8u + params.zero; i++) {
    let at = mine + AT_WEIGHT_IH + i * 8u + lane;  // they lie one after the other
    vectors[i] = parameters[at / 4u][at % 4u];
  }
  for (var c = 0u; c < COLUMNS + params.zero; c++) {
    let b = (part * COLUMNS + c) * 8u + lane;
    for (var unit = 0u; unit < NP + params.zero; unit++) {
      let at = records_base(here) + unit * BP + b;
      if (params.first == 0u) {
        for (var s = 0u; s < STATES; s++) {
          let start_at = mine + AT_START + (s * NP + unit) * BP + b;
          records[at + s * NP * BP] = start_state(parameters[start_at / 4u][start_at % 4u]);
        }
      }
      operand[unit / 4u * COLUMNS + c][unit % 4u] = records[at + params.first * RECORD * NP * BP];
    }
    sums[c] = vec2f();
  }
}

fn forward_step(network: u32, here: u32, part: u32, t: u32) {
  for (var c = 0u; c < COLUMNS + params.zero; c++) {
    let b = (part * COLUMNS + c) * 8u + lane;
    var x = array<f32, S + 1u>();
    for (var s = 0u; s < S; s++) { x[s] = inputs[((network * params.T + t - 1u) * S + s) * BP + b]; }
    var outputs = array<f32, R>();
    for (var block = 0u; block < NP / 8u + params.zero; block++) {
      var mine = array<f32, VECTORS>();
      for (var i = 0u; i < VECTORS; i++) { mine[i] = vectors[i * (NP / 8u) + block]; }
      // A vec4 of units at a time: what is indexed by a number unknown to the compiler is read and written whole.
      for (var half = 0u; half < 2u; half++) {
        let quad = block * 2u + half;
        var products = array<vec4f, GATES>();
        for (var g = 0u; g < GATES; g++) { products[g] = product[(g * NQ + quad) * COLUMNS + c]; }
        var state = vec4f();
        for (var e = 0u; e < 4u; e++) {
          let unit = half * 4u + e;
          var input = array<f32, GATES>();
          var recurrent = array<f32, GATES>();
          for (var g = 0u; g < GATES; g++) {
            for (var s = 0u; s < S; s++) { input[g] = fma(subgroupShuffle(mine[s * GATES + g], unit), x[s], input[g]); }
            input[g] += subgroupShuffle(mine[S * GATES + g], unit);
            recurrent[g] = products[g][e] + subgroupShuffle(mine[(S + 1u) * GATES + g], unit);
          }
          let at = records_base(here) + t * RECORD * NP * BP + (quad * 4u + e) * BP + b;
          var before = array<f32, RECORD>();
          for (var i = 0u; i < RECORD; i++) { before[i] = records[at - RECORD * NP * BP + i * NP * BP]; }
          let after = cell_forward(input, recurrent, before);
          for (var i = 0u; i < RECORD; i++) { records[at + i * NP * BP] = after[i]; }
          state[e] = after[0];
          var read = after[0];
          if (PREACTIVATION) {
            read = input[0] + recurrent[0];
            reads[reads_base(here) + ((t - 1u) * NP + quad * 4u + e) * BP + b] = read;
          }
          for (var r = 0u; r < R; r++) { outputs[r] = fma(subgroupShuffle(mine[(S + 2u) * GATES + r], unit), read, outputs[r]); }
        }
        operand[quad * COLUMNS + c] = state;
      }
    }
    for (var r = 0u; r < R; r++) {
      let at = network * PARAMETERS + AT_READOUT_BIAS + r;
      sums[c] = score(network, here, t, b, r, outputs[r] + parameters[at / 4u][at % 4u], sums[c]);
    }
    sums[c] = keep_sums(here, t, b, sums[c]);
  }
}
