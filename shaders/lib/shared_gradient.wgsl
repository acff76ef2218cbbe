// One SIDE × SIDE tile of the weight gradient: an invocation owns 4 rows of 2 columns. No workgroup memory.
// Needs: WG, SIDE (profiles); bindings of weight_gradient; lib/layout, lib/adjoint_layout, lib/gradient_layout; a cell.

const ROW_QUADS = SIDE / 4u;

fn weight_tile(network: u32, tile: u32, first: u32, last: u32) {
  for (var task = lane; task < ROW_QUADS * SIDE / 2u; task += WG) {
    let row = tile % ROW_TILES * SIDE + task % ROW_QUADS * 4u;
    let column = tile / ROW_TILES * SIDE + task / ROW_QUADS * 2u;
    if (row < GATES * NP && column < NP) { weight_block(network, row, column, first, last); }
  }
}

fn weight_block(network: u32, row: u32, column: u32, first: u32, last: u32) {
  let at = (params.network + network) * parameters_stride() + row * NP + column;
  var total = mat2x4f();
  if (last != params.T + params.zero) {
    for (var c = 0u; c < 2u; c++) { total[c] = vec4f(gradient[at + c], gradient[at + NP + c], gradient[at + 2u * NP + c], gradient[at + 3u * NP + c]); }
  }
  for (var end = last; end > first; end = (end - 1u) / SLAB * SLAB) {
    var slab = mat2x4f();
    for (var b = 0u; b < params.B; b++) {
      for (var t = end; t > (end - 1u) / SLAB * SLAB; t--) {
        let base = step_rows_at(network * params.B + b, t);
        let x = base + row * (L / 4u);
        let y = base + (DA_ROWS + column * L) / 4u;
        for (var k = 0u; k < L / 4u; k++) {
          let da = mat4x4f(rows[x + k], rows[x + L / 4u + k], rows[x + L / 2u + k], rows[x + 3u * L / 4u + k]);
          slab += mat2x4f(rows[y + k] * da, rows[y + L / 4u + k] * da);
        }
      }
    }
    total += slab;
  }
  for (var i = 0u; i < 4u; i++) {
    gradient[at + i * NP] = total[0][i];
    gradient[at + i * NP + 1u] = total[1][i];
  }
}
