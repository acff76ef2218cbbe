import type { DeviceReport } from "../../src/bench/report";
import { button, download, make } from "./dom";
import type { Live } from "./live";

/** What this browser's adapter is and can do, measured on a press, as a table and as a file. */
export function startReport(root: HTMLElement, live: Live, pause: () => void): void {
  const status = make("p", { className: "message" });
  status.setAttribute("role", "status");
  const place = make("div");
  let report: DeviceReport | undefined;
  const save = button("Save the report", () => {
    if (report) download("adapter.json", new Blob([`${JSON.stringify(report, undefined, 2)}\n`], { type: "application/json" }));
  });
  save.hidden = true;
  const measure = button("Measure this adapter", () => {
    pause();
    measure.disabled = true;
    live
      .report((doing) => {
        status.textContent = `Measuring ${doing} …`;
      })
      .then((found) => {
        report = found;
        place.replaceChildren(tableOf(found));
        save.hidden = false;
        status.textContent = "";
      })
      .catch((error: Error) => {
        status.textContent = error.message;
      })
      .finally(() => {
        measure.disabled = false;
      });
  });
  measure.disabled = true;
  void live.adapter.then((adapter) => {
    measure.disabled = !adapter;
  });
  root.className = "files";
  root.append(
    make("h3", { textContent: "Adapter report" }),
    make("p", {
      textContent:
        "What this browser's adapter offers the kernels, the fastest product and copy that it was seen to do, and how fast small epochs run on it. It takes some seconds, more on a program instead of a GPU.",
    }),
    make("div", { className: "buttons" }, measure, save),
    status,
    place,
  );
}

function tableOf(report: DeviceReport): HTMLTableElement {
  const rates = report.rates.map(({ work, ms_per_epoch, gflops }): [string, string] => [work, `${short(ms_per_epoch)} ms, ${short(gflops)} GFLOP/s`]);
  const limits = Object.entries(report.limits).map(([name, value]): [string, string] => [
    name,
    value >= 2 ** 20 ? `${value / 2 ** 20} MiB` : String(value),
  ]);
  const rows: [string, string][] = [
    ["adapter", report.adapter],
    ["kernels", report.profile === "cpu" ? "for CPUs" : "for GPUs"],
    ["features", report.features.join(", ") || "none"],
    ["product, at best", `${short(report.ceiling_gflops)} GFLOP/s`],
    ["copy, at best", `${short(report.ceiling_gbytes_per_second)} GB/s`],
    ...rates,
    ...limits,
  ];
  const body = rows.map(([name, value]) => make("tr", {}, make("th", { scope: "row", textContent: name }), make("td", { textContent: value })));
  return make("table", {}, make("caption", { textContent: "This adapter" }), make("tbody", {}, ...body));
}

function short(value: number): string {
  return value >= 1000 ? value.toFixed(0) : value.toPrecision(3);
}
