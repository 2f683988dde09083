// The letter of 3 August 2020 by which the department set a town to open its point: each duty in it, recorded on screen by
// whoever has it; the days are moved to ours. (What has to be reported each week is none of this story.)
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { DESK, PHONE, must, test } from "./harness.mjs";
import { allMeet, found, open, select, send, sure } from "./steps.mjs";

/** A day so many days from today as people write it. */
const day = (offset) => new Date(Date.now() + 7 * 3600_000 + offset * 86_400_000).toISOString().slice(0, 10).split("-").reverse().join("/");

const [POINT, PRODUCT] = ["Điểm OCOP Mông Phụ", "Chè lam Mông Phụ"];
const LETTER = "Công văn số 28/SCT-QLCN, mục 3";
const ROOMS = ["Phòng Quản lý Công nghiệp", "Phòng Quản lý Thương mại", "Trung tâm Khuyến công"];

/** A document as a scanner makes it. */
const pdf = (name, more = "") => ({ name, mimeType: "application/pdf", buffer: Buffer.from(`%PDF-1.4\n1 0 obj\n<< /Type /Catalog /Pages 2 0 R ${more}>>\nendobj\n2 0 obj\n<< /Type /Pages /Kids [] /Count 0 >>\nendobj\ntrailer\n<< /Root 1 0 R >>\n%%EOF\n`) });

/** No fault of axe and nothing beyond the screen: on a phone, and at a desk where there are tables. */
async function fits(world, page, name, sizes = [PHONE]) {
  for (const size of sizes) {
    await page.setViewportSize(size);
    await world.clean(page);
  }
  await world.shot(page, `letter-${name}`);
}

