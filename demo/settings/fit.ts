import { cells } from "../../src/index";
import { type Field, fields, type SettingName, type Settings } from "./fields";

/** Settings that can be run, and what had to be changed. */
export interface Fitted {
  readonly settings: Settings;
  /** One line for each change, for people. */
  readonly notes: readonly string[];
}

/** A value of a field, or undefined where it is none: numbers outside the range are moved to its border. */
function usable(field: Field, given: unknown): number | string | undefined {
  if (field.kind === "choice") return field.options.some(([value]) => value === given) ? String(given) : undefined;
  const value = typeof given === "string" && given.trim() !== "" ? Number(given) : given;
  if (typeof value !== "number" || !Number.isFinite(value)) return undefined;
  const inside = Math.min(field.max, Math.max(field.min, value));
  return Number.isInteger(field.step) ? Math.round(inside) : inside;
}

/**
 * Settings from what someone gave, an address, a file or a call; what is missing comes from `base`. Values that cannot be are
 * moved to the nearest that can.
 */
export function fitSettings(given: Readonly<Partial<Record<SettingName, unknown>>>, base: Settings): Fitted {
  const notes: string[] = [];
  const chosen: Record<string, number | string> = { ...base };
  for (const field of fields) {
    const wanted = given[field.name];
    if (wanted === undefined) continue;
    const value = usable(field, wanted);
    if (value === undefined) notes.push(`${field.label}: '${String(wanted)}' cannot be used, it is ${chosen[field.name]}`);
    else {
      if (field.kind === "number" && value !== Number(wanted))
        notes.push(`${field.label} is ${value}: it must lie between ${field.min} and ${field.max}`);
      chosen[field.name] = value;
    }
  }
  return agree(chosen as unknown as Settings, notes);
}

/** What the settings ask of one another. */
function agree(settings: Settings, notes: string[]): Fitted {
  type NumberName = "k" | "warmup" | "delay" | "again";
  const changed: Partial<Record<NumberName, number>> = {};
  const change = (name: NumberName, value: number, why: string) => {
    if (settings[name] === value) return;
    changed[name] = value;
    notes.push(why);
  };
  const D = cells[settings.cell].states * settings.hidden;
  if (settings.k > D) change("k", D, `K is ${D}: a ${settings.cell} of ${settings.hidden} units has no more exponents`);
  if (settings.warmup >= settings.steps)
    change("warmup", settings.steps - 1, `the warm-up is ${settings.steps - 1}: it must be shorter than the walk`);
  if (settings.mode === "twins") {
    const even = settings.task.startsWith("xor") && settings.task !== "xor-spatial";
    const longest = settings.length - 1 - (even && settings.length % 2 === 0 ? 1 : 0);
    const delay = Math.max(even ? 2 : 1, Math.min(longest, even ? 2 * Math.round(settings.delay / 2) : settings.delay));
    if (settings.task !== "adding")
      change("delay", delay, `the delay is ${delay}: it must be ${even ? "even and " : ""}shorter than the sequence of ${settings.length} steps`);
    if (settings.again > settings.trainEpochs)
      change("again", settings.trainEpochs, `flossing once more comes at epoch ${settings.trainEpochs}, the last`);
  }
  return { settings: { ...settings, ...changed }, notes };
}
