// The clock of certificates: letters on the days of the window, a late file by which a certificate runs on, its result; one
// without a file lapses; one is withdrawn, and everybody who makes, watches or sells it is told. The clock moves.
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { ACCOUNTS, DESK, PHONE, must, test } from "./harness.mjs";
import { found, open, send, sure } from "./steps.mjs";

/** A day so many days from today, as 2026-11-22 and as people write it. */
const day = (offset) => new Date(Date.now() + 7 * 3600_000 + offset * 86_400_000).toISOString().slice(0, 10);
const vi = (iso) => iso.split("-").reverse().join("/");

const [LATE, LAPSED, TAKEN] = ["Mây tre Phú Vinh thử", "Nón làng Chuông thử", "Mật ong Ba Vì thử"];
const POINT = "Điểm OCOP Văn Quán thử";
const ALL = ["coso@ocop.example", "xa@ocop.example", ACCOUNTS.product_keeper];
/** The last day of the first two certificates. */
const LAST = 200;

/** Proposes a product to the point; to the shelf, if asked. */
async function connect(world, who, product, point, toShelf) {
  await who.goto(`${world.base}/ket-noi/moi?product=${product}&point=${point}`);
  const form = who.locator('main form[method="post"][action="/ket-noi/moi"]');
  await form.locator('[name="day"]').fill(vi(day(0)));
  await send(who, form);
  if (toShelf) await send(who, await open(who, "/buoc/shelf", { "shelf-day": vi(day(0)) }));
}

