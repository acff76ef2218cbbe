import type { Figure } from "../figures/figure";
import { momentOf, viewOf } from "../figures/view";
import { toCsv, toFile, toJson } from "../run/file";
import type { Settings } from "../settings/fields";
import { toQuery } from "../settings/url";
import { button, download, make } from "./dom";
import { drawPng } from "./exports";
import type { Player } from "./player";

/** What the buttons save, and where they say how it went. */
export interface Saved {
  readonly player: Player;
  readonly figures: readonly Figure[];
  settings(): Settings;
  say(text: string): void;
}

/** Buttons that save a run: its address, its numbers, its pictures, its network. */
export function saveButtons(saved: Saved): HTMLElement {
  const { player, say } = saved;
  const save = (text: string, act: () => Promise<void> | void) =>
    button(text, () => {
      say("");
      Promise.resolve()
        .then(act)
        .catch((error: Error) => say(error.message));
    });
  return make(
    "div",
    { className: "buttons" },
    save("Copy link", () => copyLink(saved)),
    save("JSON", () => download("flossing.json", new Blob([toJson(toFile(player.data))], { type: "application/json" }))),
    save("CSV", () => download("flossing.csv", new Blob([toCsv(player.data)], { type: "text/csv" }))),
    save("PNG", () => savePng(saved)),
    save("SVG for print", () => saveSvg(saved)),
    save("Weights", () => saveWeights(saved)),
  );
}

async function copyLink({ settings, say }: Saved): Promise<void> {
  const address = new URL(`${toQuery(settings())}#sandbox`, location.href).href;
  history.replaceState(null, "", address);
  try {
    await navigator.clipboard.writeText(address);
    say("The link is copied.");
  } catch {
    say("The browser does not let the page copy: the link is in the address bar.");
  }
}

async function savePng({ player: { data, at }, figures }: Saved): Promise<void> {
  const title = `Gradient flossing: ${data.settings.cell}, N = ${data.settings.hidden}, ${momentOf(viewOf(data, at))}`;
  const shown = figures.filter(({ element }) => !element.hidden);
  download("flossing.png", await drawPng(shown, title));
}

async function saveSvg({ player: { data, at }, say }: Saved): Promise<void> {
  const view = viewOf(data, at);
  const { mode } = data.settings;
  const rows = { floss: view.flossing, twins: view.training, sweep: view.now?.spectrum ?? [] }[mode];
  if (rows.length === 0) return say("There is nothing to draw yet: press Play first.");
  // Loaded when it is wanted: it is larger than the page.
  const { printedPicture } = await import("./print");
  download("flossing.svg", new Blob([printedPicture(view)], { type: "image/svg+xml" }));
}

async function saveWeights({ player, say }: Saved): Promise<void> {
  const files = await player.weights();
  if (!files) return say("There are no weights here: recordings have none. Press Play first.");
  for (const [name, bytes] of Object.entries(files)) download(`${name}.safetensors`, new Blob([bytes as Uint8Array<ArrayBuffer>]));
  say(`The weights are those of the last whole picture, row ${player.data.snapshots.at(-1)?.at ?? 0}.`);
}
