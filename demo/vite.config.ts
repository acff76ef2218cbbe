import { createHash } from "node:crypto";
import { readdirSync, readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { defineConfig, type Plugin } from "vite";

const root = fileURLToPath(new URL(".", import.meta.url));

/** Nothing but the page's own files may be asked for. */
const policy = [
  "default-src 'self'",
  "img-src 'self' data: blob:",
  "style-src 'self' 'unsafe-inline'",
  "worker-src 'self'",
  "object-src 'none'",
  "base-uri 'self'",
  "form-action 'none'",
].join("; ");

/** The built page says itself that it asks no other host, and keeps all of its files for when there is no network. */
function selfContained(): Plugin {
  return {
    name: "self-contained",
    apply: "build",
    transformIndexHtml: () => [{ tag: "meta", attrs: { "http-equiv": "Content-Security-Policy", content: policy }, injectTo: "head-prepend" }],
    generateBundle(_, bundle) {
      const names = readdirSync(`${root}public`, { recursive: true, withFileTypes: true }).filter((entry) => entry.isFile());
      const kept = names.map((entry) => `${entry.parentPath}/${entry.name}`.slice(`${root}public/`.length));
      const hash = createHash("sha256");
      for (const name of kept) hash.update(readFileSync(`${root}public/${name}`));
      for (const [name, file] of Object.entries(bundle)) hash.update(name).update("code" in file ? file.code : file.source);
      const files = ["./", ...Object.keys(bundle), ...kept].filter((name) => name !== "index.html");
      const source = readFileSync(`${root}page/sw.js`, "utf8")
        .replace('"VERSION"', JSON.stringify(hash.digest("hex").slice(0, 16)))
        .replace('["FILES"]', JSON.stringify(files));
      this.emitFile({ type: "asset", fileName: "sw.js", source });
    },
  };
}

export default defineConfig({
  root,
  base: "./",
  build: { outDir: "dist", emptyOutDir: true, target: "es2022", modulePreload: { polyfill: false }, reportCompressedSize: true },
  worker: { format: "es" },
  plugins: [selfContained()],
});
