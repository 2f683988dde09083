// What came before a dossier: an upgrade begins from the dossier of before; a household becomes a company and all that is its own
// follows; in 2021 a dossier is answered by the tea sheet of 1048 and goes to the district.
import { DESK, PHONE, must, test } from "./harness.mjs";
import { answerAll, begin, report, send, sure, vi } from "./steps.mjs";

/** Chooses a password behind a link of the program and is signed in. */
async function join(world, day, role, body, name, mail) {
  const link = world.command(day, "user", "add", "--role", role, "--body", body, "--name", name, mail).match(/\/lien-ket\/\S+/)[0];
  const page = await world.visitor({ viewport: role === "business" ? PHONE : DESK });
  await page.goto(`${world.base}${link}`);
  for (const name of ["password", "again"]) await page.fill(`[name="${name}"]`, "mot cau de nho 2021");
  await Promise.all([page.waitForURL("**/viec*"), page.locator('main form button[type="submit"]').click()]);
  return page;
}

/** Records the city's decision on a product. */
async function decide(page, base, product, stars, number, day) {
  await page.goto(`${base}/san-pham-ocop?q=${encodeURIComponent(product)}`);
  const id = (await page.content()).match(/\/san-pham-ocop\/([0-9a-f-]{20,})/)[1];
  await page.goto(`${base}/san-pham-ocop/${id}`);
  await page.locator("details", { hasText: "Ghi giấy chứng nhận mới" }).locator("summary").first().click();
  const form = page.locator(`form[action="/san-pham-ocop/${id}/cong-nhan"]`);
  await form.locator('[name="stars"]').selectOption(stars);
  await form.locator('[name="decision_no"]').fill(number);
  await form.locator('[name="decided_on"]').fill(vi(day));
  await send(page, form);
}

test("an upgrade and a re-grading begin from the dossier before, and a household's successor has all of it", async (world) => {
  const product = "Vỏ gối lụa in tay (dữ liệu mẫu)";
  // the sample accounts hold their roles from the day on which the store was made
  const iso = (date) => date.toISOString().slice(0, 10);
  const today = new Date(`${iso(new Date(Date.now() + 2 * 86_400_000))}T08:00:00+07:00`);
  await world.on(iso(today));
  const producer = await world.signIn("business", { viewport: PHONE });
  const first = await begin(producer, world.base, product, "Đánh giá lần đầu");
  const lines = await answerAll(producer, world.base, first, { "1.2": 0, "4.3": 0 });
  must(lines > 20, "a whole sheet");
  await producer.goto(`${world.base}${first}`);
  await sure(producer, producer.locator(`form[action="${first}/gui"] button[type="submit"]`));
  const commune = await world.signIn("commune", { viewport: DESK });
  await commune.goto(`${world.base}${first}`);
  const checks = Object.fromEntries(["material", "labour", "idea", "identity"].map((word) => [`check-${word}`, "Đã xem, đúng như hồ sơ."]));
  await report(commune, first, { ...checks, proposal: "Đề nghị đánh giá.", report_no: "45/BC-UBND", reported_on: vi(today) });

  // the city decides: the certificate is recorded, and the product may be raised
  const keeper = await world.signIn("product_keeper", { viewport: DESK });
  await decide(keeper, world.base, product, "3", "12/QĐ-UBND", today);

  const second = await begin(producer, world.base, product, "Nâng hạng sao");
  must(second !== first, "another dossier");
  must((await producer.textContent("main")).includes("Đã có câu trả lời của lần trước"), "answers of before are offered");
  await world.clean(producer);
  await Promise.all([producer.waitForURL("**xong=copy*"), producer.locator("form[action$='/chep'] button").click()]);
  must((await producer.textContent("main")).includes("Mọi câu trả lời giống lần trước"), "nothing is other yet");
  await producer.goto(`${world.base}${second}/muc/4.3`);
  await producer.locator('input[name="answer"]').last().check({ force: true });
  await producer.locator('button[value="back"]').click();
  await producer.waitForURL((url) => url.pathname === second);
  const other = await producer.textContent("#former + table, section:has(#former)");
  must(other.includes("4.3") && other.includes("+"), `the difference is seen: ${other}`);
  await world.clean(producer);
  await world.shot(producer, "history-01-upgrade");
  await producer.fill('[name="news"]', "Thêm hoạt động quảng bá, sổ doanh thu kèm theo.");
  await Promise.all([producer.waitForURL("**xong=*"), producer.locator(`form[action="${second}/thay-doi"] button`).click()]);
  await sure(producer, producer.locator(`form[action="${second}/gui"] button[type="submit"]`));
  await commune.goto(`${world.base}${second}`);
  must((await commune.textContent("main")).includes("Khác lần trước"), "the commune reads what is other");
  await world.clean(commune);
  await world.shot(commune, "history-02-commune");
  await report(commune, second, { ...checks, proposal: "Đề nghị nâng hạng.", report_no: "46/BC-UBND", reported_on: vi(today) });
  await decide(keeper, world.base, product, "4", "13/QĐ-UBND", today);

  // the cooperative of the household becomes a company
  const admin = await world.signIn("administrator", { viewport: DESK });
  await admin.goto(`${world.base}/chu-the/demo-coso`);
  await admin.locator("main a", { hasText: "Ghi kế thừa" }).click();
  await admin.waitForURL("**/ke-thua");
  await world.clean(admin);
  await world.shot(admin, "history-03-succession");
  await admin.fill('[name="name"]', "Công ty TNHH Dệt lụa Mẫu");
  await admin.locator("label", { hasText: /^\s*Doanh nghiệp\s*$/ }).first().click();
  await admin.fill('[name="happened_on"]', vi(today));
  await admin.fill('[name="basis"]', "Giấy chứng nhận đăng ký doanh nghiệp số 0123");
  await send(admin, admin.locator("main form").last());
  must((await admin.textContent("main")).includes("được kế thừa bởi"), "the succession is told");
  await world.clean(admin);
  const heir = await world.signIn("business", { viewport: PHONE });
  await heir.goto(`${world.base}/ho-so-danh-gia`);
  must((await heir.textContent("main")).includes("Công ty TNHH Dệt lụa Mẫu"), "dossiers followed, and the account works for the successor");
  await heir.goto(`${world.base}${second}`);
  must((await heir.textContent("main")).includes("Biên nhận"), "what was sent reads as it was");
  await heir.goto(`${world.base}/minh-chung`);
  await world.clean(heir);

  // 150 days before the certificate ends its product is graded again, from the answers of before
  const ends = new Date(today);
  ends.setUTCMonth(ends.getUTCMonth() + 36);
  ends.setUTCDate(ends.getUTCDate() - 150);
  await world.on(iso(ends));
  const later = await world.signIn("business", { viewport: PHONE });
  const third = await begin(later, world.base, product, "Đánh giá lại");
  must(![first, second].includes(third), "a third dossier");
  await Promise.all([later.waitForURL("**xong=copy*"), later.locator("form[action$='/chep'] button").click()]);
  must((await later.textContent("main")).includes("Mọi câu trả lời giống lần trước"), "nothing is other yet");
  await later.goto(`${world.base}${third}/muc/4.3`);
  await later.locator('input[name="answer"]').first().check({ force: true });
  await Promise.all([later.waitForURL((url) => url.pathname === third), later.locator('button[value="back"]').click()]);
  must((await later.textContent("main")).includes("4.3"), "what was lost is seen");
  await world.clean(later);
  await world.shot(later, "history-06-regrading");
  await later.fill('[name="news"]', "Thiết bị, bao bì như trước; phiếu kiểm nghiệm mới kèm theo.");
  await Promise.all([later.waitForURL("**xong=*"), later.locator(`form[action="${third}/thay-doi"] button`).click()]);
  await sure(later, later.locator(`form[action="${third}/gui"] button[type="submit"]`));
  must((await later.textContent("main")).includes("Biên nhận"), "sent inside its window");
  const officer = await world.signIn("commune", { viewport: DESK });
  await officer.goto(`${world.base}${third}`);
  must((await officer.textContent("main")).includes("Khác lần trước"), "the commune reads what is other");
  await report(officer, third, { ...checks, proposal: "Đề nghị đánh giá lại.", report_no: "9/BC-UBND", reported_on: vi(ends) });
});

