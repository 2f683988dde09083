// Shows the sample pages under the same security policy as the real site: `node assets/sample/serve.mjs [port]`.
import { readFileSync } from "node:fs";
import { createServer } from "node:http";
import { dirname, extname, join } from "node:path";
import { fileURLToPath } from "node:url";

const here = dirname(fileURLToPath(import.meta.url));
const dist = join(here, "../dist");
const types = { ".html": "text/html; charset=utf-8", ".css": "text/css", ".js": "text/javascript", ".svg": "image/svg+xml", ".woff2": "font/woff2", ".json": "application/json" };
const policy = "default-src 'self'; script-src 'self'; style-src 'self'; img-src 'self' data: blob:; worker-src 'self'; font-src 'self'";

/** `{{public.css}}` → its fingerprinted address; `{{> header}}` → a shared piece. */
function render(file) {
  const manifest = JSON.parse(readFileSync(join(dist, "manifest.json"), "utf8"));
  return readFileSync(file, "utf8")
    .replace(/\{\{> ([\w-]+)\}\}/g, (_, piece) => readFileSync(join(here, `${piece}.part.html`), "utf8"))
    .replace(/\{\{([\w./-]+)\}\}/g, (_, name) => { if (!manifest[name]) throw new Error(`not in manifest: ${name}`); return `/static/${manifest[name]}`; });
}

export const serve = (port) => new Promise((ready) => {
  const server = createServer((request, answer) => {
    const { pathname, searchParams } = new URL(request.url, "http://x");
    const send = (body, ext) => { answer.writeHead(200, { "content-type": types[ext] ?? "text/plain", "content-security-policy": policy }); answer.end(body); };
    try {
      if (pathname === "/units") {
        const all = [["10273", "Xã Bát Tràng", "gồm Bát Tràng, Đa Tốn, Kim Đức cũ"], ["09889", "Phường Hà Đông", "gồm Vạn Phúc, Quang Trung, Hà Cầu cũ"], ["10015", "Xã Đường Lâm", ""]];
        return send(JSON.stringify(all.filter((u) => u[1].toLowerCase().includes(searchParams.get("q").toLowerCase())).map(([id, label, hint]) => ({ id, label, hint }))), ".json");
      }
      if (pathname === "/duplicates") return send('<div class="notice" data-tone="warn"><strong>Có thể đã có điểm này</strong><p><a href="/point.html">Điểm OCOP Gốm Bát Tràng</a>, cách 40 m.</p></div>', ".html");
      if (pathname === "/job") return send(JSON.stringify({ done: 62, total: 120, text: "Đã đọc 62 trên 120 dòng" }), ".json");
      if (pathname.startsWith("/static/")) return send(readFileSync(join(dist, pathname.slice(8))), extname(pathname));
      const file = pathname === "/" ? "index.html" : pathname.slice(1);
      if (/^[\w-]+\.html$/.test(file)) return send(render(join(here, file)), ".html");
      if (/^[\w-]+\.json$/.test(file)) return send(readFileSync(join(here, file)), ".json");
      answer.writeHead(404).end("not found");
    } catch (error) { answer.writeHead(500).end(String(error)); }
  });
  server.listen(port, "127.0.0.1", () => ready(server));
});

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const port = Number(process.argv[2] ?? 8090);
  await serve(port);
  console.log(`http://127.0.0.1:${port}/`);
}