test("the letter to a town: every duty of it is recorded", async (world) => {
  const today = day(0);
  await world.on(today.split("/").reverse().join("-"));
  const points = [
    "code,name,kind,address,unit,lon,lat,operator,operator_kind,contact,phone,state,counted_by,source",
    `HN-2026-9301,${POINT},craft_village,Bãi để xe cổng làng,Phường Hà Đông,105.7776,20.9712,Hợp tác xã Dệt lụa (dữ liệu mẫu),cooperative,Lê Văn Phụ,0912000111,draft,city,kiểm thử`,
  ];
  const products = [
    "code,name,producer,producer_kind,unit,group,stars,decision_no,decided_on,certificate_no,source",
    `SP-9301,${PRODUCT},Hợp tác xã Dệt lụa (dữ liệu mẫu),cooperative,Phường Hà Đông,Thực phẩm,4,12/QĐ-UBND,${day(-100).split("/").reverse().join("-")},GCN-9301,kiểm thử`,
  ];
  writeFileSync(join(world.served.folder, "points.csv"), points.join("\n"));
  writeFileSync(join(world.served.folder, "products.csv"), products.join("\n"));
  world.command(today.split("/").reverse().join("-"), "import", "points", "points.csv");
  world.command(today.split("/").reverse().join("-"), "import", "products", "products.csv");

  const [surveyor, leader, commune, business] = await Promise.all(["surveyor", "leader", "commune", "business"].map((role) => world.signIn(role)));
  const id = await found(leader, world, "/ho-so", POINT);
  const record = `${world.base}/ho-so/${id}`;

  for (const [who, word] of [[commune, "nominate"], [surveyor, "accept"]]) {
    await who.goto(record);
    await send(who, await open(who, `/buoc/${word}`, {}));
  }

  // 1. the place is looked at (stars, separate zone, prices, safety, origin) and chosen …
  await surveyor.goto(`${record}/khao-sat/moi`);
  await surveyor.fill('[name="team"]', "Lê Thị Mẫu – Sở Công Thương");
  await surveyor.locator("main form button[type='submit']").last().click();
  await surveyor.waitForURL("**/khao-sat/*");
  await allMeet(surveyor);
  await surveyor.fill('[name="done_on"]', today);
  await surveyor.locator('button[value="save"]').click();
  await surveyor.waitForURL("**xong=*");
  await surveyor.locator('button[value="finish"]').click();
  await surveyor.locator('dialog[open] button[value="yes"]').click();
  await surveyor.waitForSelector("text=/Đạt|Hoàn thành/");
  await leader.goto(`${world.base}/lua-chon`);
  const row = leader.locator("tr", { hasText: POINT });
  await select(row);
  await leader.fill('[name="number"]', "28/SCT-QLCN");
  await leader.fill('[name="decided_on"]', today);
  await leader.click("text=Xem lại trước khi ghi");
  await leader.locator('button[name="sure"]').click();
  await leader.waitForURL("**xong=*");

  // … and others are looked for
  await commune.goto(`${world.base}/van-dong/moi`);
  await commune.fill('[name="name"]', "Sân đình Mông Phụ");
  await commune.fill('[name="address"]', "Sân đình, cạnh cổng làng");
  await commune.fill('[name="unit"]', "Hà Đông");
  await commune.locator('main form button.btn-main[type="submit"]').click();
  await commune.waitForURL("**xong=*");

  // 4. a room of the department leads, others help
  await leader.goto(`${record}/phu-trach`);
  const form = leader.locator('form[action$="/phu-trach"]');
  const options = await form.locator('[name="lead"] option').allTextContents();
  await form.locator('[name="lead"]').selectOption({ index: options.findIndex((text) => text.includes(ROOMS[0])) });
  for (const room of ROOMS.slice(1)) await form.locator("label.choice", { hasText: room }).locator("input").check({ force: true });
  await form.locator("label.choice", { hasText: /nông thôn mới (Thành phố|thành phố)/ }).first().locator("input").check({ force: true });
  await send(leader, form);
  await fits(world, leader, "1-rooms");

  // 3. three deadlines, each with its source
  await commune.goto(`${record}/chuan-bi`);
  const begin = commune.locator("#f-begin");
  for (const [name, value] of [["deadline", day(29)], ["report_by", day(11)], ["complete_by", day(16)], ["deadline_source", LETTER]]) await begin.locator(`[name="${name}"]`).fill(value);
  await begin.locator('input[name="shared_sellers"]').first().check({ force: true });
  await send(commune, begin);
  await leader.goto(`${world.base}/ho-so?state=preparing`);
  await leader.waitForSelector(`tr:has-text("${POINT}"):has-text("${day(11)}")`);
  await leader.waitForSelector(`tr:has-text("${POINT}"):has-text("QLCN")`);

  // the working session of the 18th of June, and the meeting of households with its signed minutes
  await commune.goto(`${record}/hop`);
  await send(commune, await open(commune, "/hop", { kind: "session", held_on: day(-5), place: "UBND thị xã", guests: "Đoàn công tác của Thành phố\nTrần Văn Mẫu – UBND phường Hà Đông", agreed_text: "Chọn khuôn viên bãi để xe cổng làng làm điểm" }));
  await commune.goto(`${record}/hop?muc=open/producers-met`);
  await open(commune, "/hop", { held_on: day(-1), place: "Nhà văn hóa", guests: "Nguyễn Thị Mẫu – Hợp tác xã Dệt lụa (dữ liệu mẫu)\nHộ ông Ba", agreed_text: "Mỗi hộ góp một kệ\nTrực theo tuần" });
  await fits(world, commune, "2-meeting-form");
  await commune.setInputFiles('[name="papers"]', pdf("Biên bản họp các hộ.pdf"));
  await send(commune, commune.locator(`form[action="/ho-so/${id}/hop"]`));
  await commune.waitForSelector("text=Biên bản họp các hộ.pdf");
  await fits(world, commune, "3-meeting");
  const minutes = await commune.request.get(world.base + (await commune.locator('a[href$="/bien-ban.pdf"]').getAttribute("href")));
  must((await minutes.body()).subarray(0, 5).toString() === "%PDF-", `the minutes are printed (${minutes.status()})`);

  // money of the city, the commune and the households: repair, signs, shelves, cooler
  for (const [what, amount, source, note] of [["Cải tạo, nâng cấp điểm", "120.000.000", "city", ""], ["Biển bảng trang trí", "15.000.000", "commune", ""], ["Giá kệ, tủ mát", "30.000.000", "contribution", "Các hộ góp"]]) {
    await commune.goto(`${record}/chuan-bi`);
    const give = commune.locator('form[action$="/ho-tro"]');
    const fold = commune.locator('#f-support > details');
    if (!(await fold.evaluate((node) => node.open))) await fold.locator("summary").click();
    for (const [field, value] of [["what", what], ["amount", amount], ["source_note", note], ["given_on", today], ["support_commitment_to", day(700)]]) await give.locator(`[name="${field}"]`).fill(value);
    await give.locator('[name="source"]').selectOption(source);
    await send(commune, give);
  }
  await commune.waitForSelector("text=165.000.000");

  // the point is connected with who makes the goods: proposed, and agreed by the city
  const product = await found(leader, world, "/san-pham-ocop", PRODUCT);
  await commune.goto(`${world.base}/ket-noi/moi?product=${product}&point=${id}`);
  const propose = commune.locator('main form[method="post"][action="/ket-noi/moi"]');
  await propose.locator('[name="day"]').fill(today);
  await send(commune, propose);
  await commune.goto(commune.url().split("?")[0]);
  await send(commune, await open(commune, "/buoc/agree", { "agree-day": today, price: "45.000", terms: "Ký gửi" }));
  await commune.goto(`${world.base}/hoi-nghi/moi`);
  await commune.fill('[name="title"]', "Hội nghị kết nối điểm Mông Phụ với các chủ thể");
  await commune.fill('[name="held_on"]', today);
  await commune.locator('main form button.btn-main[type="submit"]').click();
  await commune.waitForURL("**xong=*");

  // papers of each product: the certificate is known, stamp and label are sent by who makes it
  await business.goto(`${record}/giay-to`);
  await business.waitForSelector("text=Còn thiếu 2 giấy tờ");
  await fits(world, business, "4-product-papers", [PHONE, DESK]);
  const papers = business.locator(`form[action$="/giay-to/${product}"]`);
  await papers.locator('[name$="-stamp"][name^="file-"]').setInputFiles(pdf("Mẫu tem.pdf"));
  await papers.locator('[name$="-label"][name^="state-"]').selectOption("have");
  await papers.locator('[name$="-label"][name^="note-"]').fill("Nhãn theo 43/2017/NĐ-CP");
  await send(business, papers);
  await business.waitForSelector("text=Các sản phẩm có đủ giấy tờ phải có");
  await fits(world, business, "5-product-papers-whole");

  // the checklist, on a phone, in one save; a wrong day and a document that acts are told at their rows, and nothing is lost
  await commune.setViewportSize(PHONE);
  await commune.goto(`${record}/chuan-bi`);
  const list = commune.locator("#f-checklist");
  await list.locator("#f-item-producers-met input[type='checkbox']:checked").waitFor();
  for (const label of await list.locator('label.choice:has(input:not(:checked))').all().then((all) => all.reverse())) await label.click();
  await list.locator("label.choice[for='f-tick-ceremony']").click();
  const sign = list.locator("#f-item-sign");
  await sign.locator("summary").click();
  await sign.locator('[name="width_mm-sign"]').fill("1610");
  await sign.locator('[name="height_mm-sign"]').fill("1000");
  await sign.locator('input[type="file"]').setInputFiles({ name: "bien.png", mimeType: "image/png", buffer: await commune.screenshot() });
  const rules = list.locator("#f-item-regulation");
  await rules.locator("summary").click();
  await rules.locator('input[type="file"]').setInputFiles(pdf("Quy chế.pdf", "/OpenAction << /S /JavaScript /JS (app.alert(1)) >> "));
  await list.locator('[name="done_on-publicity"]').fill("31/02/2026");
  await Promise.all([commune.waitForNavigation(), list.locator('button.btn-main[type="submit"]').click()]);
  await commune.waitForSelector("text=có nội dung tự chạy");
  await commune.waitForSelector("text=Lịch không có ngày 31/02/2026");
  await world.clean(commune);
  await world.shot(commune, "letter-6-checklist-refused");
  await list.locator('[name="done_on-publicity"]').fill(day(-2));
  await rules.locator('input[type="file"]').setInputFiles(pdf("Quy chế quản lý, điều hành.pdf"));
  await send(commune, list);
  must((await commune.textContent("#f-item-regulation")).includes("Quy chế quản lý, điều hành.pdf"), "the regulation is attached");
  must(!(await commune.locator("#f-open").textContent()).includes("Chưa khai trương được"), "nothing keeps it from opening");
  await fits(world, commune, "7-checklist", [PHONE, DESK]);

  // the report that was ticked is made; all is done before its day; the ceremony is planned, and takes place
  await commune.goto(`${record}/phu-trach`);
  must((await commune.locator("ul.worklist > li", { hasText: "Báo cáo kết quả triển khai" }).first().locator('form[action$="/xong"]').count()) === 0, "the ticked report meets its deadline");
  for (const title of ["Tổ chức thực hiện xong"]) {
    const line = commune.locator("ul.worklist > li", { hasText: title }).first();
    await line.locator("summary").click();
    await send(commune, line.locator('form[action$="/xong"]'));
  }
  await fits(world, commune, "8-deadlines");
  await commune.goto(`${record}/chuan-bi`);
  await send(commune, await open(commune, "/chuan-bi/le", { ceremony_on: today, ceremony_place: "Cổng làng", ceremony_guests: "Lãnh đạo Sở Công Thương" }));
  must((await commune.inputValue('#f-open [name="opened_on"]')) === today, "the day of the ceremony is not asked twice");
  await commune.goto(`${record}/chuan-bi`);
  await sure(commune, commune.locator("#f-open button[type='submit']"));
  must((await commune.textContent("#f-item-ceremony")).includes(today), "the opening ticks the ceremony");

  // all of it stands on the record, with who and when
  await leader.goto(record);
  await fits(world, leader, "9-record", [PHONE, DESK]);
  const text = await leader.textContent("main");
  for (const told of [ROOMS[0], ROOMS[1], "Họp các hộ, cơ sở sản xuất", "Buổi làm việc", LETTER, "có đủ giấy tờ phải có", "28/SCT-QLCN"]) must(text.includes(told), `the record does not tell “${told}”`);
  await leader.goto(`${record}/lich-su`);
  const history = await leader.textContent("main");
  for (const deed of ["Giao đơn vị phụ trách", "Ghi cuộc họp", "Ghi giấy tờ của sản phẩm", "Ghi xong việc có hạn"]) must(history.includes(deed), `the history does not tell “${deed}”`);
});
