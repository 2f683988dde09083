// Signing in, registering, choosing a password.
import { ACCOUNTS, PHONE, must, test } from "./harness.mjs";

/** Goes on in a form that shows one group at a time, until this can be seen. */
async function reach(page, locator) {
  for (let step = 0; step < 6 && !(await locator.isVisible()); step += 1) await page.locator("main form .actions-sticky button[type=button].btn-main").click();
  return locator;
}

/** Fills the public form of registration, group by group where the screen is narrow, and comes to what is checked before it is sent. */
export async function fillRegistration(page, point) {
  for (const [name, value] of Object.entries(point)) {
    const field = await reach(page, page.locator(`[name="${name}"]`));
    if (["kind", "operator_kind"].includes(name)) await field.selectOption(value);
    else await field.fill(value);
  }
  await reach(page, page.locator(".review"));
  await page.check('[name="consent"]');
}

/** Sends the form; says that what looks alike is another place. */
export async function send(page) {
  const button = page.locator('main form button[value="send"]');
  await (await reach(page, button)).click();
  await page.waitForLoadState();
  const sure = page.locator('[name="sure"]');
  if (await sure.count()) {
    await (await reach(page, sure)).check();
    await (await reach(page, button)).click();
  }
}

export const POTTERY = {
  name: "Gốm Nhà Bà Tư", kind: "craft_village", address: "Xóm 3, đường Lụa", unit: "Hà Đông", lon: "105.7795", lat: "20.9650", area_m2: "45", hours: "Mo-Su 08:00-20:00",
  operator: "Hộ bà Trần Thị Tư", operator_kind: "household", contact: "Trần Thị Tư", phone: "0912345678", goods: "Ấm chén gốm, 4 sao",
};

test("each role signs in and sees its work list", async (world) => {
  for (const role of Object.keys(ACCOUNTS)) {
    const page = await world.signIn(role);
    must((await page.textContent("h1")).includes("Việc của tôi"), `${role} is not at the work list`);
    await world.clean(page);
    if (["commune", "leader"].includes(role)) await world.shot(page, `viec-${role}`);
  }
});

test("a wrong password is told, and signing out ends the session", async (world) => {
  const page = await world.visitor();
  await page.goto(`${world.base}/viec`);
  must(page.url().includes("/dang-nhap?tiep="), "a visitor is sent to sign in");
  await page.fill('input[name="login"]', ACCOUNTS.inspector);
  await page.fill('input[name="password"]', "sai mật khẩu");
  await page.click('form[action="/dang-nhap"] button[type="submit"]');
  await page.waitForSelector(".error-summary");
  await world.clean(page);
  const inspector = await world.signIn("inspector");
  await inspector.click("details.me summary");
  await inspector.click('form[action="/dang-xuat"] button');
  await inspector.waitForURL("**/dang-nhap*");
  await inspector.goto(`${world.base}/viec`);
  must(inspector.url().includes("/dang-nhap"), "the session is over");
});

test("a business without mail gets a code and PIN, and the commune confirms it", async (world) => {
  const page = await world.visitor({ viewport: PHONE });
  await page.goto(`${world.base}/dang-ky`);
  await world.clean(page);
  await world.shot(page, "dang-ky");
  await fillRegistration(page, POTTERY);
  await send(page);
  await page.waitForSelector("text=Đã nhận đăng ký");
  await world.clean(page);
  const [code, pin] = await page.locator("main dl code").allTextContents();
  must(/^HS-[0-9A-Z]{8}$/.test(code) && /^\d{8}$/.test(pin), `code ${code}, PIN ${pin}`);

  const commune = await world.signIn("commune");
  await commune.waitForSelector("text=Tài khoản chờ xác nhận");
  await world.clean(commune);
  await commune.click('form:has-text("Trần Thị Tư") button');
  await commune.waitForSelector("text=Đã xác nhận tài khoản");

  const owner = await world.signIn(code, {}, pin);
  await owner.click("text=Gốm Nhà Bà Tư");
  await owner.waitForSelector("h1:has-text('Gốm Nhà Bà Tư')");
  await world.clean(owner);
  await owner.goto(`${owner.url()}/sua`);
  await owner.fill('[name="about"]', "Vẽ tay tại chỗ, khách tự nặn được.");
  await owner.click('main form button[type="submit"]');
  await owner.waitForSelector("text=Đã lưu");
});

