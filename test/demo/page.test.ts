import { readFileSync } from "node:fs";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import { AxeBuilder } from "@axe-core/playwright";
import type { Browser, Page } from "playwright";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { fromJson } from "../../demo/run/file";
import type { Settings } from "../../demo/settings/fields";
import { readModelFile } from "../../src/files/model_file";
import { readSafetensors } from "../../src/files/safetensors";
import { buildSite, hasBrowser, type Opened, openBrowser, openPage, reached, type Site } from "./page";

// The built page in Chromium on SwiftShader, as visitors use it. Sizes are small: it has two cores.

const small: Partial<Settings> = { mode: "floss", hidden: 32, k: 16, steps: 40, epochs: 100, every: 50, lr: 0.01 };

let site: Site;
let browser: Browser;

async function download(page: Page, name: string): Promise<Buffer> {
  const [file] = await Promise.all([page.waitForEvent("download"), page.getByRole("button", { name, exact: true }).click()]);
  return readFileSync(await file.path());
}

const meanSquare = (values: readonly number[]) => values.reduce((sum, value) => sum + value * value, 0) / values.length;

describe.skipIf(!hasBrowser)("the demo's page", () => {
  let opened: Opened;

  beforeAll(async () => {
    site = await buildSite();
    browser = await openBrowser("swiftshader");
    opened = await openPage(browser, site.url);
  });

  afterAll(async () => {
    await browser?.close();
    await site?.close();
  });

  it("script and style of the first view are below 250 kB, compressed", () => {
    const html = readFileSync(join(site.folder, "index.html"), "utf8");
    const asked = [...new Set(opened.requests.map((url) => new URL(url).pathname.split("/").at(-1) ?? ""))].filter((name) =>
      /\.(js|css)$/.test(name),
    );
    expect(asked.length).toBeGreaterThanOrEqual(3);
    expect(html).toContain(asked.find((name) => name.endsWith(".css")));
    const bytes = asked.map((name) => gzipSync(readFileSync(join(site.folder, name === "sw.js" ? name : `assets/${name}`))).length);
    const sum = bytes.reduce((a, b) => a + b, 0);
    console.log(`first view: ${(sum / 1000).toFixed(1)} kB of script and style, compressed (${asked.join(", ")})`);
    expect(sum).toBeLessThan(250_000);
  });

  it("flosses sixteen exponents of 32 units: their mean square falls below 1 % of the start", async () => {
    const { page } = opened;
    await page.evaluate((config) => window.flossing.start(config), small);
    const { adapter } = await reached(page, ({ phase }) => phase === "done");
    expect(adapter).toMatch(/swiftshader/i);
    const { flossing, snapshots } = await page.evaluate(() => window.flossing.export());
    expect(flossing.at).toEqual(Array.from({ length: 101 }, (_, i) => i));
    expect(flossing.exponents.every((row) => row.length === 16)).toBe(true);
    expect(meanSquare(flossing.exponents[100])).toBeLessThan(0.01 * meanSquare(flossing.exponents[0]));
    expect(snapshots.map(({ at }) => at)).toEqual([0, 50, 100]);
    const [before, after] = [snapshots[0].networks[0], snapshots[2].networks[0]];
    expect(before.decay[95]).toBeLessThan(-8);
    expect(Math.abs(after.decay[95])).toBeLessThan(2);
  });

  it("exports and imports: JSON, CSV, PNG and safetensors", async () => {
    const { page } = opened;
    const run = await page.evaluate(() => window.flossing.export());
    const json = await download(page, "JSON");
    const { data } = fromJson(json.toString(), "flossing.json");
    expect(data.flossing[100].loss).toBeCloseTo(run.flossing.loss[100], 8);
    expect((await download(page, "CSV")).toString().trimEnd().split("\n")).toHaveLength(102);
    const png = await download(page, "PNG");
    expect(png.subarray(1, 4).toString()).toBe("PNG");
    expect(png.readUInt32BE(16)).toBeGreaterThan(900);
    const svg = (await download(page, "SVG for print")).toString();
    expect(svg).toMatch(/^<\?xml[\s\S]*λᵢ[\s\S]*<\/svg>\n$/);
    expect(svg).not.toMatch(/NaN|undefined/);
    const weights = await download(page, "Weights");
    const { model } = readModelFile(readSafetensors(weights, "weights"), "weights");
    expect(model).toMatchObject({ cell: "rnn", hidden: 32, inputs: 1 });

    await page.locator("#preset").selectOption("figure-2");
    await page.waitForFunction(() => window.flossing.settings.hidden === 32 && window.flossing.settings.epochs === 120);
    await page.locator("#open").setInputFiles({ name: "run.json", mimeType: "application/json", buffer: json });
    await page.waitForFunction(() => window.flossing.settings.epochs === 100);
    const again = await page.evaluate(() => window.flossing.export());
    expect(again.settings).toEqual(run.settings);
    expect(again.flossing.at).toEqual(run.flossing.at);
    expect(again.snapshots).toHaveLength(3);

    await page.locator("#open").setInputFiles({ name: "mine.safetensors", mimeType: "application/octet-stream", buffer: weights });
    await page.getByText("mine.safetensors: rnn, 32 units, 1 inputs.").waitFor();
    await page.evaluate(() => window.flossing.start({ epochs: 20 }));
    await reached(page, ({ phase }) => phase === "done");
    const own = await page.evaluate(() => window.flossing.export());
    // It goes on where the flossed network stood: no longer far from the target.
    expect(own.flossing.loss[0]).toBeLessThan(0.1 * run.flossing.loss[0]);
    await page.locator("#open").setInputFiles({ name: "broken.safetensors", mimeType: "application/octet-stream", buffer: weights.subarray(0, 99) });
    await page.getByText(/broken.safetensors is not a valid safetensors file/).waitFor();
    await page.getByRole("button", { name: "Close it" }).click();
  });

  it("pauses, steps, and stops while nobody sees the page", async () => {
    const { page } = opened;
    const epoch = () => page.evaluate(() => window.flossing.state.epoch);
    await page.evaluate((config) => window.flossing.start({ ...config, epochs: 2000, every: 1000 }), small);
    await reached(page, (state) => state.epoch > 3);
    const hide = (hidden: boolean) =>
      page.evaluate((value) => {
        Object.defineProperty(document, "hidden", { value, configurable: true });
        document.dispatchEvent(new Event("visibilitychange"));
      }, hidden);
    await hide(true);
    await reached(page, ({ phase }) => phase === "paused");
    await page.waitForTimeout(300);
    const held = await epoch();
    await page.waitForTimeout(500);
    expect(await epoch()).toBe(held);
    await hide(false);
    await reached(page, (state) => state.phase === "running" && state.epoch > held);
    const sandbox = page.locator(".stage > .transport");
    // Whoever begins elsewhere makes the sandbox pause.
    await page.evaluate(() => window.flossing.start({}));
    await reached(page, (state) => state.epoch > 3);
    await page.locator("#flossing .transport").getByRole("button", { name: "Play" }).click();
    await reached(page, ({ phase }) => phase === "paused");
    await page.locator("#flossing .transport").getByRole("button", { name: "Reset" }).click();
    await page.evaluate(() => window.flossing.start({}));
    await reached(page, (state) => state.epoch > 3);
    await sandbox.getByRole("button", { name: "Pause" }).click();
    await page.waitForTimeout(300);
    const before = await epoch();
    await sandbox.getByRole("button", { name: "Step" }).focus();
    await page.keyboard.press("Enter");
    await reached(page, (state) => state.epoch === before + 1, 20_000);
  });

  it("flosses an LSTM", async () => {
    const { page } = opened;
    await page.evaluate((config) => window.flossing.start({ ...config, cell: "lstm", hidden: 6, k: 3, steps: 30, epochs: 30, every: 30 }), small);
    await reached(page, ({ phase }) => phase === "done");
    const { flossing, snapshots } = await page.evaluate(() => window.flossing.export());
    expect(flossing.loss[30]).toBeLessThan(0.3 * flossing.loss[0]);
    expect(snapshots.map(({ networks: [{ spectrum }] }) => spectrum.length)).toEqual([12, 12]);
    await page.evaluate(() => window.flossing.start({ cell: "rnn" }));
  });

  it("trains twins: both learn, and the flossing of one is shown", async () => {
    const { page } = opened;
    const config: Partial<Settings> = {
      ...{ ...small, mode: "twins", task: "copy", delay: 2, length: 16, batch: 8, warmup: 4 },
      ...{ epochs: 20, trainEpochs: 60, trainLr: 0.01, every: 60 },
    };
    await page.evaluate((given) => window.flossing.start(given), config);
    await reached(page, ({ phase }) => phase === "done");
    const { flossing, training, snapshots } = await page.evaluate(() => window.flossing.export());
    expect(flossing.loss).toHaveLength(20);
    expect(flossing.loss[19]).toBeLessThan(flossing.loss[0]);
    expect(training.epoch).toEqual(Array.from({ length: 60 }, (_, i) => i + 1));
    for (const twin of [0, 1]) {
      expect(training.loss[59][twin]).toBeLessThan(0.7 * training.loss[0][twin]);
      expect(training.accuracy[59][twin]).toBeGreaterThan(0.8);
    }
    expect(training.loss[0][0]).not.toBe(training.loss[0][1]);
    expect(snapshots.map(({ networks }) => networks.length)).toEqual([2, 2]);
    await page.locator(".stage .figure-accuracy").scrollIntoViewIfNeeded();
    await page
      .locator(".stage .figure-accuracy")
      .getByText(/Epoch 60: \d+ % right without flossing, \d+ % right with it/)
      .waitFor();
  });

  it("a lost device is told, and one click goes on from the last checkpoint", async () => {
    const { page } = opened;
    await page.evaluate((config) => window.flossing.start({ ...config, epochs: 60, every: 20 }), small);
    await reached(page, (state) => state.epoch >= 25);
    await page.evaluate(() => window.flossing.loseDevice());
    const { error } = await reached(page, ({ phase }) => phase === "lost");
    expect(error).toBeTruthy();
    await page.getByRole("button", { name: "Rebuild and go on" }).click();
    expect((await reached(page, ({ phase }) => phase === "done")).error).toBeUndefined();
    const { flossing } = await page.evaluate(() => window.flossing.export());
    expect(flossing.at).toEqual(Array.from({ length: 61 }, (_, i) => i));
    // Bitwise the run that nothing happened to: the library's promise for one adapter.
    await page.evaluate(() => window.flossing.start({}));
    await reached(page, ({ phase }) => phase === "done");
    expect((await page.evaluate(() => window.flossing.export())).flossing).toEqual(flossing);
  });

  it("asked no other host for anything, and nothing went wrong", () => {
    const hosts = new Set(opened.requests.filter((url) => !/^(blob|data):/.test(url)).map((url) => new URL(url).origin));
    expect([...hosts]).toEqual([new URL(site.url).origin]);
    expect(opened.problems).toEqual([]);
  });

  it("an address restores the settings, and the page opens without a network", async () => {
    const query = "?mode=twins&n=24&k=9&t=30&task=xor&d=6&seed-network=42&train=77";
    const { page, context, problems } = await openPage(browser, site.url + query);
    const wanted = { mode: "twins", hidden: 24, k: 9, steps: 30, task: "xor", delay: 6, seedNetwork: 42, trainEpochs: 77 };
    expect(await page.evaluate(() => window.flossing.settings)).toMatchObject(wanted);
    expect(await page.getByLabel("Delay d", { exact: true }).inputValue()).toBe("6");
    await page.getByLabel("Gain g", { exact: true }).fill("0.7");
    await page.getByLabel("Gain g", { exact: true }).press("Enter");
    await page.waitForFunction(() => location.search.includes("g=0.7"));
    await page.evaluate(() => navigator.serviceWorker.ready.then(() => true));
    await context.setOffline(true);
    await page.reload();
    await page.waitForFunction(() => document.documentElement.dataset.adapter !== undefined);
    expect(await page.evaluate(() => window.flossing.settings)).toMatchObject({ ...wanted, gain: 0.7 });
    await page.locator("#flossing .figure-decay").scrollIntoViewIfNeeded();
    await page
      .locator("#flossing .figure-decay")
      .getByText(/at the start: after 95 steps back, about 10⁻/)
      .waitFor();
    expect(problems).toEqual([]);
    await context.close();
  });

  it("reports what the adapter is and can do, as a table and as JSON", async () => {
    const { page } = opened;
    await page.getByRole("button", { name: "Measure this adapter" }).click();
    await page.getByRole("table", { name: "This adapter" }).waitFor({ timeout: 60_000 });
    const report = JSON.parse((await download(page, "Save the report")).toString());
    expect(report).toMatchObject({ rates: { length: 2 }, software: true, profile: "gpu", adapter: expect.stringMatching(/swiftshader/i) });
    for (const { gflops } of [...report.rates, { gflops: report.ceiling_gflops }]) expect(gflops).toBeGreaterThan(0);
    expect((await new AxeBuilder({ page }).include("#report-root").analyze()).violations).toEqual([]);
  });

  it.each([
    ["light", 1280],
    ["dark", 390],
  ] as const)("axe finds nothing to object to: %s, %i pixels wide", async (colorScheme, width) => {
    const { page, context } = await openPage(browser, site.url, { colorScheme, viewport: { width, height: 900 } });
    await page.locator(".figure details summary").first().click();
    const { violations } = await new AxeBuilder({ page }).analyze();
    expect(
      violations.map(
        ({ id, nodes }) =>
          `${id}: ${nodes
            .map(({ html }) => html)
            .join(" ")
            .slice(0, 300)}`,
      ),
    ).toEqual([]);
    await context.close();
  });

  it.each([300, 390, 1280, 3840])("at %i pixels nothing is wider than the page", async (width) => {
    const { page } = opened;
    await page.setViewportSize({ width, height: 900 });
    await page.waitForTimeout(200);
    expect(await page.evaluate(() => document.documentElement.scrollWidth)).toBeLessThanOrEqual(width);
  });

  it("without an adapter it says so and what to do, and plays its recordings in every figure", async () => {
    const bare = await openBrowser("none");
    const { page, problems } = await openPage(bare, site.url, { viewport: { width: 1280, height: 1000 } });
    await page.getByText("This browser gives the page no GPU").waitFor();
    await page.getByText("What to do in this browser").click();
    await page.getByText("--enable-unsafe-webgpu").first().waitFor();
    await page.waitForFunction(() => window.flossing.export().snapshots.length > 1);

    for (const place of await page.locator("main .figures, main .stage").all()) {
      await place.scrollIntoViewIfNeeded();
      await place
        .getByRole("slider", { name: /^Moment/ })
        .first()
        .fill("0");
      const pictures = () => place.locator("canvas").evaluateAll((all) => all.map((canvas) => (canvas as HTMLCanvasElement).toDataURL().length));
      const words = () => place.locator(".where").first().innerText();
      const before = await words();
      await page.waitForTimeout(150);
      const drawn = await pictures();
      expect(drawn.length).toBeGreaterThan(0);
      await place.getByRole("button", { name: "Play" }).click();
      await expect.poll(words, { timeout: 10_000 }).not.toBe(before);
      await place.getByRole("button", { name: "Pause" }).click();
    }
    const { phase, adapter } = await page.evaluate(() => ({ ...window.flossing.state }));
    expect(phase).toBe("paused");
    expect(adapter).toBeUndefined();
    // Every preset has its recording, and the form that cannot be used is locked.
    for (const preset of await page.locator("#preset option:not([disabled])").all()) {
      await page.locator("#preset").selectOption((await preset.getAttribute("value")) ?? "");
      await page.waitForFunction(
        (label) => document.querySelector(".stage .source")?.textContent?.startsWith("recorded") && label,
        await preset.innerText(),
      );
    }
    expect(await page.locator("#setting-hidden").isDisabled()).toBe(true);
    expect(problems).toEqual([]);
    await bare.close();
  });
});
