import { readFileSync } from "node:fs";
import { homedir } from "node:os";
import { dirname, join } from "node:path";
import { z } from "zod";
import { version } from "../../package.json";
import { InputError } from "../errors";
import { makeFolders, type Output, openOutput } from "../files/output";
import { profileFor } from "../gpu/device";
import { checkShape, type Shape } from "../kernels/shape";
import { sameKey, type TunedEntry, type TunedSize, tunedKey } from "../tuning/entry";
import { type IO, tell } from "./io";

const count = z.int().min(1);

const shapeSchema = z.strictObject({
  profile: z.enum(["cpu", "gpu"]).optional(),
  workgroup: count.optional(),
  side: count.optional(),
  panel: count.optional(),
  chunk: count.optional(),
  groups: z.union([z.literal(1), z.literal(2)]).optional(),
  steps: z.enum(["fused", "stepwise"]).optional(),
  together: count.optional(),
  columns: count.optional(),
  tile: count.optional(),
});

const entrySchema = z.strictObject({
  adapter: z.string(),
  vendor: z.string(),
  architecture: z.string(),
  driver: z.string(),
  version: z.string(),
  kind: z.enum(["flossing", "spectrum", "training"]),
  cell: z.string(),
  hidden: count,
  k: z.int().min(0),
  steps: count,
  batch: count,
  networks: count,
  gain: z.number().positive(),
  shape: shapeSchema,
});

/** The file of tuned shapes; undefined where the environment turns it off. */
export function tunedPath(env: NodeJS.ProcessEnv = process.env): string | undefined {
  if (env.FLOSS_TUNED === "off") return undefined;
  return env.FLOSS_TUNED || join(env.XDG_CACHE_HOME || join(homedir(), ".cache"), "gradient-flossing", "tuned.json");
}

/** What helps where the file is broken: in commands that use it, and in the one that writes it. */
const remedies = { use: "mend or delete it, or leave it out with --no-tuned", tune: "mend or delete it, or keep nothing with --dry-run" } as const;

/**
 * All entries of the file, none where there is no file.
 * @param who whose options the remedy may name
 * @throws InputError where the file is broken
 */
export function readTuned(path: string, who: keyof typeof remedies = "use"): TunedEntry[] {
  const remedy = remedies[who];
  let text: string;
  try {
    text = readFileSync(path, "utf8");
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return [];
    throw new InputError(`${path} cannot be read (${(error as NodeJS.ErrnoException).code}): ${remedy}`);
  }
  let data: unknown;
  try {
    data = JSON.parse(text);
  } catch (error) {
    throw new InputError(`${path} is no JSON (${(error as Error).message.split("\n")[0]}): ${remedy}`);
  }
  const entries = (data as { entries?: unknown } | null)?.entries;
  if (!Array.isArray(entries)) throw new InputError(`${path} has no list 'entries': ${remedy}`);
  return entries.map((entry, i) => {
    const parsed = entrySchema.safeParse(entry);
    if (parsed.success) return parsed.data as TunedEntry;
    const [{ path: where, message }] = parsed.error.issues;
    throw new InputError(`${path}, entry ${i + 1}: ${[...where, message].join(": ")}; ${remedy}`);
  });
}

/**
 * Makes the file's folder and looks whether the file can be written, so that nothing is measured in vain.
 * @throws InputError where it cannot
 */
export function checkTunedPlace(path: string): void {
  openTuned(path).discard();
}

function openTuned(path: string): Output {
  const folder = dirname(path);
  try {
    makeFolders(folder);
    return openOutput(path, "the file of tuned shapes");
  } catch (error) {
    if (error instanceof InputError) throw new InputError(`${error.message}, or keep nothing with --dry-run`);
    const code = (error as NodeJS.ErrnoException).code;
    throw new InputError(
      `the folder ${folder} for tuned shapes cannot be made (${code}): name another file with FLOSS_TUNED, or keep nothing with --dry-run`,
    );
  }
}

/** Writes the file by rename. @throws InputError where it cannot be written */
export function writeTuned(path: string, entries: readonly TunedEntry[]): void {
  openTuned(path).commit(new TextEncoder().encode(`${JSON.stringify({ entries }, null, 2)}\n`));
}

export interface TunedOptions {
  /** False with `--no-tuned`. */
  readonly tuned?: boolean;
  readonly quiet?: boolean;
  readonly profile?: "cpu" | "gpu";
}

/**
 * The tuned shape of a size on this device, told on stderr; empty where there is none. A `--profile` that the shape is not of
 * leaves it out.
 * @throws InputError where the file, or the shape, is broken
 */
export function tunedShape(device: GPUDevice, size: TunedSize, options: TunedOptions, io: IO): Shape {
  const path = options.tuned === false ? undefined : tunedPath();
  if (path === undefined) return {};
  const entries = readTuned(path);
  const key = tunedKey(device, size, version);
  const at = entries.findIndex((entry) => sameKey(entry, key));
  if (at < 0) return {};
  const { shape, gain } = entries[at];
  const profile = shape.profile ?? profileFor(device);
  if (options.profile && options.profile !== profile) return {};
  try {
    checkShape({ ...shape, profile });
  } catch (error) {
    throw new InputError(`${path}, entry ${at + 1}: ${(error as Error).message}; ${remedies.use}`);
  }
  tell(
    [`tuned: ${shapeText(shape)} (${gain.toPrecision(3)} times the default's speed, from ${path}; --no-tuned leaves it out)`],
    "note",
    options,
    io,
  );
  return shape;
}

/** What people read of a shape. */
export function shapeText(shape: Shape): string {
  const parts = Object.entries(shape).map(([name, value]) => `${name} ${value}`);
  return parts.length > 0 ? parts.join(", ") : "default";
}
