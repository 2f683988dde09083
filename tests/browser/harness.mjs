// A small runner for stories in a real browser: test(name, story), a demo store and a server for each, Debian's Chromium.
// As many stories at a time as there are processors.
// Nothing may leave the machine: every request to another host is stopped and fails the story.
import { spawn, execFileSync } from "node:child_process";
import { cpSync, existsSync, mkdirSync, mkdtempSync, readFileSync, readdirSync, rmSync } from "node:fs";
import { createRequire } from "node:module";
import { createServer } from "node:net";
import { availableParallelism, tmpdir } from "node:os";
import { dirname, join, resolve } from "node:path";
import { fileURLToPath } from "node:url";

const require = createRequire(import.meta.url);
export const root = resolve(dirname(fileURLToPath(import.meta.url)), "../..");
const binary = resolve(process.env.OCOP_BIN ?? join(root, "target/debug/ocop"));
const axeSource = readFileSync(require.resolve("axe-core/axe.min.js"), "utf8");

export const PASSWORD = "ocop dung thu 2026";
export const ACCOUNTS = {
  business: "coso@ocop.example",
  commune: "xa@ocop.example",
  surveyor: "khaosat@ocop.example",
  product_keeper: "sanpham@ocop.example",
  leader: "lanhdao@ocop.example",
  inspector: "kiemtra@ocop.example",
  association: "hoi@ocop.example",
  council_member: "thanhvien@ocop.example",
  administrator: "quantri@ocop.example",
  auditor: "kiemtoan@ocop.example",
};
export const PHONE = { width: 390, height: 844 };
export const DESK = { width: 1280, height: 900 };

const stories = [];
/** Registers a story; it is given a `World`. */
export const test = (name, story) => stories.push({ name, story });

function findChromium() {
  const known = [process.env.CHROMIUM, "/usr/bin/chromium", "/usr/bin/chromium-browser", "/usr/bin/google-chrome"];
  const found = known.find((path) => path && existsSync(path));
  if (!found) throw new Error("Chromium was not found: apt-get install chromium, or set CHROMIUM");
  return found;
}

/** A new demo store on a day: made by the program once, then copied. */
const made = new Map();
function newStore(env) {
  const folder = mkdtempSync(join(tmpdir(), "ocop-browser-"));
  if (!made.size) {
    const first = mkdtempSync(join(tmpdir(), "ocop-browser-"));
    execFileSync(binary, ["init", "--demo"], { cwd: first, env, stdio: ["ignore", "ignore", "inherit"] });
    made.set("demo", first);
  }
  cpSync(join(made.get("demo"), "var"), join(folder, "var"), { recursive: true });
  return folder;
}

/** A port that nobody listens on; links in mails name it, so the server is told and does not choose. */
const freePort = () =>
  new Promise((done, fail) => {
    const probe = createServer();
    probe.on("error", fail);
    probe.listen(0, "127.0.0.1", () => {
      const { port } = probe.address();
      probe.close(() => done(port));
    });
  });

/** Serves a demo store on a free port: a new one, or one that is there; at a moment of its own, if `now` says one. */
async function serve({ folder, now } = {}) {
  const env = { PATH: process.env.PATH, HOME: tmpdir(), RUST_LOG: "warn" };
  folder ??= newStore(env);
  Object.assign(env, { HOME: folder }, now ? { OCOP_TEST_NOW: now } : {});
  const port = await freePort();
  const server = spawn(binary, ["serve", "--listen", `127.0.0.1:${port}`], { cwd: folder, env, stdio: ["ignore", "pipe", "pipe"] });
  let log = "";
  server.stderr.on("data", (data) => (log += data));
  const base = await new Promise((done, fail) => {
    let out = "";
    server.stdout.on("data", (data) => {
      out += data;
      const found = out.match(/http:\/\/[\d.:]+/);
      if (found) done(found[0]);
    });
    server.on("exit", (code) => fail(new Error(`the server ended with ${code}:\n${log}`)));
    setTimeout(() => fail(new Error(`the server did not start:\n${log}`)), 60_000).unref();
  });
  const halt = () =>
    new Promise((done) => {
      server.removeAllListeners("exit");
      server.on("exit", done);
      server.kill("SIGTERM");
      setTimeout(() => server.kill("SIGKILL"), 5_000).unref();
    });
  const stop = () => halt().then(() => rmSync(folder, { recursive: true, force: true }));
  return { base, folder, halt, stop, log: () => log };
}

