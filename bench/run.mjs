// Server CPU per request for list, filter and point page at 300, 3,000 and 30,000 points, side by side.
//   make bench      or: node bench/run.mjs [SIZES] [REQUESTS]
// CPU is user + system time of the server process alone (from /proc), divided by the requests it answered.
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { row } from "./generate.mjs";
import { ask, measure, serve, signIn, table } from "./server.mjs";

const sizes = (process.argv[2] ?? "300,3000,30000").split(",").map(Number);
const requests = Number(process.argv[3] ?? 600);

function csv(count) {
  const head = "code,name,kind,address,unit,lon,lat,area_m2,operator,operator_kind,tax_code,contact,phone,hours,state,opened_on,closed_on,last_confirmed_on,counted_by,source";
  const lines = [head];
  for (let i = 0; i < count; i++) lines.push(row(i).map((cell) => (/[",\n]/.test(String(cell)) ? `"${cell}"` : cell)).join(","));
  return lines.join("\n");
}

const results = [];
const imports = [];
for (const size of sizes) {
  const fill = (folder, ocop) => {
    writeFileSync(join(folder, "points.csv"), csv(size));
    const before = process.hrtime.bigint();
    ocop("import", "points", join(folder, "points.csv"));
    imports.push(Number(process.hrtime.bigint() - before) / 1e9);
  };
  await serve(["--demo"], fill, async (server) => {
    const slugs = [];
    const keys = [];
    let path = "/diem-ban?page_size=100";
    for (let page = 0; page < 5 && path; page++) {
      const { body } = await ask(server.port, path);
      for (const match of body.matchAll(/href="\/diem-ban\/([a-z0-9-]+)"/g)) slugs.push(match[1]);
      const next = /rel="next"[^>]*href="([^"]+)"|href="([^"]+)"[^>]*rel="next"/.exec(body);
      path = next ? (next[1] ?? next[2]).replaceAll("&amp;", "&").replaceAll("&#38;", "&") : "";
      if (path) keys.push(path.replace(/page(_|%5F)size=100/, "page_size=20"));
    }
    // what is compared shows the same number of rows at every size: old districts by fives, kinds by twenties
    const units = ["Quận Hà Đông", "Huyện Gia Lâm", "Huyện Ba Vì", "Huyện Đông Anh", "Huyện Phú Xuyên", "Huyện Sóc Sơn", "Huyện Chương Mỹ", "Huyện Thường Tín"].map(encodeURIComponent);
    const kinds = ["craft_village", "mall_market", "rest_stop", "post_office"];
    const filters = [...units.map((unit) => `/diem-ban?unit=${unit}&page_size=5`), ...kinds.map((kind) => `/diem-ban?kind=${kind}`)];
    // boxes as a browser asks for them: the city in clusters, a few streets point by point
    const boxes = (side, zoom, count) => Array.from({ length: count }, (_, at) => {
      const [west, south] = [105.3 + ((at * 0.137) % (0.7 - side)), 20.6 + ((at * 0.311) % (0.7 - side))];
      return `/ban-do/diem.geojson?bbox=${west.toFixed(4)},${south.toFixed(4)},${(west + side).toFixed(4)},${(south + side).toFixed(4)}&zoom=${zoom}`;
    });
    const near = Array.from({ length: 8 }, (_, at) => `/diem-ban?near=1&lon=${(105.4 + at * 0.06).toFixed(3)}&lat=${(20.7 + at * 0.06).toFixed(3)}`);
    const kinds_of_request = { list: ["/diem-ban", ...keys], filter: filters, point: [...new Set(slugs)].map((slug) => `/diem-ban/${slug}`), near, open_now: ["/diem-ban?open=1", "/diem-ban?open=1&kind=rest_stop"], map_city: [...boxes(0.6, 9.5, 6), ...boxes(0.6, 9.5, 3).map((path) => `${path}&open=1`)], map_street: boxes(0.03, 14.5, 24), as_of_count: ["2024-06-30", "2025-06-30", "2026-06-30"].flatMap((day) => [`/api/v1/counts?as_of=${day}`, `/api/v1/counts?as_of=${day}&counted_by=city`]), text_search: ["/diem-ban?q=hong%20van", "/diem-ban?q=kim%20lien"] };
    for (const [what, paths] of Object.entries(kinds_of_request)) results.push({ size, what, ...(await measure(server, paths, requests)) });
    const reader = await signIn(server.port, "sanpham@ocop.example");
    const signed_in = { register_of_day: ["/so-diem?ngay=31/12/2021", "/so-diem?ngay=31/12/2023&bound=perhaps"], years: ["/so-diem/nam", "/so-diem/nam?counter=city", `/so-diem/nam?unit=${units[0]}`] };
    for (const [what, paths] of Object.entries(signed_in)) results.push({ size, what, ...(await measure(server, paths, Math.ceil(requests / 20), reader)) });
  });
}

table(results, sizes, "points", ["list", "filter", "point", "near"]);
console.log("\nimport: " + sizes.map((size, at) => `${size} rows ${imports[at].toFixed(2)} s`).join(", "));
process.exit();
