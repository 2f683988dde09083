// A producer answers the sheet of a product on a phone and sends it; its commune reports within its days.
import { DESK, PHONE, must, test } from "./harness.mjs";
import { sure, vi } from "./steps.mjs";

const PHOTO = { name: "vung-nguyen-lieu.jpg", mimeType: "image/jpeg", buffer: Buffer.from("/9j/4AAQSkZJRgABAQEASABIAAD/2wBDAAMCAgICAgMCAgIDAwMDBAYEBAQEBAgGBgUGCQgKCgkICQkKDA8MCgsOCwkJDRENDg8QEBEQCgwSExIQEw8QEBD/wAALCAABAAEBAREA/8QAFAABAAAAAAAAAAAAAAAAAAAACf/EABQQAQAAAAAAAAAAAAAAAAAAAAD/2gAIAQEAAD8AKp//2Q==", "base64") };

/** Answers this many criteria from where the page stands; the last answer of each, or the one at a place. */
async function answer(page, many, at) {
  for (let done = 0; done < many; done += 1) {
    const answers = page.locator('input[name="answer"]');
    const place = at ?? (await answers.count()) - 1;
    await answers.nth(Math.min(place, (await answers.count()) - 1)).check({ force: true });
    const here = page.url();
    await page.locator('button[value="next"]').click();
    await page.waitForURL((url) => url.href !== here);
  }
}

test("a producer answers the sheet on a phone, its commune reports", async (world) => {
  const producer = await world.signIn("business", { viewport: PHONE });
  await producer.goto(`${world.base}/ho-so-danh-gia`);
  await world.clean(producer);
  await producer.locator("main a", { hasText: "Lập hồ sơ" }).first().click();
  await producer.selectOption('[name="product"]', { label: "Vỏ gối lụa in tay (dữ liệu mẫu)" });
  await producer.locator("label", { hasText: "Đánh giá lần đầu" }).click();
  await world.clean(producer);
  await Promise.all([producer.waitForURL("**xong=*"), producer.locator('main form button[type="submit"]').click()]);
  const path = new URL(producer.url()).pathname;
  await world.clean(producer);
  await world.shot(producer, "dossier-01-begun");

  await producer.locator("main a.btn-main", { hasText: "Bắt đầu trả lời" }).click();
  await producer.waitForURL("**/muc/1.1");
  await world.clean(producer);
  // a photo taken on the spot goes into the wallet
  await producer.locator('input[name="paper"]').setInputFiles(PHOTO);
  await producer.fill('[name="words"]', "Tơ của làng Vạn Phúc");
  await answer(producer, 1, 1);
  await producer.goto(`${world.base}${path}/muc/1.1`);
  must((await producer.textContent("#proofs + *, .proof")).includes("Minh chứng mục 1.1"), "the photo proves the answer");
  await world.shot(producer, "dossier-02-criterion");
  await producer.goto(`${world.base}${path}/muc/1.2`);
  await answer(producer, 9);

  // interrupted: signed out, in again, it goes on where it was left
  const again = await world.signIn("business", { viewport: PHONE });
  await again.goto(`${world.base}/viec`);
  await again.locator("main a", { hasText: "Vỏ gối lụa" }).first().click();
  await again.locator("main a.btn-main", { hasText: "Trả lời tiếp" }).click();
  must(!(await again.locator('input[name="answer"]:checked').count()), "the first question without an answer");
  await answer(again, 8);
  // and once more: the page is closed in the middle of a line that was not saved
  await again.locator('input[name="answer"]').last().check({ force: true });
  await again.goto("about:blank");
  await again.goto(`${world.base}${path}`);
  must((await again.textContent("main")).includes("18/"), "what was saved is there, what was not is not");
  await again.locator("main a.btn-main", { hasText: "Trả lời tiếp" }).click();
  for (let left = 60; left > 0; left -= 1) {
    await answer(again, 1);
    if (!again.url().includes("/muc/")) break;
  }
  await again.goto(`${world.base}${path}`);
  must((await again.textContent("main")).includes("5★"), "the best answers are five stars");
  await world.clean(again);
  await world.shot(again, "dossier-03-answered");
  await sure(again, again.locator(`form[action="${path}/gui"] button[type="submit"]`));
  must((await again.textContent("main")).includes("Biên nhận"), "a receipt");
  await world.clean(again);
  for (const [form, words] of [["mau-01", "%PDF"], ["mau-02", "%PDF"]]) {
    const paper = await again.request.get(`${world.base}${path}/${form}.pdf`);
    must((await paper.body()).subarray(0, 4).toString() === words, form);
  }

  // the commune: on one page to its report
  const commune = await world.signIn("commune", { viewport: DESK });
  await commune.locator("main a", { hasText: "Vỏ gối lụa" }).first().click();
  await commune.waitForURL(`**${path}`);
  await world.clean(commune);
  await world.shot(commune, "dossier-04-commune");
  for (const content of ["material", "labour", "idea", "identity"]) await commune.fill(`[name="check-${content}"]`, "Đã xem, đúng như hồ sơ.");
  await commune.fill('[name="proposal"]', "Đề nghị Thành phố đánh giá, phân hạng.");
  await commune.fill('[name="report_no"]', "45/BC-UBND");
  await commune.fill('[name="reported_on"]', vi(new Date()));
  await Promise.all([commune.waitForURL("**xong=*"), commune.locator(`form[action="${path}/bao-cao"] button.btn-main`).click()]);
  await world.clean(commune);
  await world.shot(commune, "dossier-05-reported");
  must((await (await commune.request.get(`${world.base}${path}/mau-03.pdf`)).body()).subarray(0, 4).toString() === "%PDF", "Mẫu 03");
  await world.mail("coso@ocop.example", "45/BC-UBND");

  // a sister product of the same set begins with the same answers
  await producer.goto(`${world.base}/ho-so-danh-gia/moi`);
  await producer.selectOption('[name="product"]', { label: "Áo dài lụa vân (dữ liệu mẫu)" });
  await producer.locator("label", { hasText: "Nâng hạng sao" }).click();
  await Promise.all([producer.waitForURL("**xong=*"), producer.locator('main form button[type="submit"]').click()]);
  await Promise.all([producer.waitForURL("**xong=copy*"), producer.locator("form[action$='/chep'] button").click()]);
  must((await producer.textContent("main")).includes("nêu điều đã thay đổi"), "an upgrade says what changed");
  await world.clean(producer);
});
