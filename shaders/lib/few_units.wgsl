// Few tangent vectors, for a workgroup of 8 lanes that own units: lane l has the units l, 8 + l, …. What a unit carries
// from step to step stays in registers: its numbers of the tangent vectors and, behind them, its state number. So the
// weights are read once a dispatch, and one product with them serves the state and all tangent vectors.
// Needs: OWNED, FEW, Carried (src/shaders.ts); bindings records, tangents; lib/walk, lib/layout; cells with one gate and one state number a unit.

const MOST_UNROLLED = 4u;

alias Units = array<Carried, OWNED>;  // what the lane's units carry

/// The lane's rows of the weights. Every index into them is a constant once loops are unrolled.
var<private> weights: array<array<vec4f, 2u * OWNED>, OWNED>;

/// Added to bounds over the lane's units, it keeps loops rolled where they are many: unrolled ones take long to compile.
fn roll() -> u32 {
  return select(0u, params.zero, OWNED > MOST_UNROLLED);
}

/// W times the tangent vectors and the state, the summed unit running upwards.
fn product(units: ptr<function, Units>) -> Units {
  var sum = Units();
  for (var q = 0u; q < 2u * OWNED; q++) {
    for (var e = 0u; e < 4u; e++) {
      let x = subgroupShuffle((*units)[q / 2u], q % 2u * 4u + e);
      for (var i = 0u; i < OWNED; i++) { sum[i] = fma(Carried(weights[i][q][e]), x, sum[i]); }
    }
  }
  return sum;
}

/// The units' records at `record` and tangent numbers at `q`, as in Walk.
fn load_units(record: u32, q: u32) -> Units {
  var units = Units();
  for (var i = 0u; i < OWNED + roll(); i++) {
    for (var k = 0u; k < FEW; k++) { units[i][k] = tangents[q + k * DQ + 2u * i + lane / 4u][lane % 4u]; }
    units[i][FEW] = records[record + 8u * i + lane];
  }
  return units;
}

/// The tangent numbers of a unit as the cell takes them, its state number as it gives them back.
fn tangents_of(unit: Carried) -> vec4f {
  var result = vec4f();
  for (var k = 0u; k < FEW; k++) { result[k] = unit[k]; }
  return result;
}

fn join_unit(tangent: vec4f, state: f32) -> Carried {
  var result = Carried();
  for (var k = 0u; k < FEW; k++) { result[k] = tangent[k]; }
  result[FEW] = state;
  return result;
}

/// Σ x_i y_j over all units, in all lanes: tangent vectors i of `x` and j of `y`.
fn dot_units(x: ptr<function, Units>, i: u32, y: ptr<function, Units>, j: u32) -> f32 {
  var sum = 0.0;
  for (var u = 0u; u < OWNED; u++) { sum = fma((*x)[u][i], (*y)[u][j], sum); }
  let low = (subgroupShuffle(sum, 0u) + subgroupShuffle(sum, 1u)) + (subgroupShuffle(sum, 2u) + subgroupShuffle(sum, 3u));
  let high = (subgroupShuffle(sum, 4u) + subgroupShuffle(sum, 5u)) + (subgroupShuffle(sum, 6u) + subgroupShuffle(sum, 7u));
  return low + high;
}
