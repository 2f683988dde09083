// Finding one's way: the column and the bar, the box that finds, rows that open, work handed on, a deputy.
import { DESK, PHONE, must, test } from "./harness.mjs";
import { POTTERY, fillRegistration, send } from "./accounts.mjs";

const today = () => new Intl.DateTimeFormat("vi-VN", { timeZone: "Asia/Ho_Chi_Minh", day: "2-digit", month: "2-digit", year: "numeric" }).format(new Date()).replace(/-/g, "/");

test("one finds one's way at a desk and on a phone", async (world) => {
  const leader = await world.signIn("leader", { viewport: DESK });
  await leader.locator(".side-nav summary", { hasText: "Sản phẩm" }).click();
  await leader.click('.side-nav a[href="/san-pham-ocop"]');
  await leader.waitForURL("**/san-pham-ocop");
  must((await leader.locator('.side-nav a[aria-current="page"]').textContent()) === "Sổ sản phẩm", "the column says where one is");
  await leader.click("[data-fold]");
  await world.clean(leader);
  await leader.goto(`${world.base}/ho-so`);
  must(await leader.locator("body[data-folded]").count(), "it stays folded");
  await leader.locator(".side-nav summary").first().click();
  await world.shot(leader, "folded");
  await leader.click("[data-fold]");

  // the box finds without marks and in any order, by the keyboard alone
  await leader.keyboard.press("Control+k");
  await leader.keyboard.type("chi tieu bo");
  await leader.waitForSelector('.find-box a[href="/bo-tieu-chi"]');
  await world.clean(leader);
  await world.shot(leader, "find");
  await leader.keyboard.press("ArrowDown");
  await Promise.all([leader.waitForURL("**/bo-tieu-chi*"), leader.keyboard.press("Enter")]);
  await leader.goto(`${world.base}/san-pham-ocop`);
  const name = await leader.locator("tbody th a").first().textContent();
  await leader.keyboard.press("j");
  must((await leader.evaluate(() => document.activeElement.textContent)) === name, "j goes to the first row");
  await leader.keyboard.press("/");
  must(await leader.evaluate(() => document.activeElement.id === "q"), "/ goes to the filter");

  const phone = await world.signIn("leader", { viewport: PHONE });
  await phone.click('.thumbs a[data-area="menu"]');
  await world.clean(phone);
  await phone.locator(".side-nav summary", { hasText: "Điểm bán" }).click();
  await Promise.all([phone.waitForURL("**/ho-so*"), phone.click('.side-nav a[href="/ho-so"]')]);
  const row = phone.locator("tbody tr").first();
  must(!(await row.locator('td[data-label="Loại hình"]').isVisible()), "the rest of a row is folded");
  await row.locator(".row-more summary").click();
  must(await row.locator('td[data-label="Loại hình"]').isVisible(), "and opens in place");
  await world.clean(phone);
  await Promise.all([phone.waitForURL("**/tim"), phone.click('.thumbs a[data-area="find"]')]);
  await phone.fill("#q", "dong xuan");
  await phone.waitForSelector("#found a[href*='/ho-so/']");
  await world.clean(phone);
});

