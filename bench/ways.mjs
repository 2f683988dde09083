// How far people go for what they do every day: presses, fields and screens of travel at 390 pixels, on a demo store with 25
// candidates. `node bench/ways.mjs` (OCOP_BINARY names another build, WIDTH another width); figures belong in a closing note.
import { execFileSync, spawn } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { chromium } from "playwright-core";

const binary = resolve(process.env.OCOP_BINARY ?? "target/debug/ocop");
const width = Number(process.env.WIDTH ?? 390);
const folder = mkdtempSync(join(tmpdir(), "ocop-ways-"));
const env = { ...process.env, RUST_LOG: "error" };
execFileSync(binary, ["init", "--demo"], { cwd: folder, env, stdio: "ignore" });
const port = 20000 + Math.floor(Math.random() * 20000);
const base = `http://127.0.0.1:${port}`;
const server = spawn(binary, ["serve", "--listen", `127.0.0.1:${port}`], { cwd: folder, env, stdio: "ignore" });
for (let tries = 0; tries < 100 && !(await fetch(`${base}/readyz`).then((answer) => answer.ok, () => false)); tries++) await new Promise((done) => setTimeout(done, 200));
const browser = await chromium.launch({ executablePath: process.env.CHROMIUM ?? "/usr/bin/chromium", args: ["--no-sandbox"] });
const format = new Intl.DateTimeFormat("en-GB", { timeZone: "Asia/Ho_Chi_Minh", day: "2-digit", month: "2-digit", year: "numeric" });
const day = (after) => format.format(Date.now() + after * 86_400_000);
const [today, soon] = [day(0), day(30)];

/** Somebody who is signed in, with what he went through so far. */
class Person {
  static async of(login) {
    const person = new Person();
    person.page = await (await browser.newContext({ viewport: { width, height: width < 600 ? 844 : 900 }, locale: "vi-VN", timezoneId: "Asia/Ho_Chi_Minh" })).newPage();
    person.page.setDefaultTimeout(15_000);
    await person.page.goto(`${base}/dang-nhap`);
    await person.page.fill('input[name="login"]', `${login}@ocop.example`);
    await person.page.fill('input[name="password"]', "ocop dung thu 2026");
    await Promise.all([person.page.waitForURL("**/viec*"), person.page.click('form[action="/dang-nhap"] button[type="submit"]')]);
    person.begin();
    return person;
  }

  begin() { Object.assign(this, { presses: 0, fields: 0, pages: 0, screens: 0, at: 0 }); }

  /** Where on the page the next thing stands; what stays in the window costs no travel. */
  async see(thing) {
    const place = await thing.evaluate((node) => {
      let held = node;
      while (held && !["fixed", "sticky"].includes(getComputedStyle(held).position)) held = held.parentElement;
      return held ? null : node.getBoundingClientRect().top + scrollY;
    });
    if (place === null) return;
    this.screens += Math.abs(place - this.at) / this.page.viewportSize().height;
    this.at = place;
  }

  thing(what) { return typeof what === "string" ? this.page.locator(what).filter({ visible: true }).first() : what; }

  async press(what, to) {
    const thing = this.thing(what);
    await this.see(thing);
    this.presses++;
    if (!to) return thing.click();
    await Promise.all([this.page.waitForURL(to), thing.click()]);
    this.pages++;
    this.at = await this.page.evaluate(() => (location.hash ? scrollY : 0));
  }

  async fill(what, text) {
    const thing = this.thing(what);
    await this.see(thing);
    this.fields++;
    if ((await thing.evaluate((node) => node.tagName)) === "SELECT") await thing.selectOption({ index: text });
    else await thing.fill(text);
  }

  async post(path, form) { return this.page.request.post(base + path, { form, headers: { origin: base, referer: `${base}/viec` }, maxRedirects: 0 }); }
  async read(path) { return (await this.page.request.get(base + path)).text(); }
  async once(path) { return (await this.read(path)).match(/name="once" value="([^"]*)"/)?.[1] ?? ""; }
  async version(id) { return (await this.read(`/ho-so/${id}`)).match(/name="version" value="(\d+)"/)?.[1]; }
}

