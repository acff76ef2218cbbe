import { defaults, type Field, fields, type SettingName, type Settings } from "./fields";
import { type Fitted, fitSettings } from "./fit";

/** All settings, seeds among them, as the query of an address. */
export function toQuery(settings: Settings): string {
  return `?${fields.map(({ key, name }) => `${key}=${encodeURIComponent(String(settings[name]))}`).join("&")}`;
}

/** Settings of a query; undefined where it has none. */
export function fromQuery(query: string, small: boolean): Fitted | undefined {
  const given = new URLSearchParams(query);
  const known = new Map<string, Field>(fields.map((field) => [field.key, field]));
  const values: Partial<Record<SettingName, string>> = {};
  const strange: string[] = [];
  for (const [key, value] of given) {
    const field = known.get(key);
    if (field) values[field.name] = value;
    else strange.push(`the address has '${key}', which is no setting`);
  }
  if (Object.keys(values).length === 0) return undefined;
  const { settings, notes } = fitSettings(values, defaults(small));
  return { settings, notes: [...strange, ...notes] };
}
