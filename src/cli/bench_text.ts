import Table from "cli-table3";
import { type BenchAbout, type BenchResult, labelOf } from "./bench";

export const digits = (value: number | undefined, count = 3) =>
  value === undefined ? "-" : value >= 1000 ? value.toFixed(0) : value.toPrecision(count);

/** Tables without boxes: they are copied into notes and issues. */
export function plain(head: string[], rows: string[][]): string {
  const none = { top: "", "top-mid": "", "top-left": "", "top-right": "", bottom: "", "bottom-mid": "", "bottom-left": "", "bottom-right": "" };
  const chars = { ...none, left: "", "left-mid": "", mid: "", "mid-mid": "", right: "", "right-mid": "", middle: "  " };
  const aligned = head.map((_, i) => (i === 0 ? ("left" as const) : ("right" as const)));
  const table = new Table({ head, chars, colAligns: aligned, style: { head: [], border: [], "padding-left": 0, "padding-right": 0 } });
  table.push(...rows);
  return table.toString();
}

/** The kernels of one row. */
export function rowText({ row, stages, interval, compile_ms, ms_per_epoch, ms_per_epoch_min }: BenchResult, ceiling: BenchAbout["ceiling"]): string {
  const lines = stages.map(({ name, ms, longest, passes, gflops, gbytes }) => [
    `  ${name}`,
    digits(ms),
    digits(longest),
    String(passes),
    digits(gflops),
    gflops === undefined ? "-" : `${((100 * gflops) / ceiling.gflops).toFixed(0)} %`,
    digits(gbytes),
  ]);
  const total = stages.reduce((sum, { ms }) => sum + ms, 0);
  const title = `${labelOf(row)}: ${digits(ms_per_epoch)} ms (least ${digits(ms_per_epoch_min)})${row.kind === "training" ? "" : `, interval ${interval}`}`;
  const compiled = row.kind !== "spectrum" ? `, compiled in ${digits(compile_ms)} ms` : "";
  const head = ["  kernel", "ms", "longest", "dispatches", "GFLOP/s", "of ceiling", "GB/s"];
  return `${title}; kernels ${digits(total)} ms${compiled}\n${plain(head, lines)}\n\n`;
}

/** The best of the peers by its median. */
function bestPeer({ peers }: BenchResult): BenchResult["peers"][number] | undefined {
  return [...peers].sort((a, b) => a.ms_per_epoch - b.ms_per_epoch)[0];
}

/** The table of speed: one line a row, with goals where there is something to compare with. */
export function tableText(results: readonly BenchResult[], { adapter, ceiling }: BenchAbout): string {
  const lines = results.map((result) => {
    const peer = bestPeer(result);
    const ours = [labelOf(result.row), digits(result.ms_per_epoch)];
    if (!peer) return [...ours, "-", "-", digits(result.row.goal), "-"];
    const ratio = peer.ms_per_epoch / result.ms_per_epoch;
    const verdict = ratio >= result.row.goal ? "met" : "short";
    return [...ours, digits(peer.ms_per_epoch), digits(ratio), digits(result.row.goal), `${verdict} (${peer.name})`];
  });
  const head = ["work", "ms", "PyTorch ms", "ratio", "goal", ""];
  const at = `product ${digits(ceiling.gflops)} GFLOP/s, copy ${digits(ceiling.gbytes)} GB/s`;
  return `${adapter}; its ceiling here: ${at}\nmedians; ratio above 1: ours is faster than PyTorch's best configuration\n${plain(head, lines)}\n`;
}

/** One result for programs. */
export function jsonOf(result: BenchResult, about: BenchAbout) {
  const { row, stages, peers, ...times } = result;
  const ms = (names: readonly string[]) => stages.filter(({ name }) => names.includes(name)).reduce((sum, stage) => sum + stage.ms, 0);
  const peer = bestPeer(result);
  const flops = stages.reduce((sum, { gflops = 0, ms: stageMs }) => sum + gflops * stageMs, 0);
  return {
    ...row,
    ...times,
    forward_ms: ms(["walk_forward", "step_tangents", "step_orthonormalise", "flossing_loss", "draw_inputs", "draw_task", "train_forward"]),
    backward_ms: ms([
      "walk_adjoint",
      "step_correct",
      "step_solve",
      "step_pull_back",
      "weight_gradient",
      "adam",
      "train_adjoint",
      "train_gradient",
      "train_update",
    ]),
    gflops: flops / result.ms_per_epoch,
    stages: stages.map(({ gflops, gbytes, longest, passes, ...stage }) => ({
      ...stage,
      longest_ms: longest,
      dispatches: passes,
      ...(gflops !== undefined && { gflops, gbytes_per_second: gbytes, share_of_ceiling: gflops / about.ceiling.gflops }),
    })),
    peers,
    ...(peer && { ratio: peer.ms_per_epoch / result.ms_per_epoch }),
    adapter: about.adapter,
    profile: about.profile,
    ceiling_gflops: about.ceiling.gflops,
    ceiling_gbytes_per_second: about.ceiling.gbytes,
  };
}