test("letters of the window, a late file, its result; a lapse; a withdrawal told to all", async (world) => {
  await world.on(day(0));
  const row = (code, name) => `${code},${name},Hợp tác xã Dệt lụa (dữ liệu mẫu),cooperative,Phường Hà Đông,Thủ công mỹ nghệ,3,60,12/QĐ-UBND,${day(-890)},GCN-${code},${day(LAST)},350000,kiểm thử`;
  writeFileSync(
    join(world.served.folder, "clock-points.csv"),
    ["code,name,kind,address,unit,lon,lat,operator,operator_kind,state,opened_on,last_confirmed_on,counted_by,source", `HN-2025-9301,${POINT},mall_market,Số 9 Văn Quán,Phường Hà Đông,105.7790,20.9690,Hợp tác xã Dệt lụa (dữ liệu mẫu),cooperative,operating,${day(-400)},${day(-3)},city,kiểm thử`].join("\n"),
  );
  writeFileSync(
    join(world.served.folder, "clock-products.csv"),
    ["code,name,producer,producer_kind,unit,group,stars,score,decision_no,decided_on,certificate_no,valid_until,price,source", row("SP-9301", LATE), row("SP-9302", LAPSED), row("SP-9303", TAKEN)].join("\n"),
  );
  world.command(day(0), "import", "points", "clock-points.csv");
  world.command(day(0), "import", "products", "clock-products.csv");
  const office = await world.signIn("leader");
  const point = await found(office, world, "/ho-so", POINT);
  const [late, lapsed, taken] = [await found(office, world, "/san-pham-ocop", LATE), await found(office, world, "/san-pham-ocop", LAPSED), await found(office, world, "/san-pham-ocop", TAKEN)];
  await connect(world, office, late, point, true);
  await connect(world, office, lapsed, point, true);
  await connect(world, office, taken, point, false);

  // the finding, its deadline on the work list, the decision by who may sign; producer, commune, keeper and seller are told
  let keeper = await world.signIn("product_keeper", { viewport: DESK });
  await keeper.goto(`${world.base}/san-pham-ocop/${taken}`);
  await send(keeper, await open(keeper, "/ket-luan/", { found_ground: "criteria", found_on: vi(day(0)), found_by: "Kết luận 5/KL-SNNMT" }));
  await world.clean(keeper);
  await world.shot(keeper, "clock-01-finding");
  await keeper.goto(`${world.base}/viec`);
  must((await keeper.textContent("main")).includes("Cần quyết định thu hồi"), "the finding waits on the work list");
  await world.clean(keeper);
  await world.shot(keeper, "clock-02-work");
  await keeper.goto(`${world.base}/san-pham-ocop/${taken}`);
  const decision = { withdraw_on: vi(day(0)), withdraw_decision: "77/QĐ-UBND", withdraw_reason: "Không còn đạt tiêu chí", withdraw_by: "Chủ tịch UBND cấp tỉnh" };
  const withdraw = (await open(keeper, "/thu-hoi/", decision)).locator('button[type="submit"]');
  await Promise.all([keeper.waitForURL("**xong=*"), withdraw.click()]);
  await world.clean(keeper);
  await world.shot(keeper, "clock-03-withdrawn");
  for (const to of ALL) await world.mail(to, "đã bị thu hồi. Từ ngày đó không được in");
  await world.mail("xa@ocop.example", "đang kết nối với");

  // the window: it opens, is half over, closes
  const closes = vi(day(LAST - 120));
  for (const [left, words] of [[180, `từ hôm nay đến hết ngày ${closes} nộp hồ sơ đánh giá lại tại UBND phường Hà Đông`], [150, "báo trước 150 ngày"], [120, `hôm nay, ngày ${closes}, là ngày cuối nộp hồ sơ`]]) {
    await world.on(day(LAST - left));
    for (const to of ALL) await world.mail(to, words);
  }
  keeper = await world.signIn("product_keeper", { viewport: PHONE });
  await keeper.goto(`${world.base}/san-pham-ocop?nop_ho_so=1`);
  must((await keeper.textContent("main")).includes(LATE), "the register lists what may be filed");
  await world.clean(keeper);
  await world.shot(keeper, "clock-04-window");

  // a late file
  await world.on(day(LAST - 40));
  keeper = await world.signIn("product_keeper", { viewport: PHONE });
  await keeper.goto(`${world.base}/san-pham-ocop/${late}`);
  must((await keeper.textContent("main")).includes("nộp chậm"), "the screen says what a late file brings");
  await world.clean(keeper);
  await world.shot(keeper, "clock-05-late");
  await send(keeper, await open(keeper, "/ho-so-danh-gia-lai/", { file_no: "15/HS", file_on: vi(day(LAST - 41)) }));

  // the last day passes: one runs on, one lapses
  await world.on(day(LAST + 1));
  const until = vi(day(LAST + 180));
  for (const to of ALL) {
    await world.mail(to, "được kéo dài trong khi đánh giá lại");
    await world.mail(to, "đã hết hiệu lực; không được in");
  }
  const shopper = await world.visitor({ viewport: PHONE });
  await shopper.goto(`${world.base}/diem-ban/diem-ocop-van-quan-thu`);
  const shelf = await shopper.textContent("main");
  must(shelf.includes(LATE) && !shelf.includes(LAPSED) && !shelf.includes(TAKEN), "only what runs on stands on the public shelf");
  await shopper.locator("main a", { hasText: LATE }).click();
  await shopper.getByText(`Đang đánh giá lại, kéo dài đến ${until}`).first().waitFor();
  await world.clean(shopper);
  await world.shot(shopper, "clock-06-public");
  const page = new URL(shopper.url()).pathname;
  keeper = await world.signIn("product_keeper", { viewport: DESK });
  await keeper.goto(`${world.base}/san-pham-ocop/${late}`);
  await keeper.getByText(`Đang đánh giá lại, kéo dài đến ${until}`).first().waitFor();
  await world.clean(keeper);
  await world.shot(keeper, "clock-07-running");

  // the result: a new certificate; running on is over
  await world.on(day(LAST + 60));
  keeper = await world.signIn("product_keeper", { viewport: DESK });
  await keeper.goto(`${world.base}/san-pham-ocop/${late}`);
  await send(keeper, await open(keeper, "/cong-nhan", { stars: "3", decision_no: "88/QĐ-UBND", decided_on: vi(day(LAST + 60)) }));
  await world.clean(keeper);
  await world.shot(keeper, "clock-08-result");
  const visitor = await world.visitor({ viewport: DESK });
  await visitor.goto(world.base + page);
  const shown = await visitor.textContent("main");
  must(shown.includes("còn hiệu lực") && !shown.includes("kéo dài"), "the new certificate counts");
  await world.on(day(LAST + 181));
  const later = await world.visitor();
  await later.goto(world.base + page);
  must((await later.textContent("main")).includes("Giấy chứng nhận OCOP còn hiệu lực"), "the end of running on changes nothing any more");
});
