// A council from the decision that makes it to the result of a product: rules, members, a sitting, sheets on a phone and at a desk
// that nobody else sees, far apart at first and discussed.
import { DESK, PHONE, must, test } from "./harness.mjs";
import { answerAll, begin, report, send, sure, vi } from "./steps.mjs";

const today = vi(new Date());

/** Marks a whole sheet: the best answers, or the least of the first lines; reasons where a second turn asks for them. */
async function mark(page, least = 0, reasons = false) {
  const lines = page.locator('fieldset[id^="f-mark-"]');
  for (let at = 0; at < (await lines.count()); at++) {
    const answers = lines.nth(at).locator('input[type="radio"]');
    await answers.nth(at < least ? 0 : (await answers.count()) - 1).check({ force: true });
    if (reasons) await lines.nth(at).locator('input[name^="why-"]').fill("Đã xem lại minh chứng");
  }
  await Promise.all([page.waitForURL("**xong=hand_in_sheet*"), page.locator('button[value="submit"]').click()]);
}

async function member(page, path, base, fields) {
  await page.goto(`${base}${path}`);
  const form = page.locator(`form[action="${path}/thanh-vien"]`);
  for (const [name, value] of Object.entries(fields)) {
    const field = form.locator(`[name="${name}"]`);
    if ((await field.evaluate((node) => node.tagName)) === "SELECT") await field.selectOption(value);
    else await field.fill(value);
  }
  await send(page, form);
}

