// Invented points in the real communes, in the import layout, for measuring. Row i depends on the seed and i only,
// so a small set is a prefix of a large one.   node bench/generate.mjs COUNT > points.csv
import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";

const units = readFileSync(fileURLToPath(new URL("../programme/hanoi/units/units.csv", import.meta.url)), "utf8").split("\n").slice(1);
const all = units.map((line) => line.split(",")).filter((cells) => cells[2] === "commune" || cells[2] === "district");
const districts = new Map(all.filter((cells) => cells[2] === "district").map((cells) => [cells[0], cells[5]]));
const today = all.filter((cells) => cells[2] === "commune" && cells[7] === "2025-07-01");
const before = all.filter((cells) => cells[2] === "commune" && cells[8] === "2025-07-01");

const KINDS = ["transport_hub", "rest_stop", "mall_market", "tourism_hospitality", "craft_village", "service_industrial", "fair_exhibition", "post_office"];
const FIRST = ["Cửa hàng", "Siêu thị", "Quầy", "Nhà trưng bày", "Hợp tác xã", "Điểm bán", "Góc quà", "Cơ sở"];
const LAST = ["Hồng Vân", "Minh Châu", "An Phú", "Đồng Xanh", "Bảo Lộc", "Thanh Hà", "Tâm Việt", "Ngọc Sơn", "Phúc Hậu", "Hoa Sen", "Bình Minh", "Kim Liên"];
const STREETS = ["Nguyễn Trãi", "Lê Lợi", "Trần Phú", "Quang Trung", "Hùng Vương", "Bà Triệu", "Ngô Quyền", "Giải Phóng"];

/** mulberry32, seeded by row */
function random(seed) {
  let state = (seed * 2654435761 + 1) >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let t = state;
    t = Math.imul(t ^ (t >>> 15), t | 1);
    t ^= t + Math.imul(t ^ (t >>> 7), t | 61);
    return ((t ^ (t >>> 14)) >>> 0) / 4294967296;
  };
}

function taxCode(next) {
  for (;;) {
    const digits = [0, 1, ...Array.from({ length: 7 }, () => Math.floor(next() * 10))];
    const sum = digits.reduce((total, digit, at) => total + digit * [31, 29, 23, 19, 17, 13, 7, 5, 3][at], 0);
    const check = 10 - (sum % 11);
    if (check < 10) return digits.join("") + check;
  }
}

export function row(i) {
  const next = random(i + 1);
  const pick = (list) => list[Math.floor(next() * list.length)];
  const isNew = next() < 0.5;
  const unit = pick(isNew ? today : before);
  const place = isNew ? unit[0] : `${unit[5]}, ${districts.get(unit[6])}`;
  const state = next() < 0.85 ? "operating" : next() < 0.66 ? "suspended" : "closed";
  const opened = `20${20 + Math.floor(next() * 5)}-0${1 + Math.floor(next() * 9)}-1${Math.floor(next() * 10)}`;
  const closed = state === "closed" ? "2025-09-15" : "";
  const span = isNew ? "" : i % 5 ? opened : opened.slice(0, 4); // sources often know the year alone, or nothing
  return [
    `B-${String(i).padStart(6, "0")}`, `${pick(FIRST)} ${pick(LAST)} ${i}`, pick(KINDS), `Số ${1 + Math.floor(next() * 400)} ${pick(STREETS)}`, place,
    (105.3 + next() * 0.7).toFixed(6), (20.6 + next() * 0.7).toFixed(6), 15 + Math.floor(next() * 300), `Cơ sở ${pick(LAST)} ${i}`, "enterprise", taxCode(next),
    "Nguyễn Văn Thử", `024${String(10000000 + Math.floor(next() * 89999999))}`, "Mo-Su 08:00-20:00", state, span, closed, "", "city", "generated",
  ];
}