test("a business with mail gets a link and sets a password", async (world) => {
  const page = await world.visitor();
  await page.goto(`${world.base}/dang-ky`);
  await fillRegistration(page, { ...POTTERY, name: "Lụa Nhà Ông Năm", address: "Số 5 phố Cầu Am", lon: "105.7701", lat: "20.9581", operator: "HTX Lụa Năm", operator_kind: "cooperative", contact: "Lê Văn Năm", phone: "", email: "nam@lua.example" });
  await send(page);
  await page.waitForSelector("text=nam@lua.example");
  const link = (await world.mail("nam@lua.example", "/lien-ket/")).match(/http:\/\/\S+\/lien-ket\/[0-9a-f]+/)[0];
  await page.goto(link);
  await world.clean(page);
  await page.fill('[name="password"]', "lụa tơ tằm Hà Đông");
  await page.fill('[name="again"]', "lụa tơ tằm Hà Đông");
  await page.click('main form button[type="submit"]');
  await page.waitForURL("**/viec*");
  await page.waitForSelector("text=Lụa Nhà Ông Năm");
  await page.goto(link);
  await page.waitForSelector("text=đã được dùng");
});

test("a producer without a point or a mail address gets an account, and the commune says who it is", async (world) => {
  const page = await world.visitor({ viewport: PHONE });
  await page.goto(`${world.base}/dang-ky`);
  await page.click('main a[href="/dang-ky/chu-the"]');
  await world.clean(page);
  await world.shot(page, "dang-ky-chu-the");
  for (const [name, value] of Object.entries({ name: "HTX Nấm Hà Đông", unit: "Hà Đông", goods: "Nấm sò", contact: "Đỗ Thị Nấm", phone: "0912333444" })) await page.fill(`[name="${name}"]`, value);
  await page.selectOption('[name="kind"]', "cooperative");
  await page.click('main form button[type="submit"]');
  await page.waitForSelector(".error-summary");
  await world.clean(page);
  await page.check('[name="consent"]');
  await page.click('main form button[type="submit"]');
  await page.waitForSelector("text=Đã nhận đăng ký");
  await world.clean(page);
  await world.shot(page, "dang-ky-chu-the-xong");
  const [code, pin] = await page.locator("main dl code").allTextContents();
  const producer = await world.signIn(code, { viewport: PHONE }, pin);
  await world.clean(producer);
  const commune = await world.signIn("commune", { viewport: PHONE });
  await commune.goto(`${world.base}/viec`);
  await commune.click('main a:has-text("HTX Nấm Hà Đông")');
  await world.clean(commune);
  await world.shot(commune, "chu-the-tu-dang-ky");
  await commune.click('main button[value="new"]');
  await commune.waitForSelector("text=Đỗ Thị Nấm");
  await world.clean(commune);
  await producer.goto(`${world.base}/viec`);
  await producer.waitForSelector("text=Sản phẩm của tôi");
  await world.clean(producer);
});

test("communes are invited by one file", async (world) => {
  const page = await world.signIn("administrator", { viewport: PHONE });
  await page.goto(`${world.base}/nguoi-dung`);
  await page.click('main a:has-text("Mời theo tệp")');
  await world.clean(page);
  await world.shot(page, "moi-theo-tep");
  const rows = ["UBND xã Ba Vì,Cán bộ xã phường,Đinh Thị Ba,bavi@xa.example", "Xã Phúc Thọ,commune,Lê Văn Thọ,phuctho@xa.example", "Xã Mây Mù,commune,Ai Đó,ai@xa.example"].map((row) => row.replace("Cán bộ xã phường", '"Cán bộ xã, phường"'));
  const file = { name: "xa.csv", mimeType: "text/csv", buffer: Buffer.from(`Cơ quan,Vai trò,Họ tên,Email\n${rows.join("\n")}\n`) };
  await page.setInputFiles('main input[type="file"]', file);
  await page.click('main form[enctype] button[type="submit"]');
  await page.waitForSelector("text=1 dòng có lỗi");
  must((await page.textContent("main")).includes("Xã Mây Mù"), "the row that names no commune is told");
  await world.clean(page);
  await world.shot(page, "moi-theo-tep-loi");
  await page.click('main button:has-text("Ghi các dòng đúng")');
  await page.click('dialog[open] button:has-text("Ghi các dòng đúng")');
  await page.waitForSelector("text=Thêm 2 người dùng");
  await world.clean(page);
  await world.mail("phuctho@xa.example", "Xã Phúc Thọ");
});

