// What stands on the shelf: products come by a file, one goes from a proposal to the shelves of two points, its notice goes
// out, it lapses by itself and is taken down at both; another is withdrawn; an inspection finds a lapsed one. The clock moves.
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { ACCOUNTS, PHONE, must, test } from "./harness.mjs";
import { found, open, send, sure } from "./steps.mjs";

/** A day so many days from today, as 2026-11-22 and as people write it. */
const day = (offset) => new Date(Date.now() + 7 * 3600_000 + offset * 86_400_000).toISOString().slice(0, 10);
const vi = (iso) => iso.split("-").reverse().join("/");

const [SILK, TEA] = ["Khăn lụa Cầu Đơ", "Trà sen Cầu Đơ"];
const [FIRST, SECOND] = ["Điểm OCOP Cầu Đơ", "Điểm OCOP Quang Trung"];

/** Ground, finding and signer of a withdrawal. */
const FOUND = (on) => ({ withdraw_ground: "breach", withdraw_found_on: vi(on), withdraw_found_by: "Kết luận 3/KL-ATTP", withdraw_by: "Chủ tịch UBND cấp tỉnh" });

/** Proposes a product to a point, and takes it to the shelf by the office. */
async function toShelf(world, who, office, product, point) {
  await who.goto(`${world.base}/ket-noi/moi?product=${product}&point=${point}`);
  const form = who.locator('main form[method="post"][action="/ket-noi/moi"]');
  await form.locator('[name="day"]').fill(vi(day(0)));
  await send(who, form);
  const path = new URL(who.url()).pathname;
  await office.goto(world.base + path);
  await send(office, await open(office, "/buoc/sample", { "sample-day": vi(day(0)) }));
  await send(office, await open(office, "/buoc/agree", { "agree-day": vi(day(0)), price: "350.000", terms: "Ký gửi, thanh toán cuối tháng" }));
  await send(office, await open(office, "/buoc/shelf", { "shelf-day": vi(day(0)) }));
  return path;
}

