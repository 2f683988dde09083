// The way of a point: business → commune → department → surveyor → leader → opening → public page.
import { DESK, PHONE, must, test } from "./harness.mjs";
import { allMeet, select } from "./steps.mjs";
import { POTTERY, fillRegistration, send } from "./accounts.mjs";

/** Takes a step on a record's page by the button of its form. */
async function step(page, id, word, fields = {}) {
  const form = page.locator(`form[action="/ho-so/${id}/buoc/${word}"]`);
  for (const [name, value] of Object.entries(fields)) await form.locator(`[name="${name}"]`).fill(value);
  const details = page.locator(`details:has(form[action="/ho-so/${id}/buoc/${word}"])`);
  if ((await details.count()) && !(await details.evaluate((node) => node.open))) await details.locator("summary").click();
  await Promise.all([page.waitForURL("**xong=*"), form.locator('button[type="submit"]').click()]);
}

/** Clicks what asks first, and says yes in the dialog. */
async function sure(page, locator, url) {
  await locator.click();
  await Promise.all([page.waitForURL(url), page.locator('dialog[open] button[value="yes"]').click()]);
}

/** Today in Việt Nam as people write it. */
const today = () => new Intl.DateTimeFormat("vi-VN", { timeZone: "Asia/Ho_Chi_Minh", day: "2-digit", month: "2-digit", year: "numeric" }).format(new Date()).replace(/-/g, "/");

