// A point in operation over four months: two visits, a finding that rises, a pause, a closing with support still bound,
// take-down on two portals, a replacement, and the register as it was on three days. The clock of a store of its own moves.
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { DESK, PHONE, must, test } from "./harness.mjs";

/** A day so many days from today, as 2026-11-22 and as people write it. */
const day = (offset) => new Date(Date.now() + 7 * 3600_000 + offset * 86_400_000).toISOString().slice(0, 10);
const vi = (iso) => iso.split("-").reverse().join("/");

const POINT = "Điểm OCOP Cầu Đơ";
const NEXT = "Điểm OCOP Quang Trung";

/** Says yes in the dialog that a button opens. */
async function sure(page, button, url) {
  await button.click();
  await Promise.all([page.waitForURL(url), page.locator('dialog[open] button[value="yes"]').click()]);
}

/** Chooses a radio button by its label, as a finger does. */
const choose = (page, name, value) => page.locator(`label:has(input[name="${name}"][value="${value}"])`).click();

/** Plans a visit of a point for today and gives its address. */
async function plan(page, world, id, today) {
  await page.goto(`${world.base}/kiem-tra`);
  await page.locator(`input[name="point"][value="${id}"]`).check({ force: true });
  await page.fill('[name="planned_on"]', today);
  await page.locator('main form[action="/kiem-tra"] button.btn-main').click();
  await page.waitForURL("**xong=*");
  return page.locator(`tr:has(a[href="/ho-so/${id}/kiem-tra"]) a[href^="/kiem-tra/"]`).getAttribute("href");
}

/** Opens the form of a part of the operation page and fills it. */
async function fill(page, action, fields) {
  const form = page.locator(`form[action$="${action}"]`).first();
  const details = page.locator(`details:has(form[action$="${action}"])`).first();
  if ((await details.count()) && !(await details.evaluate((node) => node.open))) await details.locator("summary").first().click();
  for (const [name, value] of Object.entries(fields)) {
    const field = form.locator(`[name="${name}"]`);
    if ((await field.evaluate((node) => node.tagName)) === "SELECT") await field.selectOption(value);
    else await field.fill(value);
  }
  return form.locator('button[type="submit"]');
}

