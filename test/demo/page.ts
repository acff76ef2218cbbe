import { execFileSync } from "node:child_process";
import { existsSync, mkdtempSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type Browser, type BrowserContext, type BrowserContextOptions, chromium, type Page } from "playwright";
import { type PreviewServer, preview } from "vite";
import type { Flossing } from "../../demo/page/api";

/** Debian's, as in vite.config.ts. */
export const executablePath = process.env.CHROMIUM ?? "/usr/bin/chromium";
export const hasBrowser = existsSync(executablePath);

/** The page's own folder, served below a path of its own. */
export interface Site {
  readonly url: string;
  readonly folder: string;
  close(): Promise<void>;
}

/** Builds the demo and serves it from a subfolder: it must work from any path. */
export async function buildSite(): Promise<Site> {
  const parent = mkdtempSync(join(tmpdir(), "flossing-demo-"));
  const folder = join(parent, "some", "path");
  // A process of its own: in this one NODE_ENV is 'test', and the page would be built for that.
  const { NODE_ENV: _, ...env } = process.env;
  execFileSync("npm", ["run", "demo:build", "--", "--outDir", folder, "--emptyOutDir", "--logLevel", "error"], { env, stdio: "pipe" });
  const server: PreviewServer = await preview({
    ...{ configFile: false, root: parent, logLevel: "error", appType: "mpa" },
    build: { outDir: parent },
    preview: { port: 0, host: "127.0.0.1" },
  });
  const [origin] = server.resolvedUrls?.local ?? [];
  return { url: `${origin}some/path/`, folder, close: () => server.close() };
}

/** Chromium on a software adapter, or without any. */
export function openBrowser(adapter: "swiftshader" | "none"): Promise<Browser> {
  const flags = adapter === "none" ? [] : ["--enable-unsafe-webgpu", "--use-webgpu-adapter=swiftshader"];
  return chromium.launch({ executablePath, args: [...flags, "--no-sandbox"] });
}

/** A page with all that went wrong and all that was asked for. */
export interface Opened {
  readonly page: Page;
  readonly context: BrowserContext;
  readonly requests: string[];
  readonly problems: string[];
}

export async function openPage(browser: Browser, url: string, options: BrowserContextOptions = {}): Promise<Opened> {
  // Without smooth scrolling: a click must not miss what is still moving.
  const context = await browser.newContext({ viewport: { width: 1280, height: 900 }, acceptDownloads: true, reducedMotion: "reduce", ...options });
  const page = await context.newPage();
  const requests: string[] = [];
  const problems: string[] = [];
  context.on("request", (request) => requests.push(request.url()));
  page.on("pageerror", (error) => problems.push(error.message));
  page.on("console", (message) => message.type() === "error" && problems.push(message.text()));
  await page.goto(url);
  await page.waitForFunction(() => document.documentElement.dataset.adapter !== undefined, undefined, { timeout: 60_000 });
  return { page, context, requests, problems };
}

/** Waits until the sandbox's run has come so far. */
export async function reached(page: Page, wanted: (state: Flossing["state"]) => boolean, timeout = 100_000): Promise<Flossing["state"]> {
  const end = performance.now() + timeout;
  for (;;) {
    const state = await page.evaluate(() => ({ ...window.flossing.state }));
    if (wanted(state)) return state;
    if (state.phase === "error" || performance.now() > end) throw new Error(`the run is ${JSON.stringify(state)}`);
    await page.waitForTimeout(50);
  }
}