test("work is handed to a colleague, and a deputy acts for some days", async (world) => {
  // a second person of the department
  const admin = await world.signIn("administrator");
  const leader = await world.signIn("leader");
  const office = (await leader.locator("details.me div p").first().textContent()).trim();
  await admin.goto(`${world.base}/nguoi-dung/moi?role=inspector&q=${encodeURIComponent(office)}`);
  await admin.locator("main table a", { hasText: office }).first().click();
  await admin.fill('[name="name"]', "Đỗ Văn Thay");
  await admin.fill('[name="email"]', "thay@ocop.example");
  await admin.locator('main form[action="/nguoi-dung/moi"] button[type="submit"]').click();
  await admin.waitForSelector("text=Đã gửi lời mời");
  const invited = await world.mail("thay@ocop.example", "lien-ket");
  const colleague = await world.visitor();
  await colleague.goto(invited.match(/http:\/\/[^\s]*lien-ket\/[^\s]+/)[0]);
  await colleague.fill('[name="password"]', "mot cau de nho 2026");
  await colleague.fill('[name="again"]', "mot cau de nho 2026");
  await Promise.all([colleague.waitForURL("**/viec*"), colleague.locator('main form button[type="submit"]').click()]);

  // a record waits for the department
  const owner = await world.visitor({ viewport: PHONE });
  await owner.goto(`${world.base}/dang-ky`);
  await fillRegistration(owner, { ...POTTERY, name: "Quầy giao việc" });
  await send(owner);
  await owner.waitForSelector("text=Đã nhận đăng ký");
  const commune = await world.signIn("commune");
  await commune.locator("main a", { hasText: "Quầy giao việc" }).first().click();
  await Promise.all([commune.waitForURL("**xong=*"), commune.locator('form[action$="/buoc/nominate"] button').click()]);
  const surveyor = await world.signIn("surveyor", { viewport: PHONE });
  const item = surveyor.locator(".worklist > li", { hasText: "Quầy giao việc" });
  await item.locator("a.hand").click();
  await world.clean(surveyor);
  await surveyor.selectOption('[name="to"]', { label: "Đỗ Văn Thay" });
  await surveyor.fill('[name="note"]', "Kiểm tra số nhà trước khi nhận");
  await Promise.all([surveyor.waitForURL("**xong=handed*"), surveyor.locator('main form button[type="submit"]').last().click()]);
  await world.clean(surveyor);
  await world.mail("thay@ocop.example", "giao bạn");
  await colleague.goto(`${world.base}/viec`);
  await colleague.waitForSelector("text=Kiểm tra số nhà trước khi nhận");
  await world.shot(colleague, "handed");

  // only the surveyor may take it on; away, the colleague stands in
  await surveyor.goto(`${world.base}/tai-khoan/vang-mat`);
  await surveyor.selectOption('[name="colleague"]', { label: "Đỗ Văn Thay" });
  await surveyor.fill('[name="from"]', today());
  await surveyor.fill('[name="last"]', today());
  await Promise.all([surveyor.waitForURL("**xong=deputy*"), surveyor.locator('main form button[type="submit"]').last().click()]);
  await world.clean(surveyor);
  await world.mail("thay@ocop.example", "bạn thay ở vai trò");
  await colleague.goto(`${world.base}/viec`);
  await Promise.all([colleague.waitForNavigation(), colleague.click("text=Sang vai trò Cán bộ khảo sát")]);
  must((await colleague.textContent("details.me summary")).includes("thay"), "the header says for whom one acts");
  await colleague.locator("main a", { hasText: "Quầy giao việc" }).first().click();
  await colleague.waitForURL("**/ho-so/*");
  await Promise.all([colleague.waitForURL("**xong=accept*"), colleague.locator('form[action$="/buoc/accept"] button[type="submit"]').click()]);
  await colleague.click('.record-tabs a[href="#lich-su"]');
  must((await colleague.textContent("#lich-su")).includes("(thay mặt)"), "the history says that it was done in somebody's place");
  await world.clean(colleague);

  // a talk that reaches who is named
  await colleague.fill("#talk-text", "Xã xem lại số nhà giúp.");
  await colleague.click("#talk details summary");
  await colleague.locator("#talk label", { hasText: "Trần Văn Mẫu" }).click();
  await Promise.all([colleague.waitForURL("**xong=remark*"), colleague.click("#talk form:last-of-type button[type=submit]")]);
  await world.mail("xa@ocop.example", "nhắc bạn ở hồ sơ");
  await commune.goto(`${world.base}/viec`);
  await commune.waitForSelector("text=Xã xem lại số nhà giúp.");
});

test("a mistake in a long form is shown on its part, and what was chosen stays", async (world) => {
  const owner = await world.visitor({ viewport: PHONE });
  await owner.goto(`${world.base}/dang-ky`);
  await world.clean(owner);
  await fillRegistration(owner, { ...POTTERY, name: "Quầy ảnh còn", phone: "" });
  await owner.locator(".task-list button", { hasText: "Hàng hóa" }).click();
  const photo = await owner.screenshot();
  await owner.setInputFiles('[name="photos"]', { name: "mat-tien.png", mimeType: "image/png", buffer: photo });
  await owner.waitForSelector(".upload-list li");
  await owner.locator(".task-list button", { hasText: "Địa điểm" }).click();
  await owner.fill('[name="area_m2"]', "rất rộng");
  await send(owner);
  await owner.waitForSelector(".error-summary");
  must((await owner.title()).startsWith("Lỗi:"), "the title says that something is wrong");
  must(await owner.locator('[name="area_m2"]').isVisible(), "the part with the mistake is shown");
  await world.clean(owner);
  await owner.locator(".task-list button", { hasText: "Hàng hóa" }).click();
  await owner.waitForSelector(".upload-list li");
  must((await owner.locator('[name="photos"]').evaluate((input) => input.files.length)) === 1, "the picture is still chosen");
});