function must(found, what) {
  if (!found) throw new Error(what);
  return found;
}

/** 25 candidates that were surveyed, and two records that wait for the commune. */
async function prepare(commune, surveyor, leader, business) {
  const ids = [];
  for (let at = 0; at < 25; at++) {
    const answer = await commune.post("/ho-so/moi", { once: await commune.once("/ho-so/moi"), name: `Quầy hàng đo thử ${at}`, kind: "craft_village", address: `Số ${at + 40} phố Lê Lợi`, unit: "Phường Hà Đông", unit_id: "", operator: `Hộ kinh doanh thử ${at}`, operator_kind: "household", operator_who: "new", contact: "Nguyễn Văn Thử", phone: `09123456${20 + at}`, goods: "Gốm", sure: "1", action: "send" });
    ids.push(must(answer.headers().location?.match(/ho-so\/([0-9a-f]{32})/)?.[1], `record ${at}: ${answer.status()}`));
  }
  for (const at of [1, 2]) {
    const answer = await business.page.request.post(`${base}/dang-ky`, { maxRedirects: 0, headers: { origin: base, referer: `${base}/dang-ky` }, multipart: { once: await business.once("/dang-ky"), name: `Cửa hàng gửi thử ${at}`, kind: "craft_village", address: `Số ${at + 80} phố Bà Triệu`, unit: "Phường Hà Đông", unit_id: "", operator: "Hợp tác xã Dệt lụa (dữ liệu mẫu)", operator_kind: "cooperative", contact: "Nguyễn Văn Thử", phone: "0912345699", goods: "Lụa", action: "send", sure: "1", lon: `105.77${at}`, lat: `20.97${at}` } });
    must([200, 303].includes(answer.status()), `registration: ${answer.status()}`);
  }
  for (const id of ids) {
    await commune.post(`/ho-so/${id}/buoc/nominate`, { version: await commune.version(id) });
    await surveyor.post(`/ho-so/${id}/buoc/accept`, { version: await surveyor.version(id), due_on: soon });
  }
  const sets = await leader.read("/bo-tieu-chi/van-dung");
  const set = must([...sets.matchAll(/<option value="([^"]+)"[^>]*>([^<]*950[^<]*)/g)][0]?.[1], "the criteria of 950");
  await leader.post("/bo-tieu-chi/van-dung", { once: await leader.once("/bo-tieu-chi/van-dung"), set, from: "01/01/2026", reason: "Chưa có quyết định thay thế", number: "" });
  for (const id of ids) {
    const answer = await surveyor.post(`/ho-so/${id}/khao-sat/moi`, { once: await surveyor.once(`/ho-so/${id}/khao-sat/moi`), planned_on: today, team: "Lê Thị Mẫu – Sở Công Thương" });
    const { page } = surveyor;
    await page.goto(base + must(answer.headers().location?.split("?")[0], "a survey"));
    await page.evaluate(() => {
      document.querySelectorAll("details").forEach((node) => (node.open = true));
      document.querySelectorAll('input[type=radio][value="meets"]').forEach((node) => (node.checked = true));
    });
    await page.fill('[name="done_on"]', today);
    await page.locator('button[value="finish"]').click();
    await Promise.all([page.waitForURL("**xong=*"), page.locator('dialog[open] button[value="yes"]').click()]);
  }
}

const [commune, surveyor, leader, inspector, keeper, business] = await Promise.all(["xa", "khaosat", "lanhdao", "kiemtra", "sanpham", "coso"].map(Person.of));
await prepare(commune, surveyor, leader, business);

const WAYS = [
  ["leader: select two, decline one", leader, async (me) => {
    await me.press("#s-surveyed a.btn", "**/lua-chon*");
    const rows = me.page.locator('tr:has(input[name="select"])');
    await me.press(rows.nth(0).locator('input[name="select"]'));
    await me.press(rows.nth(1).locator('input[name="select"]'));
    if (width < 600) await me.press(rows.nth(2).locator(".row-more summary"));
    await me.press(rows.nth(2).locator('input[name="decline"]'));
    await me.fill(rows.nth(2).locator('textarea[name^="guidance"]'), "Niêm yết giá");
    await me.fill(rows.nth(2).locator('input[name^="fix_by"]'), soon);
    await me.fill('[name="number"]', "15/QĐ-SCT");
    await me.fill('[name="decided_on"]', today);
    await me.press('button:has-text("Xem lại trước khi ghi")');
    await me.page.waitForSelector('button[name="sure"]');
    me.at = 0;
    await me.press('button[name="sure"]', "**xong=*");
  }],
  ["commune: return one, nominate one", commune, async (me) => {
    await me.fill('.quick[open] textarea[name="reason"]', "Thiếu ảnh mặt tiền");
    await me.press('.quick[open] button[formaction$="/return"]', "**xong=return*");
    await me.press('.quick[open] button[formaction$="/nominate"]', "**xong=nominate*");
  }],
  ["inspector: plan three, do one", inspector, async (me) => {
    await me.press('a[href="/kiem-tra"]', "**/kiem-tra*");
    for (const at of [0, 1, 2]) await me.press(me.page.locator('input[name="point"]').nth(at));
    await me.press('button[name="begin"]', /kiem-tra\/[0-9a-f]{32}/);
    await me.press('label:has(input[name="running"][value="yes"])');
    await me.press('button[value="finish"]');
    await Promise.all([me.page.waitForURL("**xong=*"), me.press('dialog[open] button[value="yes"]')]);
  }],
  ["keeper: find by certificate number, withdraw", keeper, async (me) => {
    await me.page.goto(`${base}/san-pham-ocop?state=live`);
    const record = await me.page.locator("tbody th a").first().getAttribute("href");
    const number = must((await me.read(record)).match(/<tbody><tr><th scope="row"><span class="no">([^<]+)/)?.[1], "a certificate number");
    await me.page.goto(`${base}/viec`);
    me.begin();
    await me.press(width < 600 ? '.thumbs a[data-area="find"]' : ".site-header [data-find] input", width < 600 ? "**/tim" : undefined);
    await me.fill(width < 600 ? "#q" : ".site-header [data-find] input", number);
    await me.press(`a[href^="${record}?viec=thu-hoi"]`, `**${record}*`);
    const form = me.page.locator('form[action*="/thu-hoi/"]').first();
    await me.fill(form.locator('select[name="withdraw_ground"]'), 1);
    await me.fill(form.locator('[name="withdraw_found_on"]'), today);
    await me.fill(form.locator('[name="withdraw_found_by"]'), "Chi cục, 12/BB");
    await me.fill(form.locator('select[name="withdraw_by"]'), 2);
    await me.fill(form.locator('[name="withdraw_on"]'), today);
    await me.fill(form.locator('[name="withdraw_decision"]'), "9/QĐ-UBND");
    await me.fill(form.locator('[name="withdraw_reason"]'), "Không còn sản xuất");
    await me.press(form.locator("button.btn-danger"), "**xong=*");
  }],
];

let failed = 0;
for (const [name, person, way] of WAYS) {
  try {
    await person.page.goto(`${base}/viec`);
    person.begin();
    await way(person);
    const { presses, fields, pages, screens } = person;
    console.log(`${name.padEnd(46)} presses ${presses}  fields ${fields}  pages ${pages}  screens ${screens.toFixed(1)}`);
  } catch (error) {
    failed++;
    console.log(`${name}: ${error.message.split("\n")[0]}`);
  }
}
await browser.close();
server.kill();
rmSync(folder, { recursive: true, force: true });
process.exit(failed ? 1 : 0);
