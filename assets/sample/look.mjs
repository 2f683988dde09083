// Takes pictures of the sample pages and checks them with axe: `node assets/sample/look.mjs OUT_DIR [page …]`.
import { mkdirSync, readFileSync, readdirSync } from "node:fs";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { chromium } from "playwright-core";
import { serve } from "./serve.mjs";

const here = dirname(fileURLToPath(import.meta.url));
const [out = "/tmp/ocop-look", ...only] = process.argv.slice(2);
mkdirSync(out, { recursive: true });
const axe = readFileSync(createRequire(import.meta.url).resolve("axe-core/axe.min.js"), "utf8");
const pages = only.length ? only : readdirSync(here).filter((f) => f.endsWith(".html") && !f.endsWith(".part.html")).map((f) => f.slice(0, -5));
const server = await serve(8091);
const browser = await chromium.launch({ executablePath: process.env.CHROMIUM ?? "/usr/bin/chromium", args: ["--no-sandbox", "--disable-background-networking", "--use-gl=angle", "--use-angle=swiftshader", "--enable-unsafe-swiftshader"] });
let bad = 0;
for (const scheme of ["light", "dark"]) for (const width of [390, 1280]) {
  const context = await browser.newContext({ viewport: { width, height: width === 390 ? 844 : 900 }, colorScheme: scheme, locale: "vi-VN", reducedMotion: "reduce" });
  for (const name of pages) {
    const page = await context.newPage();
    page.on("console", (m) => { if (["error", "warning"].includes(m.type()) && !/GPU stall|GL Driver/.test(m.text())) console.log(`${name} ${width} ${scheme}: ${m.text()}`); });
    page.on("pageerror", (e) => { bad++; console.log(`${name} ${width} ${scheme}: ${e}`); });
    await page.goto(`http://127.0.0.1:8091/${name}.html`);
    await page.waitForTimeout(300);
    if (await page.locator(".map").count()) await page.locator(".map").first().scrollIntoViewIfNeeded(), await page.locator(".map[data-ready]").first().waitFor({ timeout: 15000, state: "attached" }).catch(() => console.log(`${name} ${width} ${scheme}: map not ready`));
    await page.evaluate(() => scrollTo(0, 0));
    const overflow = await page.evaluate(() => document.documentElement.scrollWidth - innerWidth);
    if (overflow > 0) { bad++; console.log(`${name} ${width} ${scheme}: ${overflow} px too wide`); }
    await page.waitForTimeout(500);
    await page.screenshot({ path: join(out, `${name}-${width}-${scheme}.png`), fullPage: true });
    await page.evaluate(axe);
    const { violations } = await page.evaluate(() => axe.run({ runOnly: ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"] }));
    for (const v of violations) { bad++; console.log(`${name} ${width} ${scheme}: ${v.id}: ${v.help}\n   ${v.nodes.slice(0, 4).map((n) => n.html.slice(0, 140) + " | " + (n.any[0]?.message ?? "")).join("\n   ")}`); }
    await page.close();
  }
  await context.close();
}
await browser.close();
server.close();
console.log(bad ? `${bad} findings` : "no findings", "· pictures in", out);
process.exitCode = bad ? 1 : 0;
