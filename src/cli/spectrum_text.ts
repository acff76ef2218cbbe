import pc from "picocolors";
import { plot } from "simple-ascii-chart";
import { cells } from "../cells/index";
import type { IO } from "./io";
import type { Report } from "./spectrum";

/** For people: one line an exponent, several trajectories as mean, lowest and highest; a small plot; what follows from them. */
export function spectrumText(report: Report, io: IO): string {
  const { bold, dim } = pc.createColors(io.isTTY && process.stdout.isTTY === true && pc.isColorSupported);
  const { cell, hidden, batch, steps, warmup, interval, dense, loss } = report;
  const plural = (count: number, word: string) => `${count} ${word}${count === 1 ? "" : "s"}`;
  const title = `${cells[cell].title} with ${plural(hidden, "unit")}, ${batch === 1 ? "1 trajectory" : `${batch} trajectories`} of ${plural(steps, "step")}`;
  const details = `warm-up ${warmup}, orthonormalised every ${plural(interval, "step")}${interval > 1 && dense > 0 ? ` after the first ${dense}` : ""}; exponents in nats per step`;
  const { head, rows } = table(report);
  const lines = [bold(title), dim(details), ...picture(report), dim(head), ...rows, "", ...measures(report), `loss ${loss.toPrecision(6)}`];
  return `${lines.join("\n")}\n`;
}

function means({ k, batch, exponents }: Report): number[] {
  return Array.from({ length: k }, (_, i) => exponents.reduce((sum, row) => sum + row[i], 0) / batch);
}

function table(report: Report): { head: string; rows: string[] } {
  const { batch, exponents, standard_errors: errors } = report;
  const column = (text: string) => text.padStart(12);
  const number = (value: number | null) => column(value === null ? "-" : value.toFixed(6));
  const head = batch === 1 ? ["exponent", "std. error"] : ["mean", "lowest", "highest"];
  const rows = means(report).map((mean, i) => {
    const values = exponents.map((row) => row[i]);
    const numbers = batch === 1 ? [mean, errors[0][i]] : [mean, Math.min(...values), Math.max(...values)];
    return `${String(i + 1).padStart(5)}${numbers.map(number).join("")}`;
  });
  return { head: `    i${head.map(column).join("")}`, rows };
}

/** The exponents against their index; nothing where one or two numbers say it all. */
function picture(report: Report): string[] {
  const { k } = report;
  if (k < 3) return [];
  const every = Math.ceil(k / 8);
  const labelled = (i: number) => i === 1 || (i % every === 0 && i >= every);
  const formatter = (value: number, { axis }: { axis: string }) =>
    axis === "y" ? value.toFixed(3).replace(/^-(0\.0*)$/, "$1") : labelled(value) ? value : "";
  const points = means(report).map((value, i): [number, number] => [i + 1, value]);
  return plot(points, { width: 60, height: 10, mode: "point", formatter })
    .split("\n")
    .map((line) => line.trimEnd())
    .filter((line) => line !== "");
}

/** Kaplan–Yorke dimension and entropy sum: means over the trajectories. */
function measures({ kaplan_yorke_dimension: dimensions, entropy_sum: entropies, k }: Report): string[] {
  const of = (values: readonly (number | null)[]): string => {
    const known = values.filter((value) => value !== null);
    if (known.length < values.length) return `not known from ${k} exponents: raise --k`;
    return (known.reduce((sum, value) => sum + value, 0) / known.length).toFixed(4);
  };
  return [`Kaplan-Yorke dimension ${of(dimensions)}`, `sum of the positive exponents ${of(entropies)}`];
}