test("a product goes to the shelf, lapses, is taken down; another is withdrawn", async (world) => {
  await world.on(day(0));
  const ends = day(40);
  const points = [
    "code,name,kind,address,unit,lon,lat,operator,operator_kind,state,opened_on,last_confirmed_on,counted_by,source",
    `HN-2025-9101,${FIRST},craft_village,Số 3 Cầu Đơ,Phường Hà Đông,105.7776,20.9712,Hợp tác xã Cầu Đơ,cooperative,operating,${day(-400)},${day(-3)},city,kiểm thử`,
    `HN-2025-9102,${SECOND},mall_market,Số 9 Quang Trung,Phường Hà Đông,105.7790,20.9690,Hợp tác xã Quang Trung,cooperative,operating,${day(-200)},${day(-3)},city,kiểm thử`,
  ];
  const products = [
    "code,name,producer,producer_kind,unit,group,stars,score,decision_no,decided_on,certificate_no,valid_until,price,source",
    `SP-9101,${SILK},Hợp tác xã Dệt lụa (dữ liệu mẫu),cooperative,Phường Hà Đông,Thủ công mỹ nghệ,4,"82,5",12/QĐ-UBND,${day(-1000)},GCN-9101,${day(39)},350000,kiểm thử`,
    `SP-9102,${TEA},Hợp tác xã Dệt lụa (dữ liệu mẫu),cooperative,Phường Hà Đông,Đồ uống,3,60,12/QĐ-UBND,${day(-100)},GCN-9102,,850000,kiểm thử`,
  ];
  writeFileSync(join(world.served.folder, "points.csv"), points.join("\n"));
  writeFileSync(join(world.served.folder, "products.csv"), products.join("\n"));
  world.command(day(0), "import", "points", "points.csv");
  world.command(day(0), "import", "products", "products.csv");

  const producer = await world.signIn("business");
  const leader = await world.signIn("leader");
  const [first, second] = [await found(leader, world, "/ho-so", FIRST), await found(leader, world, "/ho-so", SECOND)];
  await producer.goto(`${world.base}/san-pham-ocop`);
  await world.clean(producer);
  await world.shot(producer, "shelf-01-register");
  const silk = await found(producer, world, "/san-pham-ocop", SILK);
  const tea = await found(producer, world, "/san-pham-ocop", TEA);
  await producer.goto(`${world.base}/san-pham-ocop/${silk}`);
  await world.clean(producer);
  await world.shot(producer, "shelf-02-product");
  const atFirst = await toShelf(world, producer, leader, silk, first);
  await toShelf(world, producer, leader, silk, second);
  await toShelf(world, producer, leader, tea, first);
  await leader.goto(world.base + atFirst);
  await world.clean(leader);
  await world.shot(leader, "shelf-03-connection");
  await leader.goto(`${world.base}/ket-noi`);
  await world.clean(leader);
  await world.shot(leader, "shelf-04-ledger");

  // a shopper finds both ways
  const shopper = await world.visitor({ viewport: PHONE });
  const shop = `${world.base}/diem-ban/diem-ocop-cau-do`;
  await shopper.goto(shop);
  await world.clean(shopper);
  await world.shot(shopper, "shelf-05-point");
  await shopper.locator("main a", { hasText: SILK }).click();
  await shopper.getByText("Giấy chứng nhận OCOP còn hiệu lực").waitFor();
  for (const name of [FIRST, SECOND]) must((await shopper.textContent("main")).includes(name), `${SILK} is sold at ${name}`);
  await world.clean(shopper);
  await world.shot(shopper, "shelf-06-public-product");
  const page = shopper.url();
  await shopper.goto(`${world.base}/san-pham`);
  await world.clean(shopper);
  await world.shot(shopper, "shelf-07-public-products");

  // a letter before the end, to producer, commune and keeper
  await world.on(day(12));
  for (const to of ["coso@ocop.example", "xa@ocop.example", ACCOUNTS.product_keeper]) await world.mail(to, "sắp hết hạn");

  // it lapses by itself: gone from the shelf, a task at each point
  await world.on(ends);
  const visitor = await world.visitor();
  const path = new URL(page).pathname;
  await visitor.goto(world.base + path);
  await visitor.getByText("Giấy chứng nhận OCOP đã hết hiệu lực").waitFor();
  await world.clean(visitor);
  await world.shot(visitor, "shelf-08-lapsed");
  await visitor.goto(`${world.base}/diem-ban/diem-ocop-cau-do`);
  const shelf = await visitor.textContent("main");
  must(!shelf.includes(SILK) && shelf.includes(TEA), "the lapsed product left the public shelf, the other stays");
  await world.mail("xa@ocop.example", "Đề nghị gỡ khỏi kệ");
  const office = await world.signIn("leader");
  await office.goto(`${world.base}/ket-noi/go`);
  must((await office.locator("ul.worklist > li").count()) === 2, "one task a point");
  await world.clean(office);
  await world.shot(office, "shelf-09-takedowns");
  await sure(office, office.locator("ul.worklist > li", { hasText: SECOND }).locator("button"));
  must((await office.locator("ul.worklist > li").count()) === 1, "the first point has not confirmed");

  // an inspection finds it still there
  const inspector = await world.signIn("inspector", { viewport: PHONE });
  await inspector.goto(`${world.base}/kiem-tra`);
  must((await inspector.textContent("main")).includes("sản phẩm chờ gỡ khỏi kệ"), "lapsed goods are a reason to go there");
  await inspector.locator(`input[name="point"][value="${first}"]`).check({ force: true });
  await inspector.fill('[name="planned_on"]', vi(ends));
  await inspector.locator('main form[action="/kiem-tra"] button.btn-main').click();
  await inspector.waitForURL("**xong=*");
  const visit = await inspector.locator(`tr:has(a[href="/ho-so/${first}/kiem-tra"]) a[href^="/kiem-tra/"]`).getAttribute("href");
  await inspector.goto(`${world.base}${visit}/ke`);
  await inspector.locator(`label:has(input[name="seen-${silk}"][value="yes"])`).click();
  await inspector.locator(`label:has(input[name="seen-${tea}"][value="yes"])`).click();
  await send(inspector, inspector.locator("main form"));
  await world.clean(inspector);
  await world.shot(inspector, "shelf-10-shelf-check");
  await inspector.goto(world.base + visit);
  await inspector.locator('label:has(input[name="running"][value="yes"])').click();
  await inspector.fill('[name="team"]', "Hoàng Thị Mẫu – Sở Công Thương");
  await sure(inspector, inspector.locator('button[value="finish"]'));
  must((await inspector.textContent("main")).includes(`Bày bán ở khu OCOP sản phẩm ${SILK}`), "what may not stand there is a finding");
  await world.clean(inspector);
  await world.shot(inspector, "shelf-11-visit");

  // now it is taken down at the first point too
  await office.goto(`${world.base}/ket-noi/go`);
  await sure(office, office.locator("ul.worklist > li", { hasText: FIRST }).locator("button"));
  must((await office.locator("ul.worklist > li").count()) === 0, "nothing is left to take down");

  // the other is withdrawn by decision: gone the same moment
  const keeper = await world.signIn("product_keeper");
  await keeper.goto(`${world.base}/san-pham-ocop/${tea}`);
  const form = await open(keeper, "/thu-hoi/", { withdraw_on: vi(ends), withdraw_decision: "99/QĐ-UBND", withdraw_reason: "Không bảo đảm an toàn thực phẩm", ...FOUND(ends) });
  await Promise.all([keeper.waitForURL("**xong=*"), form.locator('button[type="submit"]').click()]);
  await world.clean(keeper);
  await world.shot(keeper, "shelf-12-withdrawn");
  await visitor.goto(`${world.base}/diem-ban/diem-ocop-cau-do`);
  must(!(await visitor.textContent("main")).includes(TEA), "the withdrawn product left the public shelf at once");
  await keeper.goto(`${world.base}/san-pham-ocop/het-han`);
  await world.clean(keeper);
  await world.shot(keeper, "shelf-13-forecast");
});
