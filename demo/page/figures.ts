import { Figure } from "../figures/figure";
import { figureKind } from "../figures/list";
import { viewOf } from "../figures/view";
import type { Player } from "./player";

/** All figures of the page, to be drawn anew where the colours change. */
const shown: { readonly figure: Figure; readonly player: Player }[] = [];

/** Figures of a player's run, which follow it. */
export function makeFigures(player: Player, kinds: readonly string[]): Figure[] {
  const figures = kinds.map((id) => new Figure(figureKind(id)));
  const show = () => {
    const view = viewOf(player.data, player.at);
    for (const figure of figures) figure.show(view);
  };
  player.addEventListener("change", show);
  shown.push(...figures.map((figure) => ({ figure, player })));
  show();
  return figures;
}

export function redrawFigures(): void {
  for (const { figure, player } of shown) figure.show(viewOf(player.data, player.at));
}
