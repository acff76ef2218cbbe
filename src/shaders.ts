// The only file that imports WGSL. WGSL declarations may come in any order, so order carries no meaning in a module.

import adam from "../shaders/adam.wgsl?raw";
import bench_copy from "../shaders/bench/copy.wgsl?raw";
import bench_product_cpu from "../shaders/bench/product_cpu.wgsl?raw";
import bench_product_gpu from "../shaders/bench/product_gpu.wgsl?raw";
import draw_inputs from "../shaders/draw_inputs.wgsl?raw";
import draw_task from "../shaders/draw_task.wgsl?raw";
import flossing_loss from "../shaders/flossing_loss.wgsl?raw";
import adjoint_base from "../shaders/lib/adjoint_base.wgsl?raw";
import adjoint_layout from "../shaders/lib/adjoint_layout.wgsl?raw";
import cell_adjoints from "../shaders/lib/cell.wgsl?raw";
import drive from "../shaders/lib/drive.wgsl?raw";
import few_adjoint from "../shaders/lib/few_adjoint.wgsl?raw";
import few_forward from "../shaders/lib/few_forward.wgsl?raw";
import few_units from "../shaders/lib/few_units.wgsl?raw";
import gradient_layout from "../shaders/lib/gradient_layout.wgsl?raw";
import gram_schmidt from "../shaders/lib/gram_schmidt.wgsl?raw";
import lanes_correct from "../shaders/lib/lanes_correct.wgsl?raw";
import lanes_factor from "../shaders/lib/lanes_factor.wgsl?raw";
import lanes_forward from "../shaders/lib/lanes_forward.wgsl?raw";
import lanes_gradient from "../shaders/lib/lanes_gradient.wgsl?raw";
import lanes_orthonormalise from "../shaders/lib/lanes_orthonormalise.wgsl?raw";
import lanes_product from "../shaders/lib/lanes_product.wgsl?raw";
import lanes_pull_back from "../shaders/lib/lanes_pull_back.wgsl?raw";
import lanes_records from "../shaders/lib/lanes_records.wgsl?raw";
import lanes_solve from "../shaders/lib/lanes_solve.wgsl?raw";
import lanes_state_adjoint from "../shaders/lib/lanes_state_adjoint.wgsl?raw";
import lanes_tile from "../shaders/lib/lanes_tile.wgsl?raw";
import lanes_train_adjoint from "../shaders/lib/lanes_train_adjoint.wgsl?raw";
import lanes_train_forward from "../shaders/lib/lanes_train_forward.wgsl?raw";
import lanes_train_gradient from "../shaders/lib/lanes_train_gradient.wgsl?raw";
import lanes_wide from "../shaders/lib/lanes_wide.wgsl?raw";
import layout from "../shaders/lib/layout.wgsl?raw";
import math from "../shaders/lib/math.wgsl?raw";
import panels_adjoint from "../shaders/lib/panels_adjoint.wgsl?raw";
import panels_forward from "../shaders/lib/panels_forward.wgsl?raw";
import parameters from "../shaders/lib/parameters.wgsl?raw";
import philox from "../shaders/lib/philox.wgsl?raw";
import rows from "../shaders/lib/rows.wgsl?raw";
import shared_correct from "../shaders/lib/shared_correct.wgsl?raw";
import shared_factor from "../shaders/lib/shared_factor.wgsl?raw";
import shared_forward from "../shaders/lib/shared_forward.wgsl?raw";
import shared_gradient from "../shaders/lib/shared_gradient.wgsl?raw";
import shared_orthonormalise from "../shaders/lib/shared_orthonormalise.wgsl?raw";
import shared_product from "../shaders/lib/shared_product.wgsl?raw";
import shared_pull_back from "../shaders/lib/shared_pull_back.wgsl?raw";
import shared_records from "../shaders/lib/shared_records.wgsl?raw";
import shared_solve from "../shaders/lib/shared_solve.wgsl?raw";
import shared_state_adjoint from "../shaders/lib/shared_state_adjoint.wgsl?raw";
import shared_tile from "../shaders/lib/shared_tile.wgsl?raw";
import shared_train_adjoint from "../shaders/lib/shared_train_adjoint.wgsl?raw";
import shared_train_forward from "../shaders/lib/shared_train_forward.wgsl?raw";
import shared_train_gradient from "../shaders/lib/shared_train_gradient.wgsl?raw";
import status from "../shaders/lib/status.wgsl?raw";
import step from "../shaders/lib/step.wgsl?raw";
import steps from "../shaders/lib/steps.wgsl?raw";
import train_layout from "../shaders/lib/train_layout.wgsl?raw";
import train_loss from "../shaders/lib/train_loss.wgsl?raw";
import turn from "../shaders/lib/turn.wgsl?raw";
import walk from "../shaders/lib/walk.wgsl?raw";
import cpu from "../shaders/profiles/cpu.wgsl?raw";
import gpu from "../shaders/profiles/gpu.wgsl?raw";
import step_correct from "../shaders/step_correct.wgsl?raw";
import step_orthonormalise from "../shaders/step_orthonormalise.wgsl?raw";
import step_pull_back from "../shaders/step_pull_back.wgsl?raw";
import step_solve from "../shaders/step_solve.wgsl?raw";
import step_tangents from "../shaders/step_tangents.wgsl?raw";
import adding from "../shaders/tasks/adding.wgsl?raw";
import delayed from "../shaders/tasks/delayed.wgsl?raw";
import spatial from "../shaders/tasks/spatial.wgsl?raw";
import train_adjoint from "../shaders/train_adjoint.wgsl?raw";
import train_forward from "../shaders/train_forward.wgsl?raw";
import train_gradient from "../shaders/train_gradient.wgsl?raw";
import train_update from "../shaders/train_update.wgsl?raw";
import walk_adjoint from "../shaders/walk_adjoint.wgsl?raw";
import walk_forward from "../shaders/walk_forward.wgsl?raw";
import weight_gradient from "../shaders/weight_gradient.wgsl?raw";
import type { CellName } from "./cells/index";
import type { Profile } from "./gpu/device";
import { type KernelShape, kernelShape, type Shaped } from "./kernels/shape";

