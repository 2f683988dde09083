// What benches of the served program share: it is started on a store of its own, asked one request after the other, and its CPU is read.
import { execFileSync, spawn } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import http from "node:http";
import { tmpdir } from "node:os";
import { join } from "node:path";

export const binary = process.env.OCOP_BINARY ?? "target/release/ocop";
const agent = new http.Agent({ keepAlive: true, maxSockets: 1 });

// every request comes from an address of its own: how often one may ask is limited
let asked = 0;
export function ask(port, path, cookie = "") {
  return new Promise((resolve, reject) => {
    const headers = { "accept": "text/html", "x-forwarded-for": `10.${asked >> 16}.${(asked >> 8) & 255}.${asked++ & 255}`, ...(cookie && { cookie }) };
    http.get({ host: "127.0.0.1", port, path, agent, headers }, (response) => {
      let body = "";
      response.setEncoding("utf8");
      response.on("data", (chunk) => (body += chunk));
      response.on("end", () => resolve({ status: response.statusCode, body }));
    }).on("error", reject);
  });
}

/** signs in to one of the sample accounts; gives the cookie of the session */
export async function signIn(port, login, password = "ocop dung thu 2026") {
  const origin = `http://127.0.0.1:${port}`;
  const response = await fetch(`${origin}/dang-nhap`, { method: "POST", redirect: "manual", headers: { origin, "sec-fetch-site": "same-origin" }, body: new URLSearchParams({ login, password }) });
  if (response.status !== 303) throw new Error(`${login} cannot sign in: ${response.status}`);
  return response.headers.getSetCookie().map((cookie) => cookie.split(";")[0]).join("; ");
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

/** CPU, wall time and size of a request, averaged over these paths */
export async function measure({ port, pid }, paths, requests, cookie) {
  for (const path of paths.slice(0, 40)) await ask(port, path, cookie);
  const before = cpu(pid);
  const started = process.hrtime.bigint();
  let bytes = 0;
  for (let i = 0; i < requests; i++) {
    const { status, body } = await ask(port, paths[i % paths.length], cookie);
    if (status !== 200) throw new Error(`${status} for ${paths[i % paths.length]}`);
    bytes += body.length;
  }
  const wall = Number(process.hrtime.bigint() - started) / 1e6 / requests;
  return { cpu_ms: ((cpu(pid) - before) * 1000) / requests, wall_ms: wall, kB: bytes / requests / 1000 };
}

/** makes a store, lets it be filled, serves it and hands it over once what follows from the filling (entries of portals, risks) is done */
export async function serve(init, fill, use) {
  const folder = mkdtempSync(join(tmpdir(), "ocop-bench-"));
  const env = { ...process.env, OCOP_DATA_DIR: folder, OCOP_DATABASE_URL: process.env.OCOP_BENCH_DATABASE_URL ?? `sqlite:${folder}/ocop.db`, OCOP_LISTEN: "127.0.0.1:0", OCOP_TRUST_PROXY: "true", RUST_LOG: "warn" };
  let server;
  try {
    execFileSync(binary, ["init", ...init], { env, stdio: "ignore" });
    await fill(folder, (...args) => execFileSync(binary, args, { env, stdio: "pipe" }));
    server = spawn(binary, ["serve"], { env, stdio: ["ignore", "pipe", "inherit"] });
    const port = await new Promise((resolve) => server.stdout.on("data", (text) => resolve(Number(/:(\d+)\s/.exec(`${text} `)?.[1]))));
    await atRest(server.pid);
    await use({ port, pid: server.pid });
  } finally {
    server?.kill("SIGTERM");
    rmSync(folder, { recursive: true, force: true });
  }
}

/** prints results side by side; those of `flat` may not grow by more than 1.3 from the smallest size to the largest */
export function table(results, sizes, unit, flat) {
  console.log("| request | " + sizes.map((size) => `${size} ${unit}: CPU ms (wall ms, kB)`).join(" | ") + " | largest / smallest CPU |");
  console.log("|---|" + sizes.map(() => "---").join("|") + "|---|");
  for (const what of [...new Set(results.map((result) => result.what))]) {
    const cells = sizes.map((size) => results.find((result) => result.size === size && result.what === what));
    const ratio = cells.at(-1).cpu_ms / cells[0].cpu_ms;
    console.log(`| ${what} | ${cells.map((cell) => `${cell.cpu_ms.toFixed(2)} (${cell.wall_ms.toFixed(2)}, ${cell.kB.toFixed(0)})`).join(" | ")} | ${ratio.toFixed(2)} |`);
    if (flat.includes(what) && sizes.length > 1 && ratio > 1.3) {
      console.log(`   NOT SO: ${what} grows by more than 1.3 with what is stored`);
      process.exitCode = 1;
    }
  }
}
