// Writes the type declarations into dist, with file extensions in their imports: TypeScript leaves them out where the sources
// do, and consumers with moduleResolution "nodenext" do not find such files.
import { spawnSync } from "node:child_process";
import { existsSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

const root = dirname(dirname(fileURLToPath(import.meta.url)));
const dist = join(root, "dist");
const tsc = join(root, "node_modules", "typescript", "bin", "tsc");
const { status } = spawnSync(process.execPath, [tsc, "-p", "tsconfig.build.json"], { cwd: root, stdio: "inherit" });
if (status !== 0) process.exit(status ?? 1);

for (const name of readdirSync(dist, { recursive: true }).map(String)) {
  if (!name.endsWith(".d.ts")) continue;
  const path = join(dist, name);
  const withExtension = (_, before, target) => {
    const whole = join(dirname(path), target);
    return `${before}"${target}${existsSync(`${whole}.d.ts`) ? ".js" : "/index.js"}"`;
  };
  writeFileSync(path, readFileSync(path, "utf8").replace(/(from |import\()"(\.[^"]*)(?<!\.js)"/g, withExtension));
}
