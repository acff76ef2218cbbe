import { type Field, fields, groups, type NumberField, type SettingName, type Settings } from "../settings/fields";
import { fitSettings } from "../settings/fit";
import { make } from "./dom";

/** Positions of a slider. */
const STEPS = 200;

/** Where a number lies on its slider: evenly, or, for ranges over more than two decades, evenly in the logarithm. */
function scaleOf({ min, max, step, unit }: NumberField) {
  const logarithmic = min > 0 && max / min >= 50;
  const round = (value: number) => {
    const rounded = Math.round(value / step) * step;
    // Of large numbers nobody wants the last digits.
    return Number((unit !== "" || value < 1 ? Number(rounded.toPrecision(2)) : rounded).toFixed(6));
  };
  return {
    toPosition: (value: number) => STEPS * (logarithmic ? Math.log(value / min) / Math.log(max / min) : (value - min) / (max - min)),
    toValue: (position: number) => round(logarithmic ? min * (max / min) ** (position / STEPS) : min + ((max - min) * position) / STEPS),
  };
}

/** The form of all settings: native controls, each with label, range and unit. */
export class Controls {
  readonly element = make("form", { className: "controls" });
  readonly #shown = new Map<SettingName, { readonly set: (value: number | string) => void; readonly row: HTMLElement; readonly field: Field }>();
  readonly #notes = make("p", { className: "notes" });
  readonly #changed: (settings: Settings) => void;
  #settings: Settings;

  constructor(settings: Settings, changed: (settings: Settings) => void) {
    this.#settings = settings;
    this.#changed = changed;
    this.#notes.setAttribute("role", "status");
    this.element.addEventListener("submit", (event) => event.preventDefault());
    for (const group of groups) {
      const rows = fields.filter((field) => field.group === group).map((field) => this.#row(field));
      this.element.append(make("fieldset", {}, make("legend", { textContent: group }), ...rows));
    }
    this.element.append(this.#notes);
    this.set(settings, []);
  }

  get settings(): Settings {
    return this.#settings;
  }

  /** Shows other settings, and what had to be changed in them. */
  set(settings: Settings, notes: readonly string[]): void {
    this.#settings = settings;
    for (const [name, { set, row, field }] of this.#shown) {
      set(settings[name]);
      row.hidden = !field.modes.includes(settings.mode);
    }
    for (const fieldset of this.element.querySelectorAll("fieldset"))
      fieldset.hidden = [...fieldset.querySelectorAll<HTMLElement>(".row")].every(({ hidden }) => hidden);
    this.#notes.textContent = notes.join(" · ");
  }

  /** Settings that cannot be chosen now, and why. */
  lock(names: readonly SettingName[] | "all", why: string): void {
    for (const [name, { row }] of this.#shown) {
      const locked = names === "all" || names.includes(name);
      for (const input of row.querySelectorAll<HTMLInputElement | HTMLSelectElement>("input, select")) input.disabled = locked;
      row.title = locked ? why : "";
    }
  }

  #change(name: SettingName, value: number | string): void {
    const { settings, notes } = fitSettings({ [name]: value }, this.#settings);
    this.set(settings, notes);
    this.#changed(settings);
  }

  #row(field: Field): HTMLElement {
    const row = make("div", { className: "row" });
    const id = `setting-${field.name}`;
    const label = make("label", { htmlFor: id, textContent: field.label });
    const help = make("p", { className: "help", id: `${id}-help`, textContent: field.help });
    const [set, ...inputs] = field.kind === "choice" ? this.#choice(field, id) : this.#number(field, id);
    for (const input of inputs) input.setAttribute("aria-describedby", help.id);
    if (field.kind === "number") help.textContent = `${field.help} ${field.min} to ${field.max}${field.unit ? ` ${field.unit}` : ""}.`;
    row.append(label, ...inputs, help);
    this.#shown.set(field.name, { set, row, field });
    return row;
  }

  #choice(field: Extract<Field, { kind: "choice" }>, id: string): [(value: number | string) => void, HTMLElement] {
    const select = make("select", { id }, ...field.options.map(([value, text]) => make("option", { value, textContent: text })));
    select.addEventListener("change", () => this.#change(field.name, select.value));
    return [
      (value) => {
        select.value = String(value);
      },
      select,
    ];
  }

  #number(field: NumberField, id: string): [(value: number | string) => void, ...HTMLElement[]] {
    const { min, max, step, label } = field;
    const input = make("input", {
      id,
      type: "number",
      min: String(min),
      max: String(max),
      step: Number.isInteger(step) ? "1" : "any",
      inputMode: "decimal",
    });
    input.addEventListener("change", () => this.#change(field.name, input.value));
    if (field.group === "Seeds") return [(value) => Object.assign(input, { value: String(value) }), input];
    const scale = scaleOf(field);
    const slider = make("input", { type: "range", min: "0", max: String(STEPS), step: "1" });
    slider.setAttribute("aria-label", `${label}, slider`);
    slider.addEventListener("input", () => this.#change(field.name, scale.toValue(Number(slider.value))));
    const set = (value: number | string) => {
      input.value = String(value);
      slider.value = String(scale.toPosition(Number(value)));
      slider.setAttribute("aria-valuetext", `${value} ${field.unit}`.trim());
    };
    return [set, slider, input];
  }
}
