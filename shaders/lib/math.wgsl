// Elementary functions with the same accuracy on every adapter: built-ins differ most between GPUs, and some
// tanh return NaN for large arguments. Largest errors, tested on every adapter (test/kernels/math.test.ts):
//   exp_stable 2 ulp for |x| < 87, log_stable 2 ulp for positive normal x, tanh_stable 4 ulp, sigmoid_stable 4 ulp,
//   sincos_turns 2e-7.
// Needs: nothing.

// ln 2 is taken in two parts, 355/512 and this rest, the first in integers: compilers may put two products with the
// same factor together again, and the digits would be lost.
const LN2_REST = -2.12194440e-4;

fn times_355_512(n: i32) -> f32 {
  return f32(n * 355) * 0.001953125;
}

/// The whole number nearest to x, |x| < 2^22: it lies in the last bits of x + 3 · 2^22. Conversions, which WGSL saturates,
/// are done lane by lane on llvmpipe.
fn nearest(x: f32) -> i32 {
  return bitcast<i32>(x + 12582912.0) - 0x4b400000;
}

fn exp_stable(x: f32) -> f32 {
  let n = nearest(clamp(x, -87.0, 88.0) * 1.44269504);
  let r = fma(f32(n), -LN2_REST, clamp(x, -87.0, 88.0) - times_355_512(n));
  var p = 1.98412698e-4;
  p = fma(p, r, 1.38888889e-3);
  p = fma(p, r, 8.33333333e-3);
  p = fma(p, r, 4.16666667e-2);
  p = fma(p, r, 1.66666667e-1);
  p = fma(p, r, 0.5);
  p = fma(p * r, r, r);
  let scale = bitcast<f32>(u32(n + 127) << 23u);
  return fma(p, scale, scale);
}

fn log_stable(x: f32) -> f32 {
  // x = 2^e m with m in [√½, √2), so that log m = 2 atanh(s), s = (m − 1)/(m + 1), |s| < 0.172.
  let bits = bitcast<u32>(x);
  let shifted = bits - 0x3f3504f3u;
  let e = bitcast<i32>(shifted) >> 23u;
  let m = bitcast<f32>((shifted & 0x007fffffu) + 0x3f3504f3u);
  let f = m - 1.0;
  let s = f / (2.0 + f);
  let z = s * s;
  let tail = z * fma(z, fma(z, fma(z, 0.24279078, 0.28498787), 0.4), 0.66666667);
  // log m = f − f²/2 + s (f²/2 + tail): the small terms are added before the large one.
  let half = 0.5 * f * f;
  let low = fma(s, half + tail, f32(e) * LN2_REST);
  return times_355_512(e) - ((half - low) - f);
}

fn tanh_stable(x: f32) -> f32 {
  let a = abs(x);
  if (a < 0.625) {
    let z = x * x;
    let p = fma(z, fma(z, fma(z, fma(z, -0.00570498872745, 0.0206390887954), -0.0537397155531), 0.133314422036), -0.333332819422);
    return fma(x * z, p, x);
  }
  return sign(x) * (1.0 - 2.0 / (exp_stable(2.0 * min(a, 15.0)) + 1.0));
}

/// 1 / (1 + e^{−x}), without loss where it is near 0.
fn sigmoid_stable(x: f32) -> f32 {
  let e = exp_stable(-abs(x));
  return select(e, 1.0, x >= 0.0) / (1.0 + e);
}

/// (sin, cos) of 2π u for u in [0, 1): reduced exactly to an eighth of a turn around the nearest quarter.
fn sincos_turns(u: f32) -> vec2f {
  let quarter = nearest(4.0 * u);
  let y = 4.0 * u - f32(quarter);
  let z = y * y;
  let s = y * fma(z, fma(z, fma(z, -0.0046021631, 0.0796802229), -0.645963478), 1.57079632);
  let c = fma(z, fma(z, fma(z, fma(z, 0.000903629887, -0.0208600704), 0.253669204), -1.23370054), 1);
  let q = quarter & 3;
  let swapped = select(vec2f(s, c), vec2f(c, s), (q & 1) == 1);
  return swapped * vec2f(select(1.0, -1.0, q >= 2), select(1.0, -1.0, q == 1 || q == 2));
}

/// Whether x is NaN or infinite, told by its bits: comparisons with NaN are not portable.
fn is_broken(x: f32) -> bool {
  return (bitcast<u32>(x) & 0x7f800000u) == 0x7f800000u;
}
