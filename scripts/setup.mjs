// Makes a bare machine ready: packages, a WebGPU adapter, the build. Node built-ins only; safe to run again.
//   node scripts/setup.mjs [--quiet] [--build-only] [--browser]
// --build-only (npm's `prepare`): only the build, and only where its tools are installed.
// --browser: Chromium too, for the tests in the browser; they are left out where it cannot be installed.
import { spawnSync } from "node:child_process";
import { cpSync, existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

const root = dirname(dirname(fileURLToPath(import.meta.url)));
const quiet = process.argv.includes("--quiet");
const buildOnly = process.argv.includes("--build-only");
const at = (...parts) => join(root, ...parts);
const say = (text) => process.stderr.write(`${text}\n`);
const note = (text) => quiet || say(text);

function fail(text) {
  say(text);
  process.exit(1);
}

/** Runs a command without a word; what it printed, where it fails. */
function run(command, args, options = {}) {
  const result = spawnSync(command, args, { cwd: root, encoding: "utf8", ...options });
  const output = `${result.stdout ?? ""}${result.stderr ?? ""}${result.error ? result.error.message : ""}`;
  return { ok: result.status === 0, output, tail: output.trim().split("\n").slice(-5).join("\n") };
}

const modified = (path) => (existsSync(path) ? statSync(path).mtimeMs : 0);

function installPackages() {
  if (modified(at("node_modules", ".package-lock.json")) >= modified(at("package-lock.json"))) return note("packages: installed");
  say("installing packages (npm ci) …");
  const { ok, tail } = run("npm", ["ci", "--no-audit", "--no-fund"]);
  if (!ok) fail(`npm ci failed:\n${tail}`);
}

/** The adapter's name, or undefined. In a child process: a driver that crashes takes only that along. */
function findAdapter() {
  const code = `import { create, globals } from "webgpu"; Object.assign(globalThis, globals); globalThis.gpu = create([]);
    const adapter = await gpu.requestAdapter(); if (adapter) console.log("adapter: " + adapter.info.description); process.exit(adapter ? 0 : 1);`;
  const env = { ...process.env, XDG_RUNTIME_DIR: process.env.XDG_RUNTIME_DIR ?? tmpdir() };
  const { ok, output } = run(process.execPath, ["--input-type=module", "-e", code], { env });
  return ok ? /adapter: (.*)/.exec(output)?.[1] : undefined;
}

function readRelease() {
  if (!existsSync("/etc/os-release")) return {};
  const lines = readFileSync("/etc/os-release", "utf8").split("\n");
  return Object.fromEntries(lines.filter((line) => line.includes("=")).map((line) => [line.split("=")[0], line.split("=")[1].replaceAll('"', "")]));
}

const PACKAGES = ["libvulkan1", "mesa-vulkan-drivers"];

/** How apt is run here, or undefined where it cannot be without asking. */
function aptCommand() {
  if (!existsSync("/usr/bin/apt-get")) return undefined;
  if (process.getuid?.() === 0) return ["apt-get"];
  return run("sudo", ["-n", "true"]).ok ? ["sudo", "-n", "apt-get"] : undefined;
}

function apt(command, options, args) {
  const env = { ...process.env, DEBIAN_FRONTEND: "noninteractive" };
  return run(command[0], [...command.slice(1), "-qq", "-o", "APT::Sandbox::User=root", ...options, ...args], { env });
}

/** Debian 12's own Mesa is too old for Dawn: its backports have a newer one. The machine's own sources stay untouched. */
function backportsOptions(folder) {
  const parts = join(folder, "parts");
  mkdirSync(parts);
  mkdirSync(join(folder, "lists", "partial"), { recursive: true });
  if (existsSync("/etc/apt/sources.list")) cpSync("/etc/apt/sources.list", join(parts, "own.list"));
  for (const name of existsSync("/etc/apt/sources.list.d") ? readdirSync("/etc/apt/sources.list.d") : [])
    if (/\.(list|sources)$/.test(name)) cpSync(join("/etc/apt/sources.list.d", name), join(parts, name));
  const own = readdirSync(parts).map((name) => readFileSync(join(parts, name), "utf8"));
  const mirror = /(?:^URIs:\s*|^deb\s+(?:\[[^\]]*\]\s+)?)(\S+\/debian)\/?\s/m.exec(own.join("\n"))?.[1] ?? "http://deb.debian.org/debian";
  const keyring = "/usr/share/keyrings/debian-archive-keyring.gpg";
  const signed = existsSync(keyring) ? `[signed-by=${keyring}] ` : "";
  writeFileSync(join(parts, "gradient-flossing-backports.list"), `deb ${signed}${mirror} bookworm-backports main\n`);
  return ["-o", "Dir::Etc::SourceList=/dev/null", "-o", `Dir::Etc::SourceParts=${parts}`, "-o", `Dir::State::Lists=${join(folder, "lists")}`];
}

