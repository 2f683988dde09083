// Seconds and bytes of each paper, by the program that prints them: one request at a time, as the server starts it.
//   node bench/paper.mjs [TIMES]      OCOP_PAPER_BINARY=target/debug/ocop-paper
// The values are the samples of crates/paper/tests; "selection-200" is a list of 200 points.
import { spawnSync } from "node:child_process";
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";

const binary = process.env.OCOP_PAPER_BINARY ?? "target/release/ocop-paper";
const times = Number(process.argv[2] ?? 20);
const samples = "crates/paper/tests/samples";
const toml = readFileSync("programme/law/paper/decree-30-2020.toml", "utf8");
const pixel = readFileSync("crates/paper/tests/measure.rs", "utf8").match(/PIXEL: &str = "([^"]+)"/)[1];

/** the layout file: tables of numbers, texts and { least, most, used } */
function read(text) {
  const root = {};
  let table = root;
  for (const line of text.split("\n")) {
    const head = line.match(/^\[(\w+)\]$/);
    const pair = line.match(/^(\w+) = (.+)$/);
    if (head) table = root[head[1]] = {};
    else if (pair) table[pair[1]] = JSON.parse(pair[2].startsWith("{") ? pair[2].replace(/(\w+) =/g, '"$1":') : pair[2]);
  }
  return root;
}

const layout = read(toml);
const papers = readdirSync(samples).map((file) => [file.replace(".json", ""), JSON.parse(readFileSync(join(samples, file), "utf8"))]);
const list = structuredClone(papers.find(([name]) => name === "selection")[1]);
list.parts[0].rows = Array.from({ length: 200 }, () => list.parts[0].rows[0]);
papers.push(["selection-200", list]);

const results = [];
for (const [name, data] of papers) {
  const template = name.replace("-200", "");
  const input = JSON.stringify({ template, data, layout, pictures: { "one.jpg": pixel, "two.jpg": pixel }, at: [2026, 11, 22, 8, 0, 0] });
  const took = [];
  let bytes = 0;
  for (let i = 0; i < times; i++) {
    const before = process.hrtime.bigint();
    const { status, stdout, stderr } = spawnSync(binary, { input, maxBuffer: 1 << 28 });
    if (status !== 0) throw new Error(`${name}: ${stderr}`);
    took.push(Number(process.hrtime.bigint() - before) / 1e6);
    bytes = stdout.length;
  }
  took.sort((a, b) => a - b);
  results.push({ paper: name, median_ms: Math.round(took[times >> 1]), worst_ms: Math.round(took[times - 1]), kB: Math.round(bytes / 1000) });
}
console.table(results);