test("a point goes from registration to its public page", async (world) => {
  const name = "Quầy lụa Bà Chín";
  const owner = await world.visitor({ viewport: PHONE });
  await owner.goto(`${world.base}/dang-ky`);
  await fillRegistration(owner, { ...POTTERY, name, address: "Số 9 phố Lê Hồng Phong", lon: "105.7651", lat: "20.9711", operator: "Hộ bà Chín", contact: "Phạm Thị Chín" });
  await send(owner);
  await owner.waitForSelector("text=Đã nhận đăng ký");

  // the commune forwards
  const commune = await world.signIn("commune", { viewport: DESK });
  await commune.locator("main a", { hasText: name }).first().click();
  await commune.waitForSelector(`h1:has-text("${name}")`);
  const id = commune.url().match(/ho-so\/([0-9a-f]+)/)[1];
  const record = `${world.base}/ho-so/${id}`;
  await world.shot(commune, "way-1-record");
  await step(commune, id, "nominate");
  await commune.waitForSelector("text=Đã đề nghị lên Sở Công Thương");
  must((await commune.goto(`${world.base}/diem-ban`)).ok() && !(await commune.textContent("main")).includes(name), "it is not public yet");

  // the department accepts
  const surveyor = await world.signIn("surveyor", { viewport: PHONE });
  await surveyor.goto(record);
  await step(surveyor, id, "accept");
  await surveyor.waitForSelector("text=Đã tiếp nhận");
  await world.clean(surveyor);
  await world.mail("khaosat@ocop.example", name);

  // no set is in force after 2025: a leader decides to go on applying one
  const leader = await world.signIn("leader", { viewport: DESK });
  await surveyor.goto(`${record}/khao-sat/moi`);
  if ((await surveyor.textContent("main")).includes("Xem bộ tiêu chí và quyết định vận dụng")) {
    await leader.goto(`${world.base}/bo-tieu-chi/van-dung`);
    await world.clean(leader);
    await leader.selectOption('[name="set"]', { index: (await leader.locator('[name="set"] option').allTextContents()).findIndex((text) => text.includes("950")) });
    await leader.fill('[name="from"]', "01/01/2026");
    await leader.fill('[name="reason"]', "Chưa có quyết định thay thế; tiếp tục xét các điểm của năm nay.");
    await leader.click('main form button[type="submit"]');
    await leader.waitForURL("**xong=*");
    await surveyor.goto(`${record}/khao-sat/moi`);
  }
  must((await surveyor.textContent("main")).includes("vận dụng"), "the survey says that the set is applied by decision");

  // the surveyor plans, fills on a phone, finishes
  await world.clean(surveyor);
  await surveyor.fill('[name="planned_on"]', today());
  await surveyor.fill('[name="team"]', "Lê Thị Mẫu – Sở Công Thương\nVũ Văn Mẫu – Sở Du lịch");
  await surveyor.locator("main form button[type='submit']").click();
  await surveyor.waitForURL("**/khao-sat/*");
  await world.clean(surveyor);
  await world.shot(surveyor, "way-2-survey");
  await allMeet(surveyor);
  await surveyor.fill('[name="done_on"]', today());
  await surveyor.locator('button[value="save"]').click();
  await surveyor.waitForURL("**xong=*");
  await sure(surveyor, surveyor.locator('button[value="finish"]'), (url) => !url.search.includes("none"));
  await surveyor.waitForSelector("text=/Đạt|Hoàn thành/");
  await world.clean(surveyor);
  await world.shot(surveyor, "way-3-sheet");

  // the leader selects
  await leader.goto(`${world.base}/lua-chon`);
  await world.shot(leader, "way-4-selection");
  await world.clean(leader);
  const row = leader.locator("tr", { hasText: name });
  await select(row);
  await leader.fill('[name="number"]', "123/QĐ-SCT");
  await leader.fill('[name="decided_on"]', today());
  await leader.click("text=Xem lại trước khi ghi");
  await leader.waitForSelector("text=Xác nhận quyết định lựa chọn");
  await world.clean(leader);
  await leader.locator('button[name="sure"]').click();
  await leader.waitForURL("**xong=*");

  // the commune prepares
  await commune.goto(`${record}/chuan-bi`);
  await world.clean(commune);
  await commune.locator('input[name="shared_sellers"]').last().check({ force: true });
  await commune.locator("#f-begin button[type='submit']").click();
  await commune.waitForURL("**xong=*");
  await world.shot(commune, "way-5-preparation");
  await commune.waitForSelector("text=/Chưa khai trương được/");
  const sign = await commune.screenshot();
  const list = commune.locator("#f-checklist");
  for (const label of await list.locator('label.choice:has(input:not(:checked))').all().then((all) => all.reverse())) await label.click();
  await list.locator("#f-item-sign summary").click();
  await list.locator('[name="width_mm-sign"]').fill("1610");
  await list.locator('[name="height_mm-sign"]').fill("1000");
  await list.locator('[name="file-sign"]').setInputFiles({ name: "anh.png", mimeType: "image/png", buffer: sign });
  await Promise.all([commune.waitForURL("**xong=*"), list.locator('button.btn-main[type="submit"]').click()]);
  must(!(await commune.textContent("#f-open")).includes("Chưa khai trương được"), "everything is ticked in one save");
  await world.clean(commune);

  // it opens, and is public at once
  await commune.fill('#f-open [name="opened_on"]', today());
  await sure(commune, commune.locator("#f-open button[type='submit']"), "**xong=*");
  const visitor = await world.visitor({ viewport: PHONE });
  await visitor.goto(`${world.base}/diem-ban`);
  await visitor.locator("main a", { hasText: name }).first().click();
  await visitor.waitForSelector(`h1:has-text("${name}")`);
  await world.clean(visitor);
  await world.shot(visitor, "way-6-public");
  must((await visitor.content()).includes('"@type":"Store"') || (await visitor.content()).includes('"@type": "Store"'), "the page describes itself as a Store");
  await visitor.goto(visitor.url().replace("/diem-ban/", "/en/diem-ban/"));
  must((await visitor.getAttribute("html", "lang")) === "en", "the English page is English");
  await world.clean(visitor);

  // the history tells it all
  await leader.goto(record);
  const history = await leader.textContent("main");
  for (const deed of ["Cơ sở đăng ký", "Đề nghị lên Sở", "Tiếp nhận", "123/QĐ-SCT"]) must(history.includes(deed), `the record does not tell “${deed}”`);
});