function installAdapter() {
  const release = readRelease();
  const old = release.VERSION_CODENAME === "bookworm";
  const command = aptCommand();
  const by = old ? "-t bookworm-backports " : "";
  const hint = `install a software adapter yourself: apt-get install --no-install-recommends ${by}${PACKAGES.join(" ")}`;
  if (!command)
    return fail(
      `no WebGPU adapter found, and apt cannot be run here without asking; ${hint}${old ? " (with bookworm-backports among apt's sources)" : ""}`,
    );
  say("no WebGPU adapter found: installing Mesa's software adapter (apt) …");
  const folder = mkdtempSync(join(tmpdir(), "gradient-flossing-apt-"));
  try {
    const options = old ? backportsOptions(folder) : [];
    apt(command, options, ["update"]);
    const target = old ? ["-t", "bookworm-backports"] : [];
    const { ok, tail } = apt(command, options, ["install", "-y", "--no-install-recommends", ...target, ...PACKAGES]);
    if (!ok) fail(`apt-get failed:\n${tail}\n${hint}`);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

function ensureBrowser() {
  const path = process.env.CHROMIUM ?? "/usr/bin/chromium";
  if (existsSync(path)) return note(`browser: ${path}`);
  const command = aptCommand();
  if (!command) return say(`no ${path} and no apt: the tests in the browser will be left out; CHROMIUM names another`);
  say("no Chromium found: installing it for the tests in the browser (apt) …");
  apt(command, [], ["update"]);
  const { ok, tail } = apt(command, [], ["install", "-y", "--no-install-recommends", "chromium"]);
  if (!ok) say(`apt-get could not install chromium, the tests in the browser will be left out:\n${tail}`);
}

function ensureAdapter() {
  let name = findAdapter();
  if (name === undefined) {
    installAdapter();
    name = findAdapter();
  }
  if (name === undefined) fail("a software adapter was installed, but Dawn still finds none: see the README, section 'Adapters'");
  note(`adapter: ${name}`);
}

function newest(path) {
  if (!existsSync(path)) return 0;
  if (!statSync(path).isDirectory()) return modified(path);
  return Math.max(0, ...readdirSync(path).map((name) => newest(join(path, name))));
}

function build() {
  const sources = ["src", "shaders", "test/cases", "package.json", "vite.config.ts", "tsconfig.build.json"].map((name) => newest(at(name)));
  if (modified(at("dist", "index.d.ts")) >= Math.max(...sources)) return note("build: current");
  const tool = (name, file) => at("node_modules", name, ...file);
  const vite = tool("vite", ["bin", "vite.js"]);
  const tsc = tool("typescript", ["bin", "tsc"]);
  if (!existsSync(vite) || !existsSync(tsc)) return note("build: skipped, its tools are not installed");
  if (!buildOnly) say("building …");
  for (const args of [[vite, "build", "--logLevel", "error"], [at("scripts", "types.mjs")]]) {
    const { ok, tail } = run(process.execPath, args);
    if (!ok) fail(`the build failed:\n${tail}`);
  }
}

if (!buildOnly) {
  installPackages();
  ensureAdapter();
  if (process.argv.includes("--browser")) ensureBrowser();
}
build();
