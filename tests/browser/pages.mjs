// Every page that can be reached by links, for each role: no dead link; and whatever a page is made of is looked at once by
// somebody who sees it: no fault of axe, nothing wider than the screen of a phone or a desk.
import { ACCOUNTS, DESK, PHONE, must, test } from "./harness.mjs";

/** Pages worth one look each: numbers and ids of a path are the same page again. */
const shape = (path) => path.replace(/\?.*/, "").replace(/[0-9a-f]{32}/g, "ID").replace(/\/diem-ban\/[a-z0-9-]+$/, "/diem-ban/SLUG").replace(/\d+/g, "N");

/** What a page is made of: each kind of element that its template writes, without its words. */
function parts(html) {
  const found = new Set();
  for (const [, tag, rest] of html.matchAll(/<([a-z][a-z0-9-]*)((?:\s[^<>]*)?)>/g)) {
    const attribute = (name) => rest.match(new RegExp(`\\s${name}="([^"]*)"`))?.[1].replace(/[0-9a-f]{32}|\d+/g, "N") ?? "";
    const flags = ["required", "disabled", "checked", "hidden", "open", "aria-current", "aria-invalid"].filter((name) => new RegExp(`\\s${name}\\b`).test(rest));
    found.add([tag, ...["class", "name", "type", "role"].map(attribute), ...flags].join(" "));
  }
  return found;
}

/** Parts that somebody has looked at already, by shape of page; public pages are looked at on each size. */
const looked = new Map();

/** Whether a page has a part that nobody looked at yet on pages of this shape; from now on somebody has. */
function isNew(place, html) {
  const known = looked.get(place) ?? new Set();
  looked.set(place, known);
  const before = known.size;
  for (const part of parts(html)) known.add(part);
  return known.size > before;
}

const hrefs = (html) => [...html.matchAll(/<a\s([^>]*)>/g)].filter(([, rest]) => !/\sdownload\b/.test(` ${rest}`)).flatMap(([, rest]) => rest.match(/href="([^"]*)"/)?.[1].replaceAll("&amp;", "&") ?? []);

/** Sees the page as a person does, on a phone and at a desk; axe asks at the size given. */
async function look(world, page, path, viewport) {
  const response = await page.goto(world.base + path);
  must(response.status() < 400, `${path} answers ${response.status()}`);
  const other = viewport === PHONE ? DESK : PHONE;
  await page.setViewportSize(other);
  await world.fits(page);
  await page.setViewportSize(viewport);
  await world.clean(page);
  const name = shape(path).replace(/\W+/g, "-").replace(/^-|-$/g, "") || "start";
  await world.shot(page, `${name}-${world.who}`);
  return page.$$eval("a[href]:not([download])", (all) => all.map((link) => link.getAttribute("href")));
}

async function walk(world, page, starts, viewport, reader) {
  const seen = new Set();
  const queue = [...starts];
  let looks = 0;
  while (queue.length) {
    const path = queue.shift();
    if (seen.has(shape(path))) continue;
    seen.add(shape(path));
    const answer = await page.request.get(world.base + path);
    must(answer.status() < 400, `${path} answers ${answer.status()}`);
    if (/\.pdf$/.test(path.replace(/\?.*/, ""))) {
      // Chromium shows a paper with pages of its own; what counts is that it comes, and as what
      must((await answer.body()).subarray(0, 5).toString() === "%PDF-", `${path} is no paper`);
      continue;
    }
    if (!(answer.headers()["content-type"] ?? "").includes("text/html")) continue;
    const html = await answer.text();
    let links = hrefs(html);
    if (isNew(`${reader} ${shape(path)}`, html)) {
      links = links.concat(await look(world, page, path, viewport));
      looks += 1;
    }
    for (const href of links) {
      const url = new URL(href, answer.url());
      if (url.origin === world.base && !url.pathname.startsWith("/static/") && !/\.(csv|xlsx|geojson|json|atom|xml|txt)$/.test(url.pathname)) queue.push(url.pathname + url.search);
    }
  }
  console.log(`     ${world.who}: ${seen.size} pages, ${looks} of them looked at`);
  return seen;
}

const PUBLIC = ["/", "/dang-nhap", "/quen-mat-khau", "/dang-ky", "/diem-ban", "/en/diem-ban"];
for (const [size, viewport] of [["a phone", PHONE], ["a desk", DESK]]) {
  test(`public pages are clean on ${size}`, async (world) => {
    world.who = `khach-${viewport.width}`;
    await walk(world, await world.visitor({ viewport }), PUBLIC, viewport, size);
  });
}

for (const role of Object.keys(ACCOUNTS)) {
  test(`pages of ${role} are clean`, async (world) => {
    world.who = role;
    const viewport = ["business", "commune", "surveyor"].includes(role) ? PHONE : DESK;
    const seen = await walk(world, await world.signIn(role, { viewport }), role === "council_member" ? ["/viec"] : ["/viec", "/ho-so"], viewport, "signed in");
    must(seen.size >= 2, `only ${seen.size} pages were seen`);
  });
}