test("an administrator invites somebody, one question a page, and is told what it opens", async (world) => {
  const page = await world.signIn("administrator", { viewport: PHONE });
  await page.goto(`${world.base}/nguoi-dung/moi`);
  await world.clean(page);
  await page.click('main table a:has-text("Cán bộ xã, phường")');
  await page.fill('main [name="q"]', "bat trang");
  await page.click('main form[role="search"] button');
  await page.click('main table a:has-text("Bát Tràng")');
  must((await page.textContent("main .notice")).includes("sẽ thấy và sửa mọi hồ sơ của Xã Bát Tràng"), "what the role opens is said");
  await world.clean(page);
  await page.fill('main [name="name"]', "Lê Thị Mời");
  await page.fill('main [name="email"]', "moi@xa.example");
  await page.click('main form[method="post"] button[type="submit"]');
  await page.waitForSelector("text=Đã gửi lời mời");
  await world.clean(page);
  await world.mail("moi@xa.example", "/lien-ket/");
  await page.goto(`${world.base}/nguoi-dung?q=le+thi+moi`);
  must((await page.textContent("main table")).includes("đã mời"), "the list says that the invitation is out");
  await world.clean(page);
});

test("forms work without script", async (world) => {
  const page = await world.signIn("commune", { javaScriptEnabled: false });
  await page.goto(`${world.base}/ho-so?q=cho`);
  must((await page.textContent("main")).includes("Chợ Hà Đông"), "the list filters without script");
  await page.goto(`${world.base}/ho-so/moi`);
  const { area_m2, hours, goods, lon, lat, ...rest } = POTTERY;
  for (const [name, value] of Object.entries({ ...rest, name: "Sạp nhà chị Sáu", unit: "Không Có Thật" })) {
    if (["kind", "operator_kind"].includes(name)) await page.selectOption(`[name="${name}"]`, value);
    else await page.fill(`[name="${name}"]`, value);
  }
  await page.click('main form button[type="submit"]');
  await page.waitForSelector("text=chính tả");
  must((await page.inputValue('[name="name"]')) === "Sạp nhà chị Sáu", "what was typed is kept");
});

test("a form that a colleague was faster with keeps what was typed beside what stands now", async (world) => {
  const [mine, theirs] = [await world.signIn("commune", { viewport: PHONE }), await world.signIn("commune")];
  for (const page of [mine, theirs]) {
    await page.goto(`${world.base}/ho-so?q=lua+van+phuc`);
    await page.click('main a[href^="/ho-so/"]:has-text("Vạn Phúc")');
    await page.click('main a[href$="/sua"]');
    await page.waitForSelector('[name="goods"]');
  }
  await theirs.fill('[name="goods"]', "Khăn lụa, áo lụa");
  await theirs.click('main form button[type="submit"]');
  await theirs.waitForSelector("text=Đã lưu");
  await mine.fill('[name="goods"]', "Chỉ có lụa tơ tằm");
  await mine.click('main form button[type="submit"]');
  await mine.waitForSelector("text=Hiện ghi: Khăn lụa, áo lụa");
  must((await mine.inputValue('[name="goods"]')) === "Chỉ có lụa tơ tằm", "what was typed is kept");
  must((await mine.locator(".fresh").count()) === 1, "only what differs is told");
  await world.clean(mine);
  await world.shot(mine, "sua-cung-luc");
});
