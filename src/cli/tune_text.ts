import { pickShape } from "../kernels/shape";
import { differenceText, type Variant } from "../tuning/search";
import type { TuneResult } from "../tuning/tune";
import { labelOf } from "./bench";
import { digits, plain } from "./bench_text";
import { shapeText } from "./tuned";

const FIXED = "workgroup 8, side 16 and panel 16 are fixed on the cpu profile: a lane owns two columns";

/** What people call a variant: the knob it turned; the default; or the winner in its second race. */
export function variantName({ shape, knob, accepted }: Pick<Variant, "shape" | "knob" | "accepted">): string {
  if (knob !== undefined) return `${knob} ${shape[knob]}`;
  return accepted ? "default" : `again: ${shapeText(shape)}`;
}

/** The variants of one size, and what came of them. */
export function tuneText({ row, interval, variants, winner, gain, defaults }: TuneResult): string {
  const lines = variants.map(({ shape, knob, ms, leastMs, ratio, difference, reason, accepted }) => [
    `  ${variantName({ shape, knob, accepted })}`,
    digits(ms),
    digits(leastMs),
    ratio === undefined ? "-" : ratio.toFixed(2),
    accepted && knob !== undefined ? `accepted: ${reason}` : reason,
    difference ? differenceText(difference) : "-",
  ]);
  const head = ["  variant", "ms", "least", "ratio", "", "results"];
  const won = Object.keys(winner).length > 0;
  const verdict = won ? `winner: ${shapeText(winner)}, ${gain.toFixed(2)} times the default's speed in a second race` : "the default stays";
  const about = [`default: ${shapeText(defaults)}`, ...(defaults.profile === "cpu" ? [FIXED] : [])].map((text) => `  ${text}`).join("\n");
  const title = `${labelOf(row)}${row.kind === "training" ? "" : `, interval ${interval}`}: ${verdict}`;
  return `${title}\n${about}\n${plain(head, lines)}\n\n`;
}

/** One line a size. */
export function summaryText(results: readonly TuneResult[], adapter: string): string {
  const lines = results.map(({ row, variants, winner, gain }) => [labelOf(row), digits(variants[0].ms), gain.toFixed(2), shapeText(winner)]);
  return `${adapter}; ratio: time of the default over time of the winner, in a race of their own\n${plain(["work", "default ms", "ratio", "shape"], lines)}\n`;
}

/** One size for programs. */
export function tuneJson({ row, interval, variants, winner, gain, defaults }: TuneResult) {
  const { goal: _goal, ...size } = row;
  return { ...size, interval, default: defaults, winner: pickShape(winner), gain, variants: variants.map(variantJson) };
}

function variantJson({ shape, knob, ms, leastMs, ratio, difference, accepted, reason }: Variant) {
  return {
    shape: pickShape(shape),
    knob: knob ?? null,
    ...(ms !== undefined && { ms_per_epoch: ms, ms_per_epoch_min: leastMs }),
    ...(ratio !== undefined && { ratio }),
    ...(difference && {
      same_bits: difference.bitwise,
      difference: { exponents: difference.exponents, loss: difference.loss, gradient: difference.gradient },
    }),
    accepted,
    reason,
  };
}
