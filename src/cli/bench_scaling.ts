import { type Ceiling, higher, measureCeiling } from "../bench/ceiling";
import {
  curveSizes,
  fitsOf,
  measureSizes,
  rooflineSizes,
  type ScalingCurve,
  type ScalingPoint,
  type ScalingSizes,
  sharedBy,
  sizesOver,
} from "../bench/scaling";
import { type Axis, axes } from "../bench/scaling_axes";
import { type CellName, cells } from "../cells/index";
import { InputError } from "../errors";
import { adapterName, profileFor } from "../gpu/device";
import type { RooflinePlotData } from "../plots/data";
import { digits, plain } from "./bench_text";
import { openDevice } from "./device";
import type { IO } from "./io";
import type { CommonOptions } from "./options";
import { drawPlot, openOutputs } from "./outputs";
import { createTeller } from "./progress";

export interface BenchScalingOptions extends Pick<CommonOptions, "adapter" | "quiet" | "json"> {
  readonly over?: readonly Axis[];
  readonly cell: readonly CellName[];
  readonly work?: ScalingSizes["work"];
  readonly largest?: number;
  readonly rounds: number;
  readonly plot?: string;
}

/** `floss bench scaling`: growth of time with the sizes, and the roofline. @returns the exit code */
export async function benchScaling(options: BenchScalingOptions, io: IO): Promise<number> {
  const { files, discard } = await openOutputs({ plot: options.plot });
  const teller = createTeller(io, options);
  let device: GPUDevice | undefined;
  try {
    const plans = plansOf(options);
    device = await openDevice(options, io);
    teller.say("measuring the adapter's ceilings");
    let ceiling = await measureCeiling(device);
    const kinds = options.work ? [options.work] : (["flossing", "training"] as const);
    const roof = kinds.flatMap((work) => options.cell.map((cell) => limited(rooflineSizes(work, cell), options)));
    const points = await measureSizes(device, roof, options.rounds, teller.say);
    ceiling = higher(ceiling, await measureCeiling(device));
    const curves: ScalingCurve[] = [];
    for (const { over, work, sizes } of plans) {
      const measured = await measureSizes(device, sizes, options.rounds, teller.say);
      curves.push({ over, work, points: measured, fits: fitsOf(over, measured) });
      ceiling = higher(ceiling, await measureCeiling(device));
    }
    teller.stop();
    const about: About = { adapter: adapterName(device), profile: profileFor(device), ceiling };
    io.stdout(options.json ? `${JSON.stringify(jsonOf(points, curves, about))}\n` : textOf(points, curves, about));
    await drawPlot(files.plot, io, (plots, path) => plots.writeRooflinePlot(path, plotOf(points, curves, about)));
    return 0;
  } finally {
    teller.stop();
    discard();
    device?.destroy();
  }
}

interface About {
  readonly adapter: string;
  readonly profile: string;
  readonly ceiling: Ceiling;
}

/** No size above --largest. */
function limited(sizes: ScalingSizes, { largest = Number.POSITIVE_INFINITY }: BenchScalingOptions): ScalingSizes {
  const least = (name: Axis) => Math.min(sizes[name], largest);
  const hidden = least("hidden");
  return {
    ...sizes,
    hidden,
    k: Math.min(least("k"), hidden),
    steps: Math.max(3, least("steps")),
    networks: least("networks"),
    batch: least("batch"),
  };
}

function plansOf(options: BenchScalingOptions): { over: Axis; work: ScalingSizes["work"]; sizes: ScalingSizes[] }[] {
  const { over: wanted = axes, cell, work: only, largest = Number.POSITIVE_INFINITY } = options;
  if (only === "training" && options.over?.includes("k")) throw new InputError("--over k: training has no exponents; leave k out of --over");
  const kinds = only ? [only] : (["flossing", "training"] as const);
  return wanted.flatMap((over) =>
    kinds
      .filter((work) => !(work === "training" && over === "k"))
      .map((work) => {
        const values = sizesOver[over].filter((value) => value <= largest);
        if (values.length < 2)
          throw new InputError(
            `--largest ${largest}: two sizes at least are needed, over ${over} they begin with ${sizesOver[over].slice(0, 2).join(", ")}`,
          );
        return { over, work, sizes: curveSizes(work, over, cell[0], values).map((sizes) => limited(sizes, options)) };
      }),
  );
}

const signed = (value: number) => `${value < 0 ? "-" : "+"}${Math.abs(value).toFixed(2)}`;

