// One 16 × 16 tile of the weight gradient for a workgroup of 8 lanes: lane l owns its columns l and 8 + l.
// Needs: bindings of weight_gradient; lib/layout, lib/adjoint_layout, lib/gradient_layout, lib/lanes_tile; a cell.

fn weight_tile(network: u32, tile: u32, first: u32, last: u32) {
  let row = tile % ROW_TILES * SIDE;
  let column = tile / ROW_TILES * SIDE + lane;
  let at = (params.network + network) * parameters_stride() + row * NP + column;
  var total = Tile();
  for (var i = 0u; i < 16u + params.zero; i++) {
    if (last != params.T + params.zero) { total[i] = vec2f(gradient[at + i * NP], gradient[at + i * NP + 8u]); }
  }
  for (var end = last; end > first; end = (end - 1u) / SLAB * SLAB) {
    var slab = Tile();
    for (var b = 0u; b < params.B; b++) {
      for (var t = end; t > (end - 1u) / SLAB * SLAB; t--) {
        let base = step_rows_at(network * params.B + b, t);
        let x = base + (row + lane) * (L / 4u);
        let y = base + (DA_ROWS + column * L) / 4u;
        for (var k = 0u; k < L / 4u + params.zero; k++) { tile_step(&slab, rows[x + k], rows[x + 2u * L + k], rows[y + k], rows[y + 2u * L + k]); }
      }
    }
    for (var i = 0u; i < 16u; i++) { total[i] += slab[i]; }
  }
  for (var i = 0u; i < 16u + params.zero; i++) {
    gradient[at + i * NP] = total[i].x;
    gradient[at + i * NP + 8u] = total[i].y;
  }
}