/** One story's world: visitors in contexts of their own, and what they must not do. */
class World {
  constructor(browser, served) {
    this.browser = browser;
    this.served = served;
    this.base = served.base;
    this.contexts = [];
    this.faults = [];
    this.own = null;
  }

  /** From here on the story has a store of its own, served on this day; asked again, the same store on a later day. */
  async on(day) {
    await this.leave();
    const folder = this.own?.folder;
    if (this.own) await this.own.halt();
    this.own = await serve({ folder, now: `${day}T08:00:00+07:00` });
    this.served = this.own;
    this.base = this.own.base;
  }

  /** Runs a command of the program over the story's own store, on its day. */
  command(day, ...words) {
    const env = { PATH: process.env.PATH, HOME: this.own.folder, RUST_LOG: "warn", OCOP_TEST_NOW: `${day}T08:00:00+07:00` };
    return execFileSync(binary, words, { cwd: this.own.folder, env, encoding: "utf8", stdio: ["ignore", "pipe", "pipe"] });
  }

  /** A visitor with an own browser context. */
  async visitor(options = {}) {
    const context = await this.browser.newContext({ viewport: DESK, locale: "vi-VN", timezoneId: "Asia/Ho_Chi_Minh", ...options });
    context.setDefaultTimeout(40_000);
    this.contexts.push(context);
    await context.route("**/*", (route) => {
      const url = new URL(route.request().url());
      if (["data:", "blob:"].includes(url.protocol) || url.origin === this.base) return route.continue();
      this.faults.push(`a request left the machine: ${url}`);
      return route.abort();
    });
    const page = await context.newPage();
    page.on("pageerror", (error) => this.faults.push(`script error on ${page.url()}: ${error.message}`));
    page.on("console", (message) => {
      if (message.type() === "error" && /content security policy|refused to/i.test(message.text())) this.faults.push(`${page.url()}: ${message.text()}`);
    });
    page.on("response", (response) => {
      if (response.status() >= 500) this.faults.push(`${response.status()} at ${response.url()}`);
    });
    return page;
  }

  /** A visitor signed in by the form with the sample account of a role, or any login and password. */
  async signIn(role, options = {}, password = PASSWORD) {
    const page = await this.visitor(options);
    await page.goto(`${this.base}/dang-nhap`);
    await page.fill('input[name="login"]', ACCOUNTS[role] ?? role);
    await page.fill('input[name="password"]', password);
    await Promise.all([page.waitForURL("**/viec*"), page.click('form[action="/dang-nhap"] button[type="submit"]')]);
    return page;
  }