test("a point in operation is inspected, pauses, closes and is replaced", async (world) => {
  await world.on(day(0));
  const csv = [
    "code,name,kind,address,unit,lon,lat,operator,operator_kind,tax_code,contact,phone,hours,state,opened_on,last_confirmed_on,counted_by,source",
    `HN-2025-9001,${POINT},craft_village,Số 3 Cầu Đơ,Phường Hà Đông,105.7776,20.9712,Hợp tác xã Cầu Đơ,cooperative,0100109106,Lê Văn Đơ,0912000111,Mo-Su 08:00-20:00,operating,${day(-400)},${day(-300)},city ministry,kiểm thử`,
  ];
  writeFileSync(join(world.served.folder, "points.csv"), csv.join("\n"));
  world.command(day(0), "import", "points", "points.csv");

  // two portals that must show the points of the city
  let leader = await world.signIn("leader");
  const links = [];
  for (const name of ["Cổng Sở Công Thương", "Cổng Sở Du lịch"]) {
    await leader.goto(`${world.base}/cong-bo/moi`);
    await leader.fill('[name="name"]', name);
    await leader.fill('[name="address"]', `https://${links.length ? "dulich" : "congthuong"}.example/`);
    await choose(leader, "how", "mail");
    await leader.fill('[name="mail"]', `cong${links.length + 1}@ocop.example`);
    await leader.fill('[name="source"]', "Kế hoạch của Thành phố, mục III.3");
    await leader.locator("main form button.btn-main").first().click();
    links.push(new URL((await leader.locator("main").textContent()).match(/https?:\/\/\S+\/cong\/[A-Za-z0-9_-]+/)[0]).pathname);
  }
  await world.shot(leader, "operation-01-portal-added");
  for (const [at, link] of links.entries()) {
    await world.mail(`cong${at + 1}@ocop.example`, POINT);
    const portal = await world.visitor({ viewport: at ? PHONE : DESK });
    await portal.goto(world.base + link);
    await world.clean(portal);
    if (!at) await world.shot(portal, "operation-02-portal-answers");
    await portal.locator("li", { hasText: POINT }).first().locator('a:has-text("Trả lời riêng")').click();
    await world.clean(portal);
    const own = portal.locator('form[action$="/da-dang"]');
    await own.locator('[name^="url-"]').fill(`https://${at ? "dulich" : "congthuong"}.example/cau-do`);
    await own.locator('[name^="by-"]').fill("Nguyễn Văn Cổng");
    await own.locator('button[type="submit"]').click();
    await portal.waitForURL("**xong=*");
  }

  // support that binds for two years
  await leader.goto(`${world.base}/ho-so?q=${encodeURIComponent("Cầu Đơ")}`);
  const id = (await leader.locator('main a[href^="/ho-so/"]', { hasText: POINT }).first().getAttribute("href")).split("/")[2];
  const operation = () => `${world.base}/ho-so/${id}/van-hanh`;
  await leader.goto(operation());
  const give = await fill(leader, "/van-hanh/ho-tro", { what: "Biển hiệu, tủ mát", amount: "15.000.000", source: "ministry", given_on: vi(day(-30)), support_commitment_to: vi(day(700)) });
  await give.click();
  await leader.waitForURL("**xong=*");
  await world.clean(leader);

  // first visit: it runs, with something to put right in five days
  const inspector = await world.signIn("inspector", { viewport: PHONE });
  await world.clean(inspector);
  const first = await plan(inspector, world, id, vi(day(0)));
  await world.clean(inspector);
  await world.shot(inspector, "operation-03-plan");
  await inspector.goto(world.base + first);
  await choose(inspector, "running", "yes");
  await inspector.locator('textarea[name^="what-"]').first().fill("Biển hiệu bị che khuất bởi mái hiên");
  await inspector.locator('input[name^="by-"]').first().fill(vi(day(5)));
  await world.clean(inspector);
  await world.shot(inspector, "operation-04-visit");
  await sure(inspector, inspector.locator('button[value="finish"]'), "**xong=*");
  await world.clean(inspector);
  await world.mail("xa@ocop.example", "Biển hiệu bị che khuất");
  const told = await (await world.visitor()).goto(`${world.base}/diem-ban/diem-ocop-cau-do`);
  must((await told.text()).includes(vi(day(0))), "the public page tells when it was last seen running");

  // five days pass without anything: it rises to commune and department, and a week later to the leader
  await world.on(day(6));
  await world.mail("khaosat@ocop.example", "Biển hiệu bị che khuất");
  await world.on(day(14));
  await world.mail("lanhdao@ocop.example", "Biển hiệu bị che khuất");
  leader = await world.signIn("leader");
  await leader.goto(`${world.base}/kiem-tra/phat-hien`);
  must((await leader.textContent("main")).includes("Biển hiệu bị che khuất"), "the leader sees the finding");
  await world.clean(leader);
  await world.shot(leader, "operation-05-findings");

  // second visit: shut. The commune records the pause
  await world.on(day(20));
  const again = await world.signIn("inspector", { viewport: PHONE });
  const second = await plan(again, world, id, vi(day(20)));
  await again.goto(world.base + second);
  await choose(again, "running", "no");
  await again.fill('[name="note"]', "Cửa khóa, hàng xóm nói nghỉ từ đầu tuần.");
  await sure(again, again.locator('button[value="finish"]'), "**xong=*");
  const commune = await world.signIn("commune");
  await commune.goto(operation());
  const pause = await fill(commune, "/tam-ngung", { from_on: vi(day(18)), until_on: vi(day(45)), cause: "repair", reason: "Cơ sở sửa lại mặt bằng." });
  await pause.click();
  await commune.waitForURL("**xong=*");
  await world.clean(commune);
  await world.shot(commune, "operation-06-paused");
  const shopper = await world.visitor();
  await shopper.goto(`${world.base}/diem-ban/diem-ocop-cau-do`);
  must((await shopper.textContent("main")).includes("Tạm ngừng"), "the public page says it pauses");
  await world.mail("cong1@ocop.example", "gỡ");

  // it never runs again: closed with support still bound
  await world.on(day(60));
  leader = await world.signIn("leader");
  must((await leader.textContent("main")).includes("Tạm ngừng quá ngày dự kiến mở lại"), "the pause that does not end is work");
  await world.shot(leader, "operation-07-work");
  await world.clean(leader);
  await leader.goto(operation());
  must((await leader.textContent("main")).includes("Còn cam kết hỗ trợ"), "closing says what is still bound");
  const shut = await fill(leader, "/dong", { closed_on: vi(day(50)), close_cause: "premises", close_reason: "Chủ nhà lấy lại mặt bằng." });
  await sure(leader, shut, "**xong=*");
  must((await leader.textContent("main")).includes("1 phát hiện chưa khắc phục được chuyển vào hồ sơ"), "the finding is carried to the file");
  const owed = await fill(leader, "/hoan-tra", { payback: "9.000.000", payback_due: vi(day(120)), payback_basis: "Biên bản làm việc số 5" });
  await owed.click();
  await leader.waitForURL("**xong=*");
  await world.clean(leader);
  await world.shot(leader, "operation-08-closed");

  // both portals confirm the take-down: one by its own page, one through the department
  const portal = await world.visitor({ viewport: PHONE });
  await portal.goto(world.base + links[0]);
  await portal.locator("li", { hasText: POINT }).first().locator('a:has-text("Trả lời riêng")').click();
  await portal.locator('form[action$="/da-go"] [name^="by-"]').first().fill("Nguyễn Văn Cổng");
  await portal.locator('form[action$="/da-go"] button[type="submit"]').first().click();
  await portal.waitForURL("**xong=*");
  await leader.goto(`${world.base}/cong-bo?viec=takedown`);
  must((await leader.textContent("main")).includes(POINT), "the other portal's entry is still on the list");
  await world.clean(leader);
  await world.shot(leader, "operation-09-takedown");
  // the sample portal of the ward was asked too
  for (let asked = await leader.locator("tbody th a", { hasText: POINT }).count(); asked > 0; asked -= 1) {
    await leader.locator("tbody th a", { hasText: POINT }).first().click();
    await leader.locator('form[action$="/da-go"] [name^="by-"]').first().waitFor({ state: "attached" });
    for (const closed of await leader.locator("details:not([open]):has(form[action$='/da-go'])").all()) await closed.locator("summary").first().click();
    await leader.locator('form[action$="/da-go"] [name^="by-"]').first().fill("Trực ban của cổng");
    await leader.locator('form[action$="/da-go"] button[type="submit"]').first().click();
    await leader.waitForURL("**xong=*");
    await leader.goto(`${world.base}/cong-bo?viec=takedown`);
  }
  must(!(await leader.textContent("main")).includes(POINT), "nothing is outstanding any more");

  // another opens ten days later and takes its place
  await world.on(day(70));
  writeFileSync(join(world.served.folder, "next.csv"), [csv[0], `HN-2026-9002,${NEXT},mall_market,Số 9 Quang Trung,Phường Hà Đông,105.7790,20.9690,Hợp tác xã Quang Trung,cooperative,,Trần Thị Trung,0912000222,Mo-Su 08:00-20:00,operating,${day(60)},${day(60)},city,kiểm thử`].join("\n"));
  world.command(day(70), "import", "points", "next.csv");
  const keeper = await world.signIn("commune");
  await keeper.goto(operation());
  const propose = await fill(keeper, "/thay-the", { pick: "HN-2026-9002", note: "Cùng phường, đủ hàng" });
  await propose.click();
  await keeper.waitForURL("**xong=*");
  leader = await world.signIn("leader");
  await leader.goto(operation());
  await leader.locator('form[action$="/chon"] button').click();
  await leader.waitForURL("**xong=*");
  await world.clean(leader);
  await world.shot(leader, "operation-10-replaced");
  const later = await world.visitor({ viewport: PHONE });
  await later.goto(`${world.base}/diem-ban/diem-ocop-cau-do`);
  await later.getByRole("main").getByText("Điểm thay thế:").waitFor();
  must((await leader.textContent("main")).includes("10 ngày không có điểm"), "ten days went by before the new one opened");

  // the register as of three days, and as it was known on one
  for (const [at, words] of [
    [10, "Đang hoạt động"],
    [30, "Tạm ngừng"],
    [60, "Đã đóng"],
  ]) {
    const state = { "Đang hoạt động": "operating", "Tạm ngừng": "suspended", "Đã đóng": "closed" }[words];
    await leader.goto(`${world.base}/so-diem?ngay=${encodeURIComponent(vi(day(at)))}&state=${state}`);
    must((await leader.textContent("main")).includes(POINT), `on day ${at} it was ${words}`);
    await world.clean(leader);
    if (at === 30) await world.shot(leader, "operation-11-register");
  }
  await leader.goto(`${world.base}/so-diem?ngay=${encodeURIComponent(vi(day(55)))}&biet=${encodeURIComponent(vi(day(55)))}&state=suspended`);
  must((await leader.textContent("main")).includes(POINT), "on day 55 nobody knew yet that it had closed on day 50");
  await leader.goto(`${world.base}/so-diem/nam`);
  await world.clean(leader);
  await world.shot(leader, "operation-12-years");
  const exported = world.command(day(70), "export", "points", "--format", "csv", "--as-of", day(30));
  must(exported.includes("suspended"), "the export of a day tells that day's state");
});
