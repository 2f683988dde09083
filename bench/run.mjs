// Server CPU per request for list, filter and point page at 300, 3,000 and 30,000 points, side by side.
//   make bench      or: node bench/run.mjs [SIZES] [REQUESTS]
// CPU is user + system time of the server process alone (from /proc), divided by the requests it answered.
import { execFileSync, spawn } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import http from "node:http";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { row } from "./generate.mjs";

const binary = process.env.OCOP_BINARY ?? "target/release/ocop";
const sizes = (process.argv[2] ?? "300,3000,30000").split(",").map(Number);
const requests = Number(process.argv[3] ?? 600);
const agent = new http.Agent({ keepAlive: true, maxSockets: 1 });

// every request comes from an address of its own: how often one may ask is limited
let asked = 0;
function ask(port, path) {
  return new Promise((resolve, reject) => {
    http.get({ host: "127.0.0.1", port, path, agent, headers: { "accept": "text/html", "x-forwarded-for": `10.${asked >> 16}.${(asked >> 8) & 255}.${asked++ & 255}` } }, (response) => {
      let body = "";
      response.setEncoding("utf8");
      response.on("data", (chunk) => (body += chunk));
      response.on("end", () => resolve({ status: response.statusCode, body }));
    }).on("error", reject);
  });
}

/** seconds of CPU a process has used */
function cpu(pid) {
  const fields = readFileSync(`/proc/${pid}/stat`, "utf8").split(") ")[1].split(" ");
  return (Number(fields[11]) + Number(fields[12])) / 100;
}

/** waits until a process has used next to no CPU for three seconds */
async function atRest(pid) {
  for (let quiet = 0; quiet < 3; ) {
    const before = cpu(pid);
    await new Promise((resolve) => setTimeout(resolve, 1000));
    quiet = cpu(pid) - before <= 0.03 ? quiet + 1 : 0;
  }
}

async function measure(port, pid, paths) {
  for (const path of paths.slice(0, 40)) await ask(port, path);
  const before = cpu(pid);
  const started = process.hrtime.bigint();
  let bytes = 0;
  for (let i = 0; i < requests; i++) {
    const { status, body } = await ask(port, paths[i % paths.length]);
    if (status !== 200) throw new Error(`${status} for ${paths[i % paths.length]}`);
    bytes += body.length;
  }
  const wall = Number(process.hrtime.bigint() - started) / 1e6 / requests;
  return { cpu_ms: ((cpu(pid) - before) * 1000) / requests, wall_ms: wall, kB: bytes / requests / 1000 };
}

function csv(count) {
  const head = "code,name,kind,address,unit,lon,lat,area_m2,operator,operator_kind,tax_code,contact,phone,hours,state,opened_on,closed_on,last_confirmed_on,counted_by,source";
  const lines = [head];
  for (let i = 0; i < count; i++) lines.push(row(i).map((cell) => (/[",\n]/.test(String(cell)) ? `"${cell}"` : cell)).join(","));
  return lines.join("\n");
}

const results = [];
for (const size of sizes) {
  const folder = mkdtempSync(join(tmpdir(), "ocop-bench-"));
  const env = { ...process.env, OCOP_DATA_DIR: folder, OCOP_DATABASE_URL: process.env.OCOP_BENCH_DATABASE_URL ?? `sqlite:${folder}/ocop.db`, OCOP_LISTEN: "127.0.0.1:0", OCOP_TRUST_PROXY: "true", RUST_LOG: "warn" };
  execFileSync(binary, ["init"], { env });
  writeFileSync(join(folder, "points.csv"), csv(size));
  const before = process.hrtime.bigint();
  execFileSync(binary, ["import", "points", join(folder, "points.csv")], { env, stdio: ["ignore", "ignore", "inherit"] });
  const imported = Number(process.hrtime.bigint() - before) / 1e9;
  const server = spawn(binary, ["serve"], { env, stdio: ["ignore", "pipe", "inherit"] });
  const port = await new Promise((resolve) => server.stdout.on("data", (text) => resolve(Number(/:(\d+)\s/.exec(`${text} `)?.[1]))));
  try {
    // what follows an import (entries of portals, risks) is done before anything is timed
    await atRest(server.pid);
    const slugs = [];
    const keys = [];
    let path = "/diem-ban?page_size=100";
    for (let page = 0; page < 5 && path; page++) {
      const { body } = await ask(port, path);
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
    for (const [what, paths] of Object.entries(kinds_of_request)) results.push({ size, what, import_s: imported, ...(await measure(port, server.pid, paths)) });
  } finally {
    server.kill("SIGTERM");
    rmSync(folder, { recursive: true, force: true });
  }
}

console.log("| request | " + sizes.map((size) => `${size} points: CPU ms (wall ms, kB)`).join(" | ") + " | largest / smallest CPU |");
console.log("|---|" + sizes.map(() => "---").join("|") + "|---|");
let failed = false;
for (const what of [...new Set(results.map((result) => result.what))]) {
  const cells = sizes.map((size) => results.find((result) => result.size === size && result.what === what));
  const ratio = cells.at(-1).cpu_ms / cells[0].cpu_ms;
  if (["list", "filter", "point", "near"].includes(what) && sizes.length > 1 && ratio > 1.3) failed = true;
  console.log(`| ${what} | ${cells.map((cell) => `${cell.cpu_ms.toFixed(2)} (${cell.wall_ms.toFixed(2)}, ${cell.kB.toFixed(0)})`).join(" | ")} | ${ratio.toFixed(2)} |`);
}
console.log("\nimport: " + sizes.map((size) => `${size} rows ${results.find((result) => result.size === size).import_s.toFixed(2)} s`).join(", "));
if (failed) {
  console.log("list, filter, nearest or point page grows by more than 1.3 with the stored points");
  process.exitCode = 1;
}
process.exit();
