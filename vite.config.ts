import { existsSync } from "node:fs";
import { playwright } from "@vitest/browser-playwright";
import { defineConfig } from "vitest/config";
import { nodeSpectra } from "./test/browser/node_spectra.ts";

/** What is not bundled: native packages, loaded when needed. */
const external = ["webgpu", "@resvg/resvg-js", "gmp-wasm"];

/** Debian's; `npm run setup -- --browser` installs it. */
const executablePath = process.env.CHROMIUM ?? "/usr/bin/chromium";
const browser = existsSync(executablePath);
if (process.env.VITEST && !browser) console.warn(`note: no ${executablePath}, the tests in the browser are left out; set CHROMIUM to yours`);

const inNode = {
  name: "node",
  include: ["test/**/*.test.ts"],
  testTimeout: 120_000,
  hookTimeout: 120_000,
  fileParallelism: false,
  // What someone has tuned here is not what is tested.
  env: { FLOSS_TUNED: "off" },
};

const inBrowser = {
  name: "browser",
  include: ["test/browser/*.browser.ts"],
  testTimeout: 240_000,
  browser: {
    enabled: true,
    headless: true,
    screenshotFailures: false,
    provider: playwright({
      launchOptions: { executablePath, args: ["--enable-unsafe-webgpu", "--use-webgpu-adapter=swiftshader", "--no-sandbox"] },
    }),
    instances: [{ browser: "chromium" as const }],
    commands: { nodeSpectra },
  },
};

export default defineConfig({
  build: {
    ssr: true,
    target: "node20",
    minify: false,
    rolldownOptions: {
      input: {
        index: "src/index.ts",
        node: "src/node.ts",
        reference: "src/reference/index.ts",
        verify: "src/verify/index.ts",
        cli: "src/cli/bin.ts",
      },
      output: { entryFileNames: "[name].js", chunkFileNames: "chunks/[name].js" },
    },
  },
  ssr: { noExternal: true, external },
  test: { projects: [{ extends: true, test: inNode }, ...(browser ? [{ extends: true as const, test: inBrowser }] : [])] },
});
