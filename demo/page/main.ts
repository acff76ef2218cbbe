import "uplot/dist/uPlot.min.css";
import { adviceFor } from "./advice";
import { startApi } from "./api";
import { startArticle } from "./article";
import { byId, make } from "./dom";
import { redrawFigures } from "./figures";
import { Live } from "./live";
import { startReport } from "./report";
import { Sandbox } from "./sandbox";
import { startTheme } from "./theme";

startTheme(redrawFigures);
const live = new Live(new Worker(new URL("../run/worker.ts", import.meta.url), { type: "module" }));
startArticle(live);
const sandbox = new Sandbox(byId("sandbox-root"), live);
startApi(sandbox, live);
startReport(byId("report-root"), live, () => sandbox.player.pause());

void live.adapter.then((adapter) => {
  const place = byId("adapter");
  document.documentElement.dataset.adapter = adapter ? (adapter.software ? "software" : "hardware") : "none";
  if (adapter && !adapter.software) place.textContent = `The networks run on ${adapter.name}. Press Play at any figure.`;
  else if (adapter)
    place.textContent = `The networks run on ${adapter.name.split("(")[0].trim()}, a program instead of a GPU: sizes are smaller here, and everything is slower.`;
  else {
    place.textContent = "This browser gives the page no GPU, so nothing can be computed here. Every figure plays a run that was recorded before.";
    const steps = adviceFor(navigator.userAgent, window.isSecureContext);
    byId("advice-text").append(make("ul", {}, ...steps.map((step) => make("li", { textContent: step }))));
    byId("advice").hidden = false;
  }
  sandbox.begin(adapter?.software ?? false, !adapter);
});

if (import.meta.env.PROD && "serviceWorker" in navigator) void navigator.serviceWorker.register("./sw.js").catch(() => {});
