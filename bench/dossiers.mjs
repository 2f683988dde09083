// Server CPU per request of what is asked of dossiers: each answered whole, with ten papers of thirty pages, and sent; side by side at
// several numbers of them.
//   node bench/dossiers.mjs [SIZES] [REQUESTS]
import { ask, measure, serve, signIn, table } from "./server.mjs";

const sizes = (process.argv[2] ?? "40,400").split(",").map(Number);
const requests = Number(process.argv[3] ?? 200);
const PAPERS = 10;

/** A PDF of so many pages, each with a picture's worth of bytes. */
function paper(pages, bytes = 8000) {
  const parts = ["%PDF-1.4\n"];
  const places = [];
  let at = parts[0].length;
  const add = (text) => {
    places.push(at);
    parts.push(text);
    at += Buffer.byteLength(text, "latin1");
  };
  const kids = Array.from({ length: pages }, (_, page) => `${3 + page * 2} 0 R`).join(" ");
  add("1 0 obj<</Type/Catalog/Pages 2 0 R>>endobj\n");
  add(`2 0 obj<</Type/Pages/Count ${pages}/Kids[${kids}]>>endobj\n`);
  for (let page = 0; page < pages; page++) {
    add(`${3 + page * 2} 0 obj<</Type/Page/Parent 2 0 R/MediaBox[0 0 595 842]/Contents ${4 + page * 2} 0 R>>endobj\n`);
    add(`${4 + page * 2} 0 obj<</Length ${bytes}>>stream\n${"0 0 m 9 9 l S\n".repeat(bytes / 14).padEnd(bytes)}\nendstream endobj\n`);
  }
  const xref = at;
  parts.push(`xref\n0 ${places.length + 1}\n0000000000 65535 f \n${places.map((place) => `${String(place).padStart(10, "0")} 00000 n \n`).join("")}trailer<</Size ${places.length + 1}/Root 1 0 R>>\nstartxref\n${xref}\n%%EOF\n`);
  return Buffer.from(parts.join(""), "latin1");
}

const PDF = new Blob([paper(30)], { type: "application/pdf" });
let sent = 0;
async function post(port, path, cookie, fields, file) {
  const body = file ? new FormData() : new URLSearchParams();
  for (const [name, value] of Object.entries(fields)) body.append(name, value);
  if (file) body.append("paper", PDF, file);
  const origin = `http://127.0.0.1:${port}`;
  const response = await fetch(origin + path, { method: "POST", redirect: "manual", body, headers: { cookie, origin, "sec-fetch-site": "same-origin", "x-forwarded-for": `11.${sent >> 16}.${(sent >> 8) & 255}.${sent++ & 255}` } });
  if (response.status !== 303) throw new Error(`${response.status} for ${path}: ${(await response.text()).match(/class="error[^>]*>([^<]*)/)?.[1]}`);
  return response.headers.get("location");
}
const value = (body, name) => body.match(new RegExp(`name="${name}" value="([^"]*)"`))?.[1];

const results = [];
for (const size of sizes) {
  await serve(["--demo"], () => {}, async (server) => {
    const { port } = server;
    const producer = await signIn(port, "coso@ocop.example");
    const commune = await signIn(port, "xa@ocop.example");
    const products = [];
    for (let at = 0; at < size; at++) {
      const once = value((await ask(port, "/san-pham-ocop/moi", producer)).body, "once");
      products.push((await post(port, "/san-pham-ocop/moi", producer, { once, name: `Trà sen số ${at}`, group: "drink", unit: "Phường Hà Đông" })).split(/[/?]/)[2]);
    }
    const form = (await ask(port, "/ho-so-danh-gia/moi", producer)).body;
    const set = [...form.split('name="set"')[1].split("</select>")[0].matchAll(/<option value="([^"]+)"/g)].map((match) => match[1])[0];
    const started = Date.now();
    const paths = [];
    for (const id of products) {
      const once = value((await ask(port, "/ho-so-danh-gia/moi", producer)).body, "once");
      const path = (await post(port, "/ho-so-danh-gia/moi", producer, { once, product: id, kind: "first", set })).split("?")[0];
      const page = (await ask(port, path, producer)).body;
      const lines = [...new Set([...page.matchAll(new RegExp(`${path}/muc/([0-9.]+)"`, "g"))].map((match) => match[1]))];
      for (const [at, no] of lines.entries()) await post(port, `${path}/muc/${no}`, producer, { answer: 1, words: `Giải thích của mục ${no}, xem giấy kèm theo.` }, at < PAPERS ? `giay-${at}.pdf` : undefined);
      await post(port, `${path}/gui`, producer, { version: value((await ask(port, path, producer)).body, "version") });
      paths.push(path);
    }
    console.log(`${paths.length} dossiers of ${PAPERS * 30} pages answered and sent in ${((Date.now() - started) / 1000).toFixed(0)} s`);
    const some = paths.slice(0, 40);
    const kinds = {
      own_dossier: [some, producer],
      dossier_of_commune: [some, commune],
      criterion: [some.map((path) => `${path}/muc/1.1`), producer],
      wallet: [["/minh-chung"], producer],
      own_list: [["/ho-so-danh-gia"], producer],
      list_of_commune: [["/ho-so-danh-gia"], commune],
      work_of_commune: [["/viec"], commune],
    };
    for (const [what, [asked, cookie]] of Object.entries(kinds)) results.push({ size, what, ...(await measure(server, asked, requests, cookie)) });
  });
}

table(results, sizes, "dossiers", ["own_dossier", "dossier_of_commune", "criterion", "wallet", "own_list", "list_of_commune"]);
process.exit();
