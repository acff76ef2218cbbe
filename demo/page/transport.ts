import { momentOf, subjectOf, viewOf } from "../figures/view";
import { button, make } from "./dom";
import type { Player } from "./player";

const phaseTexts = {
  idle: "",
  recording: "playing a recording",
  compiling: "",
  running: "running",
  paused: "paused",
  done: "done",
  lost: "the device was lost",
  error: "stopped",
};

/** Play, step, reset and a slider over what has been, for one player. Several can belong to the same. */
export function transport(player: Player, name: string): HTMLElement {
  const play = button("Play", () => (player.playing ? player.pause() : void player.play()), "play");
  const step = button("Step", () => void player.step());
  const reset = button("Reset", () => player.reset());
  const slider = make("input", { type: "range", min: "0", step: "1", className: "moment" });
  slider.setAttribute("aria-label", `Moment, ${name}`);
  slider.addEventListener("input", () => player.seek(Number(slider.value)));
  const moment = make("span", { className: "where" });
  const source = make("span", { className: "source" });
  const state = make("span", { className: "state" });
  state.setAttribute("role", "status");
  const problem = make("div", { className: "notice problem", hidden: true });
  problem.setAttribute("role", "alert");
  const group = make(
    "div",
    { className: "transport" },
    make("div", { className: "buttons" }, play, step, reset),
    slider,
    make("p", {}, moment, " ", state, " ", source),
    problem,
  );
  group.setAttribute("role", "group");
  group.setAttribute("aria-label", `Playing, ${name}`);

  const show = () => {
    const { data, phase, at, end } = player;
    play.textContent = player.playing ? "Pause" : phase === "lost" ? "Rebuild" : "Play";
    slider.max = String(end);
    slider.value = String(at);
    slider.disabled = end === 0;
    const words = momentOf(viewOf(data, at));
    moment.textContent = words;
    slider.setAttribute("aria-valuetext", words);
    const what = player.recorded ? "recorded on" : "live on";
    source.textContent = data.adapter
      ? `${what} ${data.adapter.split(":")[0].split("(")[0].trim()} · ${subjectOf(data.settings)}`
      : subjectOf(data.settings);
    source.classList.toggle("recorded", player.recorded);
    const text = phase === "compiling" ? player.progress : phaseTexts[phase];
    if (state.textContent !== text) state.textContent = text;
    showProblem(problem, player);
  };
  player.addEventListener("change", show);
  show();
  return group;
}

/** What went wrong, and the one click that mends it. */
function showProblem(place: HTMLElement, player: Player): void {
  const { phase, error, data } = player;
  const lost = phase === "lost";
  place.hidden = !lost && phase !== "error";
  const text = lost
    ? `The graphics device was lost (${error?.replace(/\.$/, "")}). What is drawn stays; the network goes on from its last checkpoint, at most ${data.settings.every} epochs ago.`
    : `The run stopped: ${error?.replace(/\.$/, "")}.`;
  if (place.hidden || place.dataset.text === text) return;
  place.dataset.text = text;
  const mend = lost ? button("Rebuild and go on", () => void player.play()) : button("Start anew", () => player.reset());
  place.replaceChildren(make("p", { textContent: text }), mend);
}
