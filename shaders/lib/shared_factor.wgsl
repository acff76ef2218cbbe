// Factors a panel of 16 by CholeskyQR in workgroup memory.
// Needs: params.zero; lib/shared_tile.

var<workgroup> floors: array<f32, 16>;
var<workgroup> inverse: array<f32, 256>;  // R⁻¹ of the panel, over the passes so far
var<workgroup> factor: array<f32, 256>;   // R⁻¹ of this pass
var<workgroup> diagonal: array<f32, 16>;  // of R, over the passes so far

/// Gaussian elimination of the Gram matrix in `tile`: leaves D^½ R (unit scaling apart) on and above the diagonal and
/// the inverse of the unit lower factor below it, from which R⁻¹ goes to `factor` and diag R into `diagonal`.
fn cholesky_inverse(first: bool) {
  for (var i = 0u; i < 15u + params.zero; i++) {
    let pivot = max(tile[17u * i], floors[i]);
    for (var e = lane; e < 256u; e += WG) {
      let r = e / 16u;
      let c = e % 16u;
      if (r > i && (c >= r || c <= i)) {
        let ratio = tile[16u * i + r] / pivot;
        let above = select(tile[16u * i + c], 1.0, c == i);
        tile[e] = select(tile[e], 0.0, c == i) - ratio * above;
      }
    }
    workgroupBarrier();
  }
  for (var e = lane; e < 256u; e += WG) {
    let r = e / 16u;
    let c = e % 16u;
    let scale = 1.0 / sqrt(max(tile[17u * c], floors[c]));
    factor[e] = select(select(0.0, tile[16u * c + r], r < c), 1.0, r == c) * scale;
    if (r == c) { diagonal[r] = select(diagonal[r], 1.0, first) / scale; }
  }
  workgroupBarrier();
}

/// inverse ← inverse · factor, both upper triangular.
fn accumulate_inverse(first: bool) {
  var products: array<f32, (256u + WG - 1u) / WG>;
  for (var i = 0u; i * WG + lane < 256u; i++) {
    let e = i * WG + lane;
    products[i] = factor[e];
    if (!first) {
      var sum = 0.0;
      for (var k = e / 16u; k <= e % 16u; k++) { sum = fma(inverse[e / 16u * 16u + k], factor[16u * k + e % 16u], sum); }
      products[i] = sum;
    }
  }
  workgroupBarrier();
  for (var i = 0u; i * WG + lane < 256u; i++) { inverse[i * WG + lane] = products[i]; }
  workgroupBarrier();
}
