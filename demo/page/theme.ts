import { byId } from "./dom";

const KEY = "flossing-colours";

/** Sets the page's colours: as the system has them, or as was chosen. `changed` is called when figures must be drawn anew. */
export function startTheme(changed: () => void): void {
  const select = byId("theme") as HTMLSelectElement;
  const system = matchMedia("(prefers-color-scheme: dark)");
  select.value = read() ?? "auto";
  const apply = () => {
    document.documentElement.dataset.theme = select.value === "auto" ? (system.matches ? "dark" : "light") : select.value;
    changed();
  };
  select.addEventListener("change", () => {
    write(select.value);
    apply();
  });
  system.addEventListener("change", apply);
  apply();
}

/** Storage may be forbidden. */
function read(): string | null {
  try {
    return localStorage.getItem(KEY);
  } catch {
    return null;
  }
}

function write(value: string): void {
  try {
    localStorage.setItem(KEY, value);
  } catch {
    // Then it is only for this visit.
  }
}
