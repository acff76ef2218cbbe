// Makes the runs that the demo plays where there is no adapter: node scripts/record_demo.mjs [NAME…]
import { mkdirSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { createServer } from "vite";

const root = dirname(dirname(fileURLToPath(import.meta.url)));
const folder = join(root, "demo", "public", "recorded");
const server = await createServer({
  root,
  configFile: false,
  appType: "custom",
  server: { middlewareMode: true, ws: false, watch: null },
  logLevel: "error",
});
const module = await server.ssrLoadModule("/demo/run/record.ts");
mkdirSync(folder, { recursive: true });
for (const name of process.argv.length > 2 ? process.argv.slice(2) : module.recordings) {
  const start = performance.now();
  const text = await module.record(name, (line) => process.stderr.write(`\r${line}          `));
  writeFileSync(join(folder, `${name}.json`), text);
  process.stderr.write(`\r${name}: ${(text.length / 1000).toFixed(1)} kB in ${((performance.now() - start) / 1000).toFixed(1)} s\n`);
}
process.exit(0);
