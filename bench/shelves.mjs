// Server CPU per request of what is asked of products, at 170, 1,700 and 17,000 of them, side by side; staff and public.
//   node bench/shelves.mjs [SIZES] [REQUESTS]
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { annex } from "./annex.mjs";
import { product } from "./generate.mjs";
import { ask, measure, serve, signIn, table } from "./server.mjs";

const sizes = (process.argv[2] ?? "170,1700,17000").split(",").map(Number);
const requests = Number(process.argv[3] ?? 400);
const found = (body, pattern) => [...new Set([...body.matchAll(pattern)].map((match) => match[1].replaceAll("&amp;", "&").replaceAll("&#38;", "&")))];

const results = [];
for (const size of sizes) {
  const fill = (folder, ocop) => {
    writeFileSync(join(folder, "products.xlsx"), annex(Array.from({ length: size }, (_, at) => product(at + 1))));
    ocop("import", "products", join(folder, "products.xlsx"));
  };
  await serve(["--demo"], fill, async (server) => {
    const keeper = await signIn(server.port, "sanpham@ocop.example");
    const commune = await signIn(server.port, "xa@ocop.example");
    const units = ["Quận Hà Đông", "Huyện Gia Lâm", "Huyện Ba Vì", "Huyện Sóc Sơn"].map(encodeURIComponent);
    const list = await ask(server.port, "/san-pham");
    const kinds = {
      public_list: [["/san-pham"]],
      public_filter: [units.map((unit) => `/san-pham?unit=${unit}&stars=4`)],
      public_product: [found(list.body, /href="(\/san-pham\/[a-z0-9-]+)"/g)],
      text_search: [["/san-pham?q=tra", "/san-pham?q=gom"]],
      register: [["/san-pham-ocop"], keeper],
      register_filter: [units.map((unit) => `/san-pham-ocop?unit=${unit}&stars=4`), keeper],
      register_of_commune: [["/san-pham-ocop"], commune],
      forecast: [["/san-pham-ocop/het-han"], keeper],
      ledger: [["/ket-noi", "/ket-noi/go"], keeper],
      matching_of_point: [found((await ask(server.port, "/ghep-noi?ke=it", keeper)).body, /href="(\/ghep-noi\/diem\/[0-9a-f]{32})/g).slice(0, 8), keeper],
      matching_of_product: [found((await ask(server.port, "/ghep-noi?q=tra", keeper)).body, /href="(\/ghep-noi\/san-pham\/[0-9a-f]{32})/g).slice(0, 8), keeper],
      never_connected: [["/ghep-noi/chua-ket-noi", "/ghep-noi/chua-ket-noi?theo=xa"], keeper],
    };
    for (const [what, [paths, cookie]] of Object.entries(kinds)) if (paths.length) results.push({ size, what, ...(await measure(server, paths, requests, cookie)) });
  });
}

table(results, sizes, "products", ["public_list", "public_product", "register", "ledger"]);
process.exit();
