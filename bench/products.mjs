// Seconds and peak memory of `ocop import products` on annex-like workbooks, and what it says of a twin with bad rows.
//   node bench/products.mjs [SIZES] [RUNS]
import { execFileSync, spawn } from "node:child_process";
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { annex } from "./annex.mjs";
import { product, spoilt } from "./generate.mjs";

const binary = process.env.OCOP_BINARY ?? "target/release/ocop";
/** What reads the workbook and writes the same rows, and does nothing else: the floor. */
const floor = process.env.OCOP_FLOOR ?? "target/release/examples/floor";
/** Another build of the program, measured in turn with this one. */
const other = process.env.OCOP_BINARY_BEFORE;
const files = process.env.OCOP_BENCH_FILES;
const sizes = files ? [0] : (process.argv[2] ?? "17000").split(",").map(Number);
const runs = Number(process.argv[3] ?? 3);

/** What the program calls each kind of fault. */
const TOLD = { name: "thiếu tên sản phẩm", stars: "Hạng sao:", score: "Điểm:", price: "Giá (đồng):", district: "Quận, huyện:", group: "Nhóm sản phẩm:" };

function inputs(count) {
  if (files) {
    const bad = JSON.parse(readFileSync(join(files, "bad_rows.json"), "utf8"));
    return { good: readFileSync(join(files, "products.xlsx")), twin: readFileSync(join(files, "products_bad.xlsx")), bad: new Map(Object.entries(bad).map(([row, kind]) => [Number(row), kind.split("_")[0]])) };
  }
  const bad = new Map();
  const good = Array.from({ length: count }, (_, at) => product(at + 1));
  const twin = good.map((cells, at) => {
    if ((at + 1) % 50 !== 0) return cells;
    const { cells: wrong, kind } = spoilt(at + 1);
    bad.set(at + 1, kind);
    return wrong;
  });
  return { good: annex(good), twin: annex(twin), bad };
}

/** Runs the program; gives seconds, peak megabytes, exit status and what it said. */
const run = (env, ...args) => runs_of(binary, env, ...args);
function runs_of(program, env, ...args) {
  return new Promise((resolve) => {
    const begin = process.hrtime.bigint();
    const child = spawn(program, args, { env: { ...process.env, ...env } });
    let [out, told, peak] = ["", "", 0];
    const look = () => {
      try {
        peak = Math.max(peak, Number(/VmHWM:\s+(\d+)/.exec(readFileSync(`/proc/${child.pid}/status`, "utf8"))?.[1] ?? 0));
      } catch {
        // it has ended
      }
    };
    const timer = setInterval(look, 5);
    child.stdout.on("data", (data) => (out += data));
    child.stderr.on("data", (data) => (told += data));
    child.on("close", (status) => {
      clearInterval(timer);
      resolve({ seconds: Number(process.hrtime.bigint() - begin) / 1e9, peak: peak / 1024, status, out: out.trim(), told });
    });
  });
}

let failed = false;
const check = (holds, text) => {
  if (!holds) {
    failed = true;
    console.log(`   NOT SO: ${text}`);
  }
};

for (const size of sizes) {
  const { good, twin, bad } = inputs(size);
  const folder = mkdtempSync(join(tmpdir(), "ocop-bench-products-"));
  writeFileSync(join(folder, "products.xlsx"), good);
  writeFileSync(join(folder, "products_bad.xlsx"), twin);
  console.log(`${files ?? `${size} rows`}: ${(good.length / 1e6).toFixed(1)} MB`);
  let env;
  for (let round = 0; round < runs; round++) {
    env = { OCOP_DATABASE_URL: `sqlite:${folder}/${round}/ocop.db`, OCOP_DATA_DIR: join(folder, String(round)) };
    execFileSync(binary, ["init"], { env: { ...process.env, ...env }, stdio: "ignore" });
    if (round === 0) {
      const refused = await run(env, "import", "products", join(folder, "products_bad.xlsx"));
      const told = new Map();
      for (const [, row, text] of refused.told.matchAll(/^dòng (\d+): (.*)$/gm)) told.set(Number(row) - 7, [...(told.get(Number(row) - 7) ?? []), text]);
      const missed = [...bad].filter(([row, kind]) => told.get(row)?.length !== 1 || !told.get(row)[0].includes(TOLD[kind]));
      const others = [...told.keys()].filter((row) => !bad.has(row));
      check(refused.status === 1 && missed.length === 0 && others.length === 0, `${missed.length} bad rows not told by their kind (${missed.slice(0, 3)}), ${others.length} others told (${others.slice(0, 3).map((row) => told.get(row))})`);
      const none = execFileSync(binary, ["export", "products", "--format", "csv"], { env: { ...process.env, ...env }, stdio: ["ignore", "pipe", "ignore"] }).toString().trim().split("\n").length - 1;
      check(none === 0, `${none} products written by a file with bad rows`);
      console.log(`   twin with ${bad.size} bad rows: ${told.size} told, ${refused.seconds.toFixed(2)} s, ${refused.peak.toFixed(0)} MB, ${none} written`);
    }
    const first = await run(env, "import", "products", join(folder, "products.xlsx"));
    check(first.status === 0, first.told.slice(-300));
    console.log(`   new store: ${first.seconds.toFixed(2)} s, ${first.peak.toFixed(0)} MB (${first.out})`);
    if (other) {
      const before = { OCOP_DATABASE_URL: `sqlite:${folder}/${round}-before/ocop.db`, OCOP_DATA_DIR: join(folder, `${round}-before`) };
      execFileSync(other, ["init"], { env: { ...process.env, ...before }, stdio: "ignore" });
      const was = await runs_of(other, before, "import", "products", join(folder, "products.xlsx"));
      console.log(`     before: ${was.seconds.toFixed(2)} s, ${was.peak.toFixed(0)} MB`);
    }
    if (existsSync(floor)) {
      const empty = { OCOP_DATABASE_URL: `sqlite:${folder}/${round}-floor/ocop.db`, OCOP_DATA_DIR: join(folder, `${round}-floor`) };
      execFileSync(binary, ["init"], { env: { ...process.env, ...empty }, stdio: "ignore" });
      const least = execFileSync(floor, [join(folder, "products.xlsx"), env.OCOP_DATABASE_URL, empty.OCOP_DATABASE_URL]).toString();
      console.log(`     floor: ${least.trim().replaceAll("\n", ", ")}`);
    } else {
      console.log(`     floor: not measured, ${floor} is not there (bench/run.sh builds it)`);
    }
  }
  const again = await run(env, "import", "products", join(folder, "products.xlsx"));
  check(again.status === 0 && /thêm 0, sửa 0,/.test(again.out), `the same file again: ${again.out}`);
  console.log(`   the same again: ${again.seconds.toFixed(2)} s, ${again.peak.toFixed(0)} MB (${again.out})`);
  rmSync(folder, { recursive: true });
}
process.exit(failed ? 1 : 0);
