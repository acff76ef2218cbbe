import { figureKinds } from "../figures/list";
import { fromJson, toFile } from "../run/file";
import { type OwnNetwork, stateSize } from "../run/inputs";
import { defaults, type SettingName, type Settings } from "../settings/fields";
import { fitSettings } from "../settings/fit";
import { presetSettings, presets } from "../settings/presets";
import { fromQuery, toQuery } from "../settings/url";
import { loadRecording } from "./article";
import { Controls } from "./controls";
import { button, make } from "./dom";
import { readNetwork } from "./exports";
import { makeFigures } from "./figures";
import type { Live } from "./live";
import { Player } from "./player";
import { saveButtons } from "./saves";
import { transport } from "./transport";

/** What a network of one's own decides itself. */
const decided: readonly SettingName[] = ["mode", "cell", "hidden", "gain", "init", "seedNetwork", "seedState"];

/** Milliseconds after which a running network takes up changed settings. */
const SETTLED_MS = 400;

/** All controls, all figures, files in and out. */
export class Sandbox {
  readonly player: Player;
  readonly controls: Controls;
  readonly #live: Live;
  readonly #figures: ReturnType<typeof makeFigures>;
  readonly #message = make("p", { className: "message" });
  readonly #preset = make("select", { id: "preset" });
  readonly #presetText = make("p", { className: "help", id: "preset-help" });
  readonly #ownBar = make("p", { className: "notice", hidden: true });
  #own: OwnNetwork | undefined;
  #timer: ReturnType<typeof setTimeout> | undefined;

