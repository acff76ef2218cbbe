// Where things lie in training. A lane or an invocation works on one sequence of the batch, so the batch is the fastest
// dimension everywhere; units are padded to NP, sequences to BP.
//   inputs [M, T, S, BP], targets [M, T, R, BP]; of the networks of a slice: records [T + 1, RECORD, NP, BP] (step 0 is the
//   initial state), reads [T, NP, BP] (what is read out, where that is not the state), adjoints [T, KEPT, BP] of the
//   pre-activations (of W h + b_hh, then of U x + b_ih where they differ), behind them the direct part of the state's adjoint
//   at the step reached [STATES NP, BP]; errors [T, R, BP] = ∂loss/∂output, then the sums of loss and of right answers [blocks, 2, BP].
// Needs: N, NP, BATCH, BP, S, R (sizes); GATES, STATES, RECORD, APART, CLOSED (cells).

const BLOCK = 16u;  // steps whose losses are summed together, at fixed times (design 4, rule 0)
const NQ = NP / 4u;
const BQ = BP / 4u;
const ROWS = GATES * NP;
const KEPT = ROWS + APART * NP;

// One network's parameters, in elements: weight_hh [ROWS, NP], weight_ih [S, ROWS] (transposed), bias_ih [ROWS],
// bias_hh [ROWS], readout.weight [R, NP], readout.bias [R], start [STATES NP, BP].
const AT_WEIGHT_IH = ROWS * NP;
const AT_BIAS_IH = AT_WEIGHT_IH + S * ROWS;
const AT_BIAS_HH = AT_BIAS_IH + ROWS;
const AT_READOUT = AT_BIAS_HH + ROWS;
const AT_READOUT_BIAS = AT_READOUT + R * NP;
const AT_START = AT_READOUT_BIAS + (R + 3u) / 4u * 4u;
const PARAMETERS = AT_START + STATES * NP * BP;
const TENSORS = 7u;

const METRICS = 16u;                      // behind each network's gradient, see train_update
const GRADIENT = PARAMETERS + METRICS;

fn train_blocks() -> u32 {
  return (params.T + BLOCK - 1u) / BLOCK;
}

/// Of a network of the slice, in elements.
fn records_base(here: u32) -> u32 {
  return here * (params.T + 1u) * RECORD * NP * BP;
}

fn reads_base(here: u32) -> u32 {
  return here * params.T * NP * BP;
}

fn adjoints_base(here: u32) -> u32 {
  return here * (params.T * KEPT + select(STATES * NP, 0u, CLOSED)) * BP;
}

/// State number `s` of a unit in the direct part of the state's adjoint.
fn direct_at(here: u32, s: u32, unit: u32, b: u32) -> u32 {
  return adjoints_base(here) + (params.T * KEPT + s * NP + unit) * BP + b;
}

fn errors_base(here: u32) -> u32 {
  return here * (params.T * R + 2u * train_blocks()) * BP;
}

fn losses_base(here: u32) -> u32 {
  return errors_base(here) + params.T * R * BP;
}
