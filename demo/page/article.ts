import { fromJson } from "../run/file";
import type { RunData } from "../run/types";
import { presetOf, presetSettings } from "../settings/presets";
import { makeFigures } from "./figures";
import type { Live } from "./live";
import { Player } from "./player";
import { transport } from "./transport";

/** The runs beside the text: which preset, what they are called, and the moment that is shown before anything is pressed. */
const runs = {
  sweep: { preset: "sweep", name: "networks of growing gain", still: 4 },
  floss: { preset: "floss", name: "a network being flossed", still: undefined },
  twins: { preset: "figure-3", name: "twins in training", still: undefined },
} as const;

/** The run that was recorded of a preset. @throws Error where it does not load */
export async function loadRecording(preset: string): Promise<RunData> {
  const response = await fetch(new URL(`recorded/${preset}.json`, document.baseURI));
  if (!response.ok) throw new Error(`the recording '${preset}' does not load (${response.status})`);
  return fromJson(await response.text(), preset).data;
}

/** Puts players and figures beside the sections that ask for them. */
export function startArticle(live: Live): void {
  const players = new Map<string, Player>();
  for (const [id, { preset, still }] of Object.entries(runs)) {
    const player = new Player(live, () => presetSettings(presetOf(preset), live.knownAdapter?.software ?? false));
    players.set(id, player);
    void loadRecording(preset).then(
      (data) => {
        if (player.phase !== "idle") return;
        player.show(data);
        if (still !== undefined) player.seek(still);
      },
      () => {},
    );
  }
  for (const place of document.querySelectorAll<HTMLElement>("[data-player]")) {
    const id = (place.dataset.player ?? "") as keyof typeof runs;
    const player = players.get(id);
    if (!player) throw new Error(`no run '${id}'`);
    const figures = makeFigures(player, (place.dataset.figures ?? "").split(" "));
    const title = place.parentElement?.querySelector("h1, h2")?.textContent ?? "";
    place.append(transport(player, `${runs[id].name}, ${title}`), ...figures.map(({ element }) => element));
  }
}
