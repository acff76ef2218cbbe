/**
 * Kaplan–Yorke dimension of the attractor: the number of exponents whose sum stays at or above 0, plus the fraction of the next
 * that the rest would fill (Kaplan and Yorke 1979).
 * @param exponents [K] nats per step
 * @param D all exponents there are
 * @returns null where more exponents than K are needed to tell
 */
export function kaplanYorkeDimension(exponents: ArrayLike<number>, D: number): number | null {
  const sorted = Array.from(exponents).sort((a, b) => b - a);
  let sum = 0;
  for (const [i, value] of sorted.entries()) {
    if (sum + value < 0) return i + sum / -value;
    sum += value;
  }
  return sorted.length === D ? D : null;
}

/**
 * Sum of the positive exponents, nats per step: an upper bound of the metric entropy, and equal to it where Pesin's identity holds.
 * @param D all exponents there are
 * @returns null where exponents beyond the first K may be positive too
 */
export function entropySum(exponents: ArrayLike<number>, D: number): number | null {
  const all = Array.from(exponents);
  if (all.length < D && !(Math.min(...all) <= 0)) return null;
  return all.reduce((sum, value) => sum + Math.max(0, value), 0);
}