/** Directives come first in a module, before any file. */
const SUBGROUPS = "enable subgroups;\ndiagnostic(off, subgroup_uniformity);\n";

// A cell is found by its name.
const cellTexts = import.meta.glob<string>("../shaders/cells/*.wgsl", { eager: true, query: "?raw", import: "default" });

function cellFiles(cell: CellName): Record<string, string> {
  return { [`cells/${cell}`]: cellTexts[`../shaders/cells/${cell}.wgsl`], cell: cell_adjoints };
}

const profileTexts: Readonly<Record<Profile, string>> = { cpu, gpu };
const PROFILE_LINE = /^const (\w+) = (\d+)u;/gm;

/** The numbers of a profile's file: the defaults. */
export function profileConstants(profile: Profile): Readonly<Record<"WG" | "SIDE" | "PANEL", number>> {
  const lines = [...profileTexts[profile].matchAll(PROFILE_LINE)].map(([, name, value]) => [name, Number(value)]);
  return Object.fromEntries(lines);
}

/** The profile's file with the numbers of a shape in place of the defaults. */
function profileFile({ profile, workgroup, side, panel }: KernelShape): Record<string, string> {
  const values: Record<string, number> = { WG: workgroup, SIDE: side, PANEL: panel };
  return {
    [`profiles/${profile}`]: profileTexts[profile].replace(
      PROFILE_LINE,
      (_, name: string, own: string) => `const ${name} = ${values[name] ?? own}u;`,
    ),
  };
}

/** The library files of an entry file: those of both profiles, then those of each, and of `cpu` for few tangent vectors. */
type Parts = Readonly<Record<"both" | Profile, Record<string, string>>> & { readonly few?: Record<string, string> };

/** What lib/few_units.wgsl is made for. */
export interface Few {
  /** Units of a lane. */
  readonly owned: number;
  /** Tangent vectors, 1 to 3. */
  readonly vectors: number;
}

