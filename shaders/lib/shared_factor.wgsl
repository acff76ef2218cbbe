// Factors a panel by CholeskyQR in workgroup memory.
// Needs: WG, PANEL (profiles); params.zero; lib/shared_tile.

var<workgroup> floors: array<f32, PANEL>;
var<workgroup> inverse: array<f32, TILE>;  // R⁻¹ of the panel, over the passes so far
var<workgroup> factor: array<f32, TILE>;   // R⁻¹ of this pass
var<workgroup> diagonal: array<f32, PANEL>;  // of R, over the passes so far

/// Gaussian elimination of the Gram matrix in `tile`: leaves D^½ R (unit scaling apart) on and above the diagonal and
/// the inverse of the unit lower factor below it, from which R⁻¹ goes to `factor` and diag R into `diagonal`.
fn cholesky_inverse(first: bool) {
  for (var i = 0u; i < PANEL - 1u + params.zero; i++) {
    let pivot = max(tile[DIAGONAL * i], floors[i]);
    for (var e = lane; e < TILE; e += WG) {
      let r = e / PANEL;
      let c = e % PANEL;
      if (r > i && (c >= r || c <= i)) {
        let ratio = tile[PANEL * i + r] / pivot;
        let above = select(tile[PANEL * i + c], 1.0, c == i);
        tile[e] = select(tile[e], 0.0, c == i) - ratio * above;
      }
    }
    workgroupBarrier();
  }
  for (var e = lane; e < TILE; e += WG) {
    let r = e / PANEL;
    let c = e % PANEL;
    let scale = 1.0 / sqrt(max(tile[DIAGONAL * c], floors[c]));
    factor[e] = select(select(0.0, tile[PANEL * c + r], r < c), 1.0, r == c) * scale;
    if (r == c) { diagonal[r] = select(diagonal[r], 1.0, first) / scale; }
  }
  workgroupBarrier();
}

/// inverse ← inverse · factor, both upper triangular.
fn accumulate_inverse(first: bool) {
  var products: array<f32, (TILE + WG - 1u) / WG>;
  for (var i = 0u; i * WG + lane < TILE; i++) {
    let e = i * WG + lane;
    products[i] = factor[e];
    if (!first) {
      var sum = 0.0;
      for (var k = e / PANEL; k <= e % PANEL; k++) { sum = fma(inverse[e / PANEL * PANEL + k], factor[PANEL * k + e % PANEL], sum); }
      products[i] = sum;
    }
  }
  workgroupBarrier();
  for (var i = 0u; i * WG + lane < TILE; i++) { inverse[i * WG + lane] = products[i]; }
  workgroupBarrier();
}