  constructor(root: HTMLElement, live: Live) {
    this.#live = live;
    this.#message.setAttribute("role", "status");
    this.controls = new Controls(defaults(false), () => this.#onSettings());
    this.player = new Player(
      live,
      () => this.controls.settings,
      () => this.#own,
    );
    this.#figures = makeFigures(
      this.player,
      figureKinds.map(({ id }) => id),
    );
    root.className = "sandbox";
    const grid = make("div", { className: "grid" }, ...this.#figures.map(({ element }) => element));
    root.append(
      make("div", { className: "panel" }, this.#presetRow(), this.#ownBar, this.#settings()),
      make("div", { className: "stage" }, transport(this.player, "the sandbox"), grid, this.#files(root)),
    );
    this.player.addEventListener("change", () => this.#arrange());
    this.player.addEventListener("phase", () => this.#arrange());
    this.#arrange();
  }

  /** The first settings: the address's, or those that suit the adapter. */
  begin(software: boolean, none: boolean): void {
    if (none) this.controls.lock("all", "Without an adapter, only recordings play: choose one above.");
    const fromAddress = fromQuery(location.search, software);
    if (fromAddress && !none) {
      this.controls.set(fromAddress.settings, fromAddress.notes);
      this.player.clear();
      if (!location.hash) document.getElementById("sandbox")?.scrollIntoView();
    } else void this.choosePreset("floss");
    addEventListener("popstate", () => {
      const again = fromQuery(location.search, software);
      if (again) this.setSettings(again.settings, again.notes);
    });
  }

  /** Takes settings over into form, address and figures. */
  setSettings(settings: Settings, notes: readonly string[] = []): void {
    this.controls.set(settings, notes);
    this.#onSettings();
  }

  async choosePreset(id: string): Promise<void> {
    const preset = presets.find((each) => each.id === id);
    if (!preset) return;
    this.#dropOwn();
    this.#preset.value = id;
    this.#presetText.textContent = preset.text;
    this.controls.set(presetSettings(preset, this.#live.knownAdapter?.software ?? false), []);
    try {
      const data = await loadRecording(id);
      if (this.#preset.value === id && !this.player.playing) this.player.show(data);
    } catch (error) {
      this.say((error as Error).message);
    }
  }

  say(text: string): void {
    this.#message.textContent = text;
  }

  #onSettings(): void {
    history.replaceState(null, "", toQuery(this.controls.settings) + location.hash);
    this.#noPreset();
    clearTimeout(this.#timer);
    if (!this.player.playing) {
      this.player.clear();
      return;
    }
    this.#timer = setTimeout(() => {
      this.player.clear();
      void this.player.play();
    }, SETTLED_MS);
  }

  #noPreset(): void {
    this.#preset.value = "";
    this.#presetText.textContent = "";
  }

  /** Shows the figures of what is being done. */
  #arrange(): void {
    const { mode } = this.player.data.settings;
    for (const { element, kind } of this.#figures) element.hidden = !kind.modes.includes(mode);
  }

  /** The form; on a small screen it is folded, so that the figures are near. */
  #settings(): HTMLElement {
    const open = matchMedia("(min-width: 62rem)").matches;
    return make("details", { className: "settings", open }, make("summary", { textContent: "Settings" }), this.controls.element);
  }

  #presetRow(): HTMLElement {
    const options = presets.map(({ id, label }) => make("option", { value: id, textContent: label }));
    this.#preset.append(make("option", { value: "", textContent: "own settings", disabled: true }), ...options);
    this.#preset.setAttribute("aria-describedby", this.#presetText.id);
    this.#preset.addEventListener("change", () => {
      void this.choosePreset(this.#preset.value).then(() => history.replaceState(null, "", toQuery(this.controls.settings) + location.hash));
    });
    return make("div", { className: "row preset" }, make("label", { htmlFor: "preset", textContent: "Preset" }), this.#preset, this.#presetText);
  }

  #files(root: HTMLElement): HTMLElement {
    const input = make("input", { type: "file", id: "open", accept: ".safetensors,.json" });
    input.addEventListener("change", () => {
      if (input.files?.[0]) void this.openFile(input.files[0]);
      input.value = "";
    });
    root.addEventListener("dragover", (event) => event.preventDefault());
    root.addEventListener("drop", (event) => {
      event.preventDefault();
      const [file] = event.dataTransfer?.files ?? [];
      if (file) void this.openFile(file);
    });
    const open = make("label", { htmlFor: "open", textContent: "Open a network (.safetensors) or an exported run (.json)" });
    return make(
      "section",
      { className: "files" },
      make("h3", { textContent: "Files" }),
      make("p", { textContent: "Save settings and numbers, all figures as a picture, or the network's weights for PyTorch:" }),
      saveButtons({
        player: this.player,
        figures: this.#figures,
        settings: () => this.controls.settings,
        say: (text) => this.say(text),
      }),
      make("p", {}, open, input),
      this.#message,
    );
  }

  /** Settings and metrics, as the JSON file has them. */
  export() {
    return toFile(this.player.data);
  }

  /** Opens a network to be flossed, or a run to be looked at. */
  async openFile(file: File): Promise<void> {
    this.say("");
    try {
      if (file.name.endsWith(".json")) this.#openRun(await file.text(), file.name);
      else this.#openNetwork(new Uint8Array(await file.arrayBuffer()), file.name);
    } catch (error) {
      this.say((error as Error).message.split("\n")[0]);
    }
  }

  #openRun(text: string, name: string): void {
    const { data, notes } = fromJson(text, name);
    this.#dropOwn();
    this.controls.set(data.settings, notes);
    this.#noPreset();
    this.player.show(data);
    history.replaceState(null, "", toQuery(data.settings) + location.hash);
    this.say(`${name} is open: its settings are in the form, its figures are here. Play computes it anew.`);
  }

  #openNetwork(bytes: Uint8Array, name: string): void {
    const { own, notes } = readNetwork(bytes, name);
    const { cell, hidden } = own.model;
    const k = Math.min(this.controls.settings.k, stateSize(own.model));
    const { settings } = fitSettings({ mode: "floss", k }, { ...this.controls.settings, cell, hidden, mode: "floss" });
    this.#own = own;
    // Sizes of files may lie outside what the form offers.
    this.controls.set({ ...settings, cell, hidden, k }, notes);
    this.controls.lock(decided, "The opened network decides this.");
    this.#noPreset();
    this.player.clear();
    const close = button("Close it", () => {
      this.#dropOwn();
      this.player.clear();
    });
    this.#ownBar.replaceChildren(`${name}: ${cell}, ${hidden} units, ${own.model.inputs} inputs. `, close);
    this.#ownBar.hidden = false;
    this.say(`${name} is open. Press Play to floss it, then save its weights.`);
  }

  #dropOwn(): void {
    if (!this.#own) return;
    this.#own = undefined;
    this.#ownBar.hidden = true;
    this.controls.lock([], "");
    this.setSettings(fitSettings({}, this.controls.settings).settings);
  }
}