function textOf(points: readonly ScalingPoint[], curves: readonly ScalingCurve[], { adapter, profile, ceiling }: About): string {
  const lines = [`${adapter}, ${profile} profile; its ceilings here: product ${digits(ceiling.gflops)} GFLOP/s, copy ${digits(ceiling.gbytes)} GB/s`];
  const rates = rooflineOf(points, ceiling).map(({ cell, kernel, intensity, gflops, attainable }) => {
    return [`${kernel} ${cell}`, digits(intensity), digits(gflops), digits(attainable), `${((100 * gflops) / attainable).toFixed(0)} %`];
  });
  if (rates.length > 0) lines.push("", plain(["kernel", "FLOP/byte", "GFLOP/s", "at best", "share"], rates));
  const growth = curves.flatMap(({ over, work, points: all, fits }) =>
    fits.map(({ kernel, measured, flops }) => {
      const range = `${all[0][over]} to ${all[all.length - 1][over]}`;
      const difference = measured.exponent - flops.exponent;
      return [
        `${work} ${kernel}`,
        over,
        range,
        measured.exponent.toFixed(2),
        flops.exponent.toFixed(2),
        signed(difference),
        signed(measured.last - flops.last),
      ];
    }),
  );
  if (growth.length > 0) {
    lines.push(
      "",
      "exponents of growth of a network's time, of all over networks: time, operations, their difference, and that between the two largest sizes alone",
    );
    lines.push(plain(["what", "over", "sizes", "time", "operations", "difference", "at the end"], growth));
  } else if (curves.length > 0) lines.push("", "the adapter has no timestamps: kernels cannot be timed");
  return `${lines.join("\n")}\n`;
}

function rooflineOf(points: readonly ScalingPoint[], { gflops: most, gbytes }: Ceiling) {
  return points.flatMap(({ cell, kernels }) =>
    Object.entries(kernels)
      .filter(([, { flops }]) => flops > 0)
      .map(([kernel, { ms, flops, bytes }]) => {
        const intensity = flops / bytes;
        return { cell: cells[cell].title, kernel, intensity, gflops: flops / ms / 1e6, attainable: Math.min(most, intensity * gbytes) };
      }),
  );
}

function jsonOf(points: readonly ScalingPoint[], curves: readonly ScalingCurve[], { adapter, profile, ceiling }: About) {
  const fit = ({ kernel, measured, flops }: ScalingCurve["fits"][number]) => ({
    ...{ kernel, time_exponent: measured.exponent, flop_exponent: flops.exponent, difference: measured.exponent - flops.exponent },
    ...{ time_exponent_at_end: measured.last, flop_exponent_at_end: flops.last },
  });
  return {
    ...{ adapter, profile, ceiling_gflops: ceiling.gflops, ceiling_gbytes_per_second: ceiling.gbytes },
    roofline: rooflineOf(points, ceiling).map((each) => ({ ...each, share: each.gflops / each.attainable })),
    curves: curves.map(({ over, work, points: all, fits }) => ({ over, work, points: all, fits: fits.map(fit) })),
  };
}

const names: Readonly<Record<Axis, string>> = {
  ...{ hidden: "hidden units N", k: "exponents K", steps: "steps T", networks: "networks M", batch: "trajectories or sequences B" },
};

function plotOf(points: readonly ScalingPoint[], curves: readonly ScalingCurve[], { adapter, ceiling }: About): RooflinePlotData {
  const [first] = points;
  const at = first ? `Rates at N = ${first.hidden}, K = ${first.k}, T = ${first.steps}, ${first.networks} networks, training with B = 16. ` : "";
  return {
    title: "Kernels under the adapter's ceilings, and how their time grows",
    caption: `${adapter}. ${at}Medians of interleaved rounds; dashed: time if it grew as the count of operations, from the largest size down. What else the machine did meanwhile is in the numbers.`,
    ceiling,
    points: rooflineOf(points, ceiling),
    curves: curves.map(({ over, work, points: all }) => ({
      title: `${work}, over ${over}`,
      label: names[over],
      time: over === "networks" ? "time of an epoch, ms" : "time of an epoch and network, ms",
      points: Object.entries(all[0].kernels)
        .filter(([, { flops }]) => flops > 0)
        .flatMap(([kernel]) => {
          const end = all[all.length - 1].kernels[kernel];
          return all.map(({ kernels, cell, ...sizes }) => {
            const { ms, executed } = kernels[kernel];
            const share = sharedBy(over, { cell, ...sizes });
            return { cell: cells[cell].title, kernel, size: sizes[over], ms: ms / share, expected: (end.ms * executed) / end.executed / share };
          });
        }),
    })),
  };
}
