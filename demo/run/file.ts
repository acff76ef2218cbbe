import { z } from "zod/mini";
import { defaults, type Settings } from "../settings/fields";
import { fitSettings } from "../settings/fit";
import type { RunData } from "./types";

// The one format of exported files and of the recordings that come with the page.

export const FORMAT = "gradient-flossing run";

const numbers = z.array(z.number());
const pair = z.tuple([z.number(), z.number()]);

const snapshot = z.object({
  spectrum: numbers,
  decay: numbers,
  eigenvalues: z.object({ re: numbers, im: numbers }),
  condition: z.object({ every: z.number(), log10: numbers, slope: z.number(), k: z.number() }),
  raster: z.object({ units: z.number(), steps: z.number(), scale: z.number(), data: z.string() }),
});

const file = z.object({
  format: z.literal(FORMAT),
  version: z.literal(1),
  adapter: z.string(),
  settings: z.record(z.string(), z.union([z.string(), z.number()])),
  flossing: z.object({ at: numbers, loss: numbers, exponents: z.array(numbers) }),
  training: z.object({ at: numbers, epoch: numbers, loss: z.array(pair), accuracy: z.array(pair) }),
  snapshots: z.array(z.object({ at: z.number(), value: z.number(), networks: z.array(snapshot) })),
});

export type RunFile = z.infer<typeof file>;

/** How much of a run is kept, evenly over its length. */
export interface Limits {
  readonly flossing: number;
  readonly training: number;
  readonly pictures: number;
}

const everything: Limits = { flossing: Infinity, training: Infinity, pictures: Infinity };

/** A run as columns. @param limits rows at most; default all */
export function toFile({ settings, adapter, flossing, training, snapshots }: RunData, limits = everything): RunFile {
  const floss = thin(flossing, limits.flossing);
  const train = thin(training, limits.training);
  return {
    ...{ format: FORMAT, version: 1, adapter, settings: { ...settings } },
    flossing: { at: floss.map(({ at }) => at), loss: floss.map(({ loss }) => loss), exponents: floss.map(({ exponents }) => [...exponents]) },
    training: {
      at: train.map(({ at }) => at),
      epoch: train.map(({ epoch }) => epoch),
      loss: train.map(({ loss }) => [...loss]),
      accuracy: train.map(({ accuracy }) => [...accuracy]),
    },
    snapshots: thin(snapshots, limits.pictures).map(({ at, value, networks }) => ({
      at,
      value,
      networks: networks.map((each) => structuredClone(each) as never),
    })),
  };
}

/** JSON with as many digits as a figure shows. */
export function toJson(run: RunFile, digits = 6): string {
  return JSON.stringify(run, (_, value) => (typeof value === "number" && !Number.isInteger(value) ? Number(value.toPrecision(digits)) : value));
}

/** A run from a file's text. @throws Error with one line that says what is wrong */
export function fromJson(text: string, name: string): { readonly data: RunData; readonly notes: readonly string[] } {
  let parsed: unknown;
  try {
    parsed = JSON.parse(text);
  } catch {
    throw new Error(`${name} is not JSON`);
  }
  const result = file.safeParse(parsed);
  if (!result.success) {
    const [{ path, message }] = result.error.issues;
    throw new Error(`${name} is not a run of this page: ${path.join(".") || "the file"}: ${message}`);
  }
  const { settings: given, adapter, flossing, training, snapshots } = result.data;
  const { settings, notes } = fitSettings(given as Partial<Record<keyof Settings, unknown>>, defaults(false));
  return {
    data: {
      ...{ settings, adapter, snapshots: snapshots.map((each) => ({ kind: "snapshot" as const, ...each })) },
      flossing: flossing.at.map((at, i) => ({ kind: "floss", at, loss: flossing.loss[i], exponents: flossing.exponents[i] })),
      training: training.at.map((at, i) => ({ kind: "train", at, epoch: training.epoch[i], loss: training.loss[i], accuracy: training.accuracy[i] })),
    },
    notes,
  };
}

/** One line a row, for spreadsheets. */
export function toCsv({ flossing, training, settings }: RunData): string {
  const K = flossing[0]?.exponents.length ?? 0;
  const columns = ["row", "kind", "epoch", "loss", "loss_with_flossing", "accuracy", "accuracy_with_flossing"];
  const head = [...columns, ...Array.from({ length: K }, (_, i) => `exponent_${i + 1}`)];
  const rows = [
    ...flossing.map(({ at, loss, exponents }) => [at, "flossing", settings.mode === "floss" ? at : "", loss, "", "", "", ...exponents]),
    ...training.map(({ at, epoch, loss, accuracy }) => [at, "training", epoch, loss[0], loss[1], accuracy[0], accuracy[1]]),
  ].sort(([a], [b]) => Number(a) - Number(b));
  const full = rows.map((row) => [...row, ...new Array(head.length - row.length).fill("")]);
  return `${[head, ...full].map((row) => row.join(",")).join("\n")}\n`;
}

/** At most `count` of a list, evenly, the first and the last among them. */
function thin<Item>(list: readonly Item[], count: number): Item[] {
  if (list.length <= count) return [...list];
  return Array.from({ length: count }, (_, i) => list[Math.round((i * (list.length - 1)) / (count - 1))]);
}