test("a council marks blind, discusses what lies far apart, and its result stands", async (world) => {
  const product = "Vỏ gối lụa in tay (dữ liệu mẫu)";
  const producer = await world.signIn("business", { viewport: PHONE });
  const dossier = await begin(producer, world.base, product, "Đánh giá lần đầu");
  await answerAll(producer, world.base, dossier);
  await producer.goto(`${world.base}${dossier}`);
  await sure(producer, producer.locator(`form[action="${dossier}/gui"] button[type="submit"]`));
  const commune = await world.signIn("commune", { viewport: DESK });
  await commune.goto(`${world.base}${dossier}`);
  const checks = Object.fromEntries(["material", "labour", "idea", "identity"].map((word) => [`check-${word}`, "Đã xem, đúng như hồ sơ."]));
  await report(commune, dossier, { ...checks, proposal: "Đề nghị đánh giá.", report_no: "45/BC-UBND", reported_on: today });

  // the rules of the city, a council with its members
  const keeper = await world.signIn("product_keeper", { viewport: DESK });
  await keeper.goto(`${world.base}/quy-che-hoi-dong`);
  await world.clean(keeper);
  for (const [name, value] of Object.entries({ title: "Quy chế kèm Quyết định 55/QĐ-UBND", from_on: today, quorum: "2/3", spread: "10", lead_days: "1" })) await keeper.fill(`[name="${name}"]`, value);
  await keeper.locator("label", { hasText: "quá nửa" }).click();
  await send(keeper, keeper.locator("main form").last());
  await world.clean(keeper);
  await world.shot(keeper, "council-01-rules");
  await keeper.goto(`${world.base}/hoi-dong/moi`);
  await keeper.locator("label", { hasText: /^\s*Hội đồng\s*$/ }).click();
  await keeper.selectOption('[name="body"]', { index: 1 });
  for (const [name, value] of Object.entries({ name: "Hội đồng đánh giá, phân hạng sản phẩm OCOP Thành phố", decision_no: "100/QĐ-UBND", decided_on: today })) await keeper.fill(`[name="${name}"]`, value);
  await world.clean(keeper);
  await send(keeper, keeper.locator("main form").last());
  const panel = new URL(keeper.url()).pathname;
  const agency = { body: "so-nn-mt" };
  await member(keeper, panel, world.base, { part: "chair", name: "Phạm Văn Mẫu", post: "Phó Giám đốc", ...agency, email: "lanhdao@ocop.example" });
  await member(keeper, panel, world.base, { part: "member", name: "Lý Văn Mẫu", ...agency, email: "thanhvien@ocop.example" });
  await member(keeper, panel, world.base, { part: "secretary", name: "Ngô Thị Mẫu", ...agency, email: "sanpham@ocop.example" });
  await world.clean(keeper);
  await world.shot(keeper, "council-02-panel");

  // a sitting: agenda, papers, who came; it opens once the sheet was compared
  await keeper.goto(`${world.base}/phien-danh-gia/moi`);
  await keeper.fill('[name="title"]', "Phiên 1, đợt 2 năm 2026");
  await keeper.locator("label", { hasText: /^\s*Họp\s*$/ }).click();
  await keeper.fill('[name="held_on"]', today);
  await world.clean(keeper);
  await send(keeper, keeper.locator("main form").last());
  const sitting = new URL(keeper.url()).pathname;
  await keeper.locator('input[name="dossier"]').first().check({ force: true });
  await send(keeper, keeper.locator(`form[action="${sitting}/chuong-trinh"]`));
  await send(keeper, keeper.locator(`form[action="${sitting}/tai-lieu"]`));
  for (const box of await keeper.locator('input[name="came"]').all()) await box.check({ force: true });
  await keeper.locator('input[name="chair"]').first().check({ force: true });
  await send(keeper, keeper.locator(`form[action="${sitting}/diem-danh"]`));
  await keeper.locator(`form[action="${sitting}/mo"] button`).click();
  await keeper.locator(".error", { hasText: "chưa được đối chiếu" }).first().waitFor();
  await world.clean(keeper);
  await world.shot(keeper, "council-03-agenda");
  const set = (await (await keeper.request.get(`${world.base}${dossier}`)).text()).match(/\/phieu-danh-gia\/([0-9-]+)/)[1];
  await keeper.goto(`${world.base}/phieu-danh-gia/${set}`);
  await send(keeper, keeper.locator('form:has(input[name="demo"])'));
  await keeper.goto(`${world.base}${sitting}`);
  await send(keeper, keeper.locator(`form[action="${sitting}/mo"]`));

  // two mark, one on a phone and far below: nobody sees what
  const mine = sitting.replace("phien-danh-gia", "phien-cua-toi");
  const chair = await world.signIn("leader", { viewport: DESK });
  await chair.goto(`${world.base}${mine}`);
  await world.clean(chair);
  await world.shot(chair, "council-04-mine");
  await chair.locator(`main a[href^="${mine}/"]`).first().click();
  await world.clean(chair);
  await mark(chair);
  const one = await world.signIn("council_member", { viewport: PHONE });
  await one.goto(`${world.base}/viec`);
  must((await one.textContent("main")).includes("Cần chấm phiếu"), "what is to be marked stands in the work list");
  await one.goto(`${world.base}${mine}`);
  must(!(await one.textContent("main")).includes("đã nộp"), "another's sheet is not told");
  await one.locator(`main a[href^="${mine}/"]`).first().click();
  const sheet = one.url();
  await world.clean(one);
  await world.shot(one, "council-05-sheet");
  await keeper.goto(`${world.base}${sitting}`);
  await keeper.locator(`main a[href^="${sitting}/"]`).first().click();
  must((await keeper.textContent("main")).includes("1/2") && !(await keeper.textContent("main")).includes("Từng mục"), "the secretary knows who, not what");
  const item = new URL(keeper.url()).pathname;
  await mark(one, 12);

  // far apart: discussed, marked once more with reasons
  await keeper.goto(`${world.base}${item}`);
  must((await keeper.textContent("main")).includes("Phiếu lệch nhau"), "the spread is told");
  await world.clean(keeper);
  await world.shot(keeper, "council-06-spread");
  await keeper.fill('[name="discussion"]', "Đối chiếu lại hợp đồng bao tiêu và hồ sơ môi trường.");
  await send(keeper, keeper.locator(`form[action="${item}/luot-hai"]`));
  await one.goto(sheet);
  must((await one.textContent("main")).includes("lượt một"), "the first marks stand beside");
  await mark(one, 0, true);
  await chair.goto(`${world.base}${mine}`);
  await chair.locator(`main a[href^="${mine}/"]`).first().click();
  await mark(chair);
  await keeper.goto(`${world.base}${item}`);
  await send(keeper, keeper.locator(`form[action="${item}"]`));
  must((await keeper.textContent("main")).includes("5 sao"), "the result stands");
  await world.clean(keeper);
  await world.shot(keeper, "council-07-result");
  await keeper.goto(`${world.base}${sitting}`);
  await keeper.fill('[name="minutes"]', "Không có ý kiến khác.");
  await send(keeper, keeper.locator(`form[action="${sitting}/dong"]`));
  must((await keeper.textContent("main")).includes("Đã kết thúc"), "the sitting is over");
  await world.clean(keeper);
  await world.shot(keeper, "council-08-closed");

  // the decision that was signed: five stars are the ministry's, and the producer is told
  await keeper.locator("main a", { hasText: "Quyết định kết quả" }).click();
  await world.clean(keeper);
  for (const [name, value] of Object.entries({ number: "15/QĐ-UBND", decided_on: today, body: "UBND thành phố Hà Nội" })) await keeper.fill(`[name="${name}"]`, value);
  await world.shot(keeper, "council-09-decision");
  await send(keeper, keeper.locator("main form").last());
  must((await keeper.textContent("main")).includes("chuyển Trung ương"), "five stars go to the ministry");
  await world.clean(keeper);
  await producer.goto(`${world.base}${dossier}`);
  must((await producer.textContent("main")).includes("Chuyển Trung ương"), "the producer reads what was decided");
  await world.clean(producer);
});
