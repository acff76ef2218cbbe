import { type Chart, ChartView } from "./chart";
import type { FigureKind } from "./list";
import { type Palette, palettes } from "./palette";
import { RasterView } from "./raster";
import type { View } from "./view";

/** Rows of a table of values at most. */
const MOST_LINES = 60;

let count = 0;

/** The palette of the page as it is now. */
export function currentPalette(): Palette {
  return palettes[document.documentElement.dataset.theme === "dark" ? "dark" : "light"];
}

/** A figure on the page: title, key, picture, a sentence for those who do not see it, and its values as a table. */
export class Figure {
  readonly element: HTMLElement;
  readonly kind: FigureKind;
  readonly #title = make("span", "figure-title");
  readonly #key = make("ul", "key");
  readonly #plot = make("div", "plot");
  readonly #reading = make("p", "reading");
  readonly #words = make("p", "words");
  readonly #table = make("div", "table");
  readonly #details = document.createElement("details");
  readonly #chart: ChartView | undefined;
  readonly #raster: RasterView | undefined;
  #view: View | undefined;
  #visible = false;
  #stale = false;
  #keyText = "";

  constructor(kind: FigureKind) {
    this.kind = kind;
    this.element = document.createElement("figure");
    this.element.className = `figure figure-${kind.id}`;
    this.element.dataset.kind = kind.id;
    const id = `figure-${kind.id}-${++count}`;
    this.#title.id = id;
    this.element.setAttribute("aria-labelledby", id);
    this.#plot.setAttribute("role", "img");
    this.#plot.setAttribute("aria-label", "not drawn yet");
    this.#reading.setAttribute("aria-hidden", "true");
    if (kind.chart) this.#chart = new ChartView(this.#plot, (text) => this.#read(text));
    else this.#raster = new RasterView(this.#plot);
    const caption = document.createElement("figcaption");
    caption.append(this.#title, this.#key);
    this.element.append(caption, this.#plot, this.#reading, this.#words, ...(kind.chart ? [this.#makeTable()] : []));
    new IntersectionObserver(([entry]) => {
      this.#visible = entry.isIntersecting;
      if (this.#visible && this.#stale) this.#draw();
    }).observe(this.element);
  }

  #makeTable(): HTMLElement {
    const summary = document.createElement("summary");
    summary.textContent = "Values";
    this.#details.append(summary, this.#table);
    this.#details.addEventListener("toggle", () => this.#fill());
    return this.#details;
  }

  /** Shows a moment; drawn only where somebody can see it. */
  show(view: View): void {
    const first = this.#view?.now === undefined;
    this.#view = view;
    this.#stale = true;
    if (this.#visible) this.#draw();
    // Words at once, so that nothing below moves when the picture comes.
    else if (first || this.element.classList.contains("empty")) this.#write(view);
  }

  /** The picture as it is, drawn now. */
  picture(): { readonly canvas: HTMLCanvasElement | undefined; readonly title: string; readonly key: readonly { text: string; colour: string }[] } {
    this.#draw();
    const key = [...this.#key.children].map((item) => ({
      text: item.textContent ?? "",
      colour: (item as HTMLElement).style.getPropertyValue("--mark"),
    }));
    return { canvas: this.#chart?.canvas ?? this.#raster?.canvas, title: this.#title.textContent ?? "", key };
  }

  #draw(): void {
    const view = this.#view;
    if (!view) return;
    this.#stale = false;
    const palette = currentPalette();
    const chart = this.#write(view);
    if (chart) this.#chart?.draw(chart, palette);
    this.#raster?.draw(view.now?.raster, palette);
    if (this.#details.open) this.#fill();
  }

  /** Title, key and the sentence. */
  #write(view: View): Chart | undefined {
    const title = this.kind.title(view);
    if (this.#title.textContent !== title) this.#title.textContent = title;
    const chart = this.kind.chart?.(view, currentPalette());
    this.#setKey(chart, String(Number((view.now?.raster.scale ?? 1).toPrecision(2))));
    const words = this.kind.words(view);
    this.#words.textContent = words;
    this.#plot.setAttribute("aria-label", `${title}. ${words}`);
    this.element.classList.toggle("empty", chart ? chart.x.length === 0 : view.now === undefined);
    return chart;
  }

  #setKey(chart: Chart | undefined, scale: string): void {
    const entries = chart
      ? chart.lines.filter(({ label }, i) => !/^λ/.test(label) || i === 0 || i === chart.lines.length - 2)
      : [
          { label: `−${scale}`, colour: currentPalette().reference, style: "dots" },
          { label: scale, colour: currentPalette().now, style: "dots" },
        ];
    const text = JSON.stringify(entries.map(({ label, colour, style }) => [label, colour, style]));
    if (text === this.#keyText) return;
    this.#keyText = text;
    this.#key.replaceChildren(
      ...entries.map(({ label, colour, style = "line" }) => {
        const item = document.createElement("li");
        item.textContent = label;
        item.className = style.replace(" ", "-");
        item.style.setProperty("--mark", colour);
        return item;
      }),
    );
  }

  #read(text: string): void {
    this.#reading.textContent = text;
  }

  /** The values as a table, thinned where they are many. */
  #fill(): void {
    const view = this.#view;
    if (!this.#details.open || !view || !this.kind.chart) return;
    const { x, xLabel, lines, powers } = this.kind.chart(view, currentPalette());
    const shown = lines.slice(0, 12);
    const every = Math.max(1, Math.ceil(x.length / MOST_LINES));
    const table = document.createElement("table");
    const head = table.createTHead().insertRow();
    for (const label of [xLabel, ...shown.map((line) => (powers ? `log10, ${line.label}` : line.label))]) {
      const cell = document.createElement("th");
      cell.scope = "col";
      cell.textContent = label;
      head.append(cell);
    }
    const body = table.createTBody();
    for (let i = 0; i < x.length; i += every) {
      const row = body.insertRow();
      for (const value of [x[i], ...shown.map(({ values }) => values[i])])
        row.insertCell().textContent = value == null ? "" : String(Number(value.toPrecision(4)));
    }
    this.#table.replaceChildren(table);
    this.#table.tabIndex = 0;
    this.#table.setAttribute("role", "region");
    this.#table.setAttribute("aria-label", `Values: ${this.#title.textContent}`);
  }
}

function make<Name extends keyof HTMLElementTagNameMap>(name: Name, className: string): HTMLElementTagNameMap[Name] {
  const element = document.createElement(name);
  element.className = className;
  return element;
}