test("in 2021 the tea sheet of 1048 is answered and the district proposes", async (world) => {
  const day = "2021-03-01";
  await world.on(day);
  const producer = await join(world, day, "business", "demo-coso", "Nguyễn Văn Cũ", "coso2021@vidu.vn");
  const path = await begin(producer, world.base, "Túi thơm lụa ướp hương (dữ liệu mẫu)", "Đánh giá lần đầu", "Chè tươi, chế biến");
  await world.clean(producer);
  const lines = await answerAll(producer, world.base, path, { 10: 0, "4.1": 1 });
  must(lines === 31, `31 lines of the tea sheet, not ${lines}`);
  await producer.goto(`${world.base}${path}/muc/3.2`);
  must((await producer.textContent("main")).includes("Xét theo giám đốc, chủ hộ"), "either of two ladders");
  await world.clean(producer);
  await world.shot(producer, "history-04-1048");
  await producer.goto(`${world.base}${path}`);
  must((await producer.textContent("main")).includes("Quận Hà Đông"), "it goes to the district");
  must(!(await producer.textContent("main")).includes("Mẫu 01"), "forms of a later law are not offered");
  await sure(producer, producer.locator(`form[action="${path}/gui"] button[type="submit"]`));
  const district = await join(world, day, "commune", "ubnd-d268.old", "Lê Thị Huyện", "huyen2021@vidu.vn");
  await district.goto(`${world.base}${path}`);
  await world.clean(district);
  await world.shot(district, "history-05-district");
  const fields = { proposal: "Đề nghị Thành phố đánh giá.", report_no: "7/TTr-UBND", reported_on: "01/03/2021", council_on: "01/03/2021" };
  for (const [name, value] of Object.entries({ ...fields, council_points: "49,5" })) await district.fill(`[name="${name}"]`, value);
  await district.locator(`form[action="${path}/bao-cao"] button.btn-main`).click();
  await district.locator(".error", { hasText: "từ 50 điểm" }).first().waitFor();
  await report(district, path, { council_points: "86,25" });
  const told = await district.textContent("main");
  must(told.includes("Đã đề xuất") && told.includes("86,25") && told.includes("UBND cấp huyện"), "proposed by the district");
  await world.clean(district);
});