const entries = {
  walk_forward: {
    both: { walk_forward, turn, math, layout, parameters, steps, walk, status, gram_schmidt },
    cpu: { panels_forward, drive, lanes_tile, lanes_wide, lanes_records, lanes_factor, lanes_forward, lanes_orthonormalise },
    few: { few_forward, few_units },
    gpu: { panels_forward, drive, shared_tile, shared_records, shared_factor, shared_forward, shared_orthonormalise },
  },
  walk_adjoint: {
    both: { walk_adjoint, turn, math, layout, steps, walk, adjoint_layout, adjoint_base },
    cpu: { panels_adjoint, rows, lanes_tile, lanes_wide, lanes_records, lanes_correct, lanes_solve, lanes_pull_back, lanes_state_adjoint },
    few: { few_adjoint, few_units },
    gpu: { panels_adjoint, rows, shared_tile, shared_records, shared_correct, shared_solve, shared_pull_back, shared_state_adjoint },
  },
  step_tangents: {
    both: { step_tangents, step, math, layout, parameters, walk, drive, status },
    cpu: { lanes_tile, lanes_wide, lanes_records, lanes_forward },
    gpu: { shared_tile, shared_records, shared_forward },
  },
  step_orthonormalise: {
    both: { step_orthonormalise, step, math, layout, steps, walk, status, gram_schmidt },
    cpu: { lanes_tile, lanes_factor, lanes_orthonormalise },
    gpu: { shared_tile, shared_factor, shared_orthonormalise },
  },
  step_correct: {
    both: { step_correct, step, math, layout, steps, walk, adjoint_layout, adjoint_base },
    cpu: { lanes_tile, lanes_correct },
    gpu: { shared_tile, shared_correct },
  },
  step_solve: {
    both: { step_solve, step, math, layout, steps, walk, adjoint_layout, adjoint_base, rows },
    cpu: { lanes_tile, lanes_records, lanes_solve, lanes_state_adjoint },
    gpu: { shared_tile, shared_records, shared_solve, shared_state_adjoint },
  },
  step_pull_back: {
    both: { step_pull_back, step, math, layout, walk, adjoint_layout, adjoint_base },
    cpu: { lanes_tile, lanes_wide, lanes_pull_back },
    gpu: { shared_tile, shared_pull_back },
  },
  weight_gradient: {
    both: { weight_gradient, math, layout, parameters, adjoint_layout, gradient_layout },
    cpu: { lanes_tile, lanes_gradient },
    gpu: { shared_gradient },
  },
  draw_inputs: { both: { draw_inputs, math, philox }, cpu: {}, gpu: {} },
  flossing_loss: { both: { flossing_loss, math, layout, steps }, cpu: {}, gpu: {} },
  adam: { both: { adam, math, layout, parameters }, cpu: {}, gpu: {} },
  train_forward: {
    both: { train_forward, math, train_layout, train_loss },
    cpu: { lanes_product, lanes_train_forward },
    gpu: { shared_product, shared_train_forward },
  },
  train_adjoint: {
    both: { train_adjoint, math, train_layout },
    cpu: { lanes_product, lanes_train_adjoint },
    gpu: { shared_product, shared_train_adjoint },
  },
  train_gradient: {
    both: { train_gradient, math, train_layout },
    cpu: { lanes_train_gradient },
    gpu: { shared_train_gradient },
  },
  train_update: { both: { train_update, math, train_layout }, cpu: {}, gpu: {} },
} satisfies Record<string, Parts>;

export type EntryName = keyof typeof entries;

function join(files: Record<string, string>): string {
  return Object.entries(files)
    .map(([name, text]) => `//- ${name}.wgsl\n${text}`)
    .join("\n");
}

/** What decides a module's form beside cell and profile. */
export interface Form {
  /** Constants that arrays need to know. */
  readonly sizes?: string;
  /** Lanes that own units, for few tangent vectors, in place of the `cpu` profile's. */
  readonly few?: Few | undefined;
}

/** One WGSL module for an entry file, a cell and a profile or shape. */
export function wgsl(entry: EntryName, cell: CellName, of: Shaped, { sizes = "", few }: Form = {}): string {
  const shape = kernelShape(of);
  const { profile } = shape;
  const parts: Parts = entries[entry];
  const directives = profile === "cpu" ? SUBGROUPS : "";
  const own = few ? { ...parts.few, few: fewSizes(few) } : parts[profile];
  return directives + join({ ...profileFile(shape), ...(sizes && { sizes }), ...cellFiles(cell), ...parts.both, ...own });
}

/** The sizes of arrays and vectors in registers, which no override can give. */
function fewSizes({ owned, vectors }: Few): string {
  return `const OWNED = ${owned}u;\nconst FEW = ${vectors}u;\nalias Carried = vec${vectors + 1}f;\n`;
}

const taskFiles = { delayed: { "tasks/delayed": delayed }, spatial: { "tasks/spatial": spatial }, adding: { "tasks/adding": adding } };

/** The module that draws a task. */
export function taskWgsl(task: keyof typeof taskFiles, of: Shaped): string {
  return join({ ...profileFile(kernelShape(of)), ...taskFiles[task], draw_task, philox });
}

/** A library file and a test's own entry file, joined as one module. */
export function wgslWithMath(name: string, text: string): string {
  return join({ math, [name]: text });
}

/** What the adapter can do at best (src/bench/ceiling.ts). */
export function benchWgsl(kind: "product" | "copy", profile: Profile): string {
  const file = profileFile(kernelShape(profile));
  if (kind === "copy") return join({ ...file, "bench/copy": bench_copy });
  if (profile === "gpu") return join({ ...file, "bench/product_gpu": bench_product_gpu });
  return SUBGROUPS + join({ ...file, lanes_tile, "bench/product_cpu": bench_product_cpu });
}
