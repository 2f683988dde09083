// Every page that can be reached by links, seen by each role on a phone and at a desk: no fault of axe, nothing wider
// than the screen, no dead link.
import { ACCOUNTS, DESK, PHONE, must, test } from "./harness.mjs";

/** Pages worth one look each: numbers and ids of a path are the same page again. */
const shape = (path) => path.replace(/\?.*/, "").replace(/[0-9a-f]{32}/g, "ID").replace(/\/diem-ban\/[a-z0-9-]+$/, "/diem-ban/SLUG").replace(/\d+/g, "N");

async function walk(world, page, starts) {
  const seen = new Set();
  const queue = [...starts];
  while (queue.length) {
    const path = queue.shift();
    if (seen.has(shape(path))) continue;
    seen.add(shape(path));
    if (/\.pdf$/.test(path.replace(/\?.*/, ""))) {
      // Chromium shows a paper with pages of its own; what counts is that it comes, and as what
      const paper = await page.request.get(world.base + path);
      must(paper.ok() && (await paper.body()).subarray(0, 5).toString() === "%PDF-", `${path} is no paper: ${paper.status()}`);
      continue;
    }
    const response = await page.goto(world.base + path);
    must(response.status() < 400, `${path} answers ${response.status()}`);
    if (!(response.headers()["content-type"] ?? "").includes("text/html")) continue;
    await world.clean(page);
    const name = shape(path).replace(/\W+/g, "-").replace(/^-|-$/g, "") || "start";
    await world.shot(page, `${name}-${world.who}`);
    const links = await page.$$eval("a[href]:not([download])", (all) => all.map((link) => link.getAttribute("href")));
    for (const href of links) {
      const url = new URL(href, page.url());
      if (url.origin === world.base && !url.pathname.startsWith("/static/") && !/\.(csv|xlsx|geojson|json|atom|xml|txt)$/.test(url.pathname)) queue.push(url.pathname + url.search);
    }
  }
  return seen;
}

for (const [size, viewport] of [["a phone", PHONE], ["a desk", DESK]]) {
  test(`public pages are clean on ${size}`, async (world) => {
    world.who = "khach";
    await walk(world, await world.visitor({ viewport }), ["/", "/dang-nhap", "/quen-mat-khau", "/dang-ky", "/diem-ban", "/en/diem-ban"]);
  });
}

for (const role of Object.keys(ACCOUNTS)) {
  test(`pages of ${role} are clean`, async (world) => {
    world.who = role;
    const viewport = ["business", "commune", "surveyor"].includes(role) ? PHONE : DESK;
    const seen = await walk(world, await world.signIn(role, { viewport }), ["/viec", "/ho-so"]);
    must(seen.size >= 2, `only ${seen.size} pages were seen`);
  });
}