  /** Fails unless axe finds nothing against WCAG 2.2 A and AA. */
  async clean(page) {
    // measure what a person sees at last: styles, fonts and transitions done
    await page.waitForLoadState("load");
    await page.evaluate(async () => {
      await document.fonts.ready;
      await Promise.allSettled(document.getAnimations().map((animation) => animation.finished));
      await new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done)));
    });
    await page.evaluate(axeSource);
    const found = await page.evaluate(() =>
      window.axe.run(document, { runOnly: { type: "tag", values: ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22a", "wcag22aa"] } }),
    );
    const faults = found.violations.map((rule) => `${rule.id}: ${rule.help}\n      ${rule.nodes.slice(0, 4).map((node) => `${node.target.join(" ")} ${node.any[0]?.message ?? ""}`).join("\n      ")}`);
    if (faults.length) throw new Error(`axe on ${page.url()}\n    ${faults.join("\n    ")}`);
    await this.fits(page);
  }

  /** Fails if the page is wider than its screen. */
  async fits(page) {
    const wide = await page.evaluate(() => document.documentElement.scrollWidth - document.documentElement.clientWidth);
    if (wide > 1) throw new Error(`${page.url()} is ${wide} px wider than the screen of ${page.viewportSize().width} px`);
  }

  /** With SHOTS=folder: a picture of the page on a phone and at a desk. */
  async shot(page, name) {
    if (!process.env.SHOTS) return;
    mkdirSync(process.env.SHOTS, { recursive: true });
    const before = page.viewportSize();
    for (const size of [PHONE, DESK]) {
      await page.setViewportSize(size);
      await page.screenshot({ path: join(process.env.SHOTS, `${name}-${size.width}.png`), fullPage: true });
    }
    await page.setViewportSize(before);
  }

  /** Waits for a mail to this address and gives its readable text. */
  async mail(to, contains = "") {
    const folder = join(this.served.folder, "var/outbox");
    for (let wait = 0; wait < 200; wait += 1) {
      for (const file of existsSync(folder) ? readdirSync(folder).filter((name) => name.endsWith(".eml")) : []) {
        const text = readable(readFileSync(join(folder, file), "utf8"));
        if (text.includes(to) && text.includes(contains)) return text;
      }
      await new Promise((done) => setTimeout(done, 100));
    }
    throw new Error(`no mail to ${to} with “${contains}” came`);
  }

  async leave() {
    for (const context of this.contexts.splice(0)) await context.close().catch(() => {});
  }

  async close() {
    await this.leave();
    await this.own?.stop();
  }
}

function readable(raw) {
  const [head, ...rest] = raw.split("\r\n\r\n");
  const body = rest.join("\r\n\r\n");
  if (/content-transfer-encoding: base64/i.test(head)) return `${head}\n\n${Buffer.from(body, "base64").toString("utf8")}`;
  if (/content-transfer-encoding: quoted-printable/i.test(head)) {
    const bytes = body.replace(/=\r\n/g, "").replace(/=([0-9A-F]{2})/g, (_, hex) => String.fromCharCode(parseInt(hex, 16)));
    return `${head}\n\n${Buffer.from(bytes, "latin1").toString("utf8")}`;
  }
  return raw;
}

/** Fails with a text. */
export function must(condition, text) {
  if (!condition) throw new Error(text);
}

/** Runs all stories, or those whose name contains the first argument; several at a time, each on a store of its own. */
export async function run() {
  const { chromium } = require("playwright-core");
  const wanted = process.argv[2] ?? "";
  const queue = stories.filter(({ name }) => name.includes(wanted));
  let passed = 0;
  let failed = 0;
  const browser = await chromium.launch({ executablePath: findChromium(), args: ["--no-sandbox", "--disable-dev-shm-usage", "--disable-background-networking"] });
  const work = async () => {
    for (let next = queue.shift(); next; next = queue.shift()) {
      const { name, story } = next;
      const started = Date.now();
      const served = await serve();
      const world = new World(browser, served);
      try {
        await story(world);
        if (world.faults.length) throw new Error([...new Set(world.faults)].join("\n    "));
        passed += 1;
        console.log(`ok   ${name} (${((Date.now() - started) / 1000).toFixed(1)} s)`);
      } catch (error) {
        failed += 1;
        console.log(`FAIL ${name}\n    ${error.message}`);
        for (const fault of new Set(world.faults)) console.log(`    ${fault}`);
        const where = error.stack?.split("\n").find((line) => line.includes("tests/browser") && !line.includes("harness.mjs"));
        if (where) console.log(`   ${where}`);
        const log = world.served.log();
        if (log) console.log(`server log:\n${log.split("\n").slice(-15).join("\n")}`);
      }
      await world.close();
      await served.stop();
    }
  };
  try {
    await Promise.all(Array.from({ length: Math.max(1, Math.min(4, availableParallelism())) }, work));
  } finally {
    await browser.close();
    for (const folder of made.values()) rmSync(folder, { recursive: true, force: true });
  }
  console.log(`browser: ${passed} passed, ${failed} failed`);
  return failed ? 1 : 0;
}