const GROUPS = ["Thực phẩm", "Đồ uống", "Dược liệu và sản phẩm từ dược liệu", "Thủ công mỹ nghệ", "Sinh vật cảnh", "Dịch vụ du lịch cộng đồng, du lịch sinh thái và điểm du lịch"];
const GOODS = ["Gạo nếp cái hoa vàng", "Miến dong", "Bưởi Diễn", "Trà sen", "Rượu mơ", "Tinh bột nghệ", "Ấm chén men lam", "Khăn lụa tơ tằm", "Quạt giấy", "Hoa đào"];
const OWNERS = ["Nguyễn Thị Lan", "Trần Văn Hùng", "Lê Minh Tâm", "Phạm Thu Hà", "Đỗ Quang Sơn", "Bùi Ngọc Mai", "Ngô Xuân Phúc", "Hoàng Đức An"];
const PRAISE = ["làm từ nguyên liệu của địa phương", "giữ cách làm truyền thống của làng nghề", "có bao bì, nhãn mác đầy đủ và mã truy xuất", "phù hợp làm quà biếu trong các dịp lễ, Tết",
  "bảo quản nơi khô ráo, thoáng mát, tránh ánh nắng trực tiếp", "tạo việc làm thường xuyên cho lao động nông thôn, nhất là phụ nữ", "được kiểm nghiệm định kỳ và bảo đảm an toàn thực phẩm"];
const bare = (name) => name.replace(/^(Thị trấn|Phường|Xã) /i, "");
const pad = (n) => String(n).padStart(2, "0");

/** The header of an annex of a decision. */
export const ANNEX = ["STT", "Mã SP", "Tên sản phẩm", "Chủ thể", "Xã/Phường", "Quận/Huyện", "Nhóm sản phẩm", "Hạng sao", "Điểm", "Giá (đồng)", "Mô tả", "Vĩ độ", "Kinh độ", "Số quyết định", "Ngày công nhận", "Số giấy chứng nhận", "Có giá trị đến"];

/** A product as a row of an annex. */
export function product(i) {
  const next = random(i + 7_000_001);
  const pick = (list) => list[Math.floor(next() * list.length)];
  const unit = pick(before);
  const stars = next() < 0.62 ? 3 : next() < 0.92 ? 4 : 5;
  const score = Number(([0, 0, 0, 50, 70, 90][stars] + next() * 9.9).toFixed(1));
  // what stands behind the name keeps makers of different kinds and communes apart: near names would wait for an answer
  const [kind, line] = pick([["Hợp tác xã", "Nông sản"], ["Công ty TNHH", "Thực phẩm sạch"], ["Hộ kinh doanh", ""], ["Cơ sở sản xuất", "Gia truyền"]]);
  const owner = `${kind} ${pick(OWNERS)} ${bare(unit[5])} ${line} số ${Number(unit[1])}`;
  const name = `${pick(GOODS)} ${bare(unit[5])} ${pick(["loại I", "hộp quà", "truyền thống", "hữu cơ"])}`;
  const text = Array.from({ length: 7 }, () => pick(PRAISE)).join(", ");
  const [year, month, day] = [2020 + Math.floor(next() * 6), 1 + Math.floor(next() * 12), 1 + Math.floor(next() * 28)];
  return [
    i, i, name, owner, bare(unit[5]), districts.get(unit[6]).replace(/^(Quận|Huyện|Thị xã) /, ""), pick(GROUPS), stars, score, pick([15, 25, 45, 80, 120, 250, 600]) * 1000, `${name} của ${owner}: ${text}.`,
    Number((20.6 + next() * 0.7).toFixed(6)), Number((105.3 + next() * 0.7).toFixed(6)), `${100 + Math.floor(next() * 6900)}/QĐ-UBND`, `${year}-${pad(month)}-${pad(day)}`, `B-${year}-${String(i).padStart(6, "0")}`, `${year + 3}-${pad(month)}-${pad(day)}`,
  ];
}

/** The same with one thing wrong: the row and what kind. */
export function spoilt(i) {
  const cells = product(i);
  const [kind, column, cell] = [["name", 2, ""], ["stars", 7, 7], ["score", 8, 130.5], ["price", 9, "liên hệ"], ["district", 5, "Quận Không Có"], ["group", 6, "Nhóm lạ"]][Math.floor(random(i + 9_000_001)() * 6)];
  cells[column] = cell;
  return { cells, kind };
}

const HEAD = "code,name,kind,address,unit,lon,lat,area_m2,operator,operator_kind,tax_code,contact,phone,hours,state,opened_on,closed_on,last_confirmed_on,counted_by,source";

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const count = Number(process.argv[2] ?? 300);
  const lines = [HEAD];
  for (let i = 0; i < count; i++) lines.push(row(i).map((cell) => (/[",\n]/.test(String(cell)) ? `"${String(cell).replaceAll('"', '""')}"` : cell)).join(","));
  process.stdout.write(lines.join("\n") + "\n");
}
