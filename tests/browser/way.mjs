// The way of a point: business → commune → department → surveyor → leader → opening → public page.
import { DESK, PHONE, must, test } from "./harness.mjs";
import { POTTERY, fillRegistration } from "./accounts.mjs";

/** Takes a step on a record's page by the button of its form. */
async function step(page, id, word, fields = {}) {
  const form = page.locator(`form[action="/ho-so/${id}/buoc/${word}"]`);
  for (const [name, value] of Object.entries(fields)) await form.locator(`[name="${name}"]`).fill(value);
  const details = page.locator(`details:has(form[action="/ho-so/${id}/buoc/${word}"])`);
  if ((await details.count()) && !(await details.evaluate((node) => node.open))) await details.locator("summary").click();
  await Promise.all([page.waitForURL("**xong=*"), form.locator('button[type="submit"]').click()]);
}

test("a point goes from registration to its department", async (world) => {
  const owner = await world.visitor({ viewport: PHONE });
  await owner.goto(`${world.base}/dang-ky`);
  await fillRegistration(owner, { ...POTTERY, name: "Quầy lụa Bà Chín", address: "Số 9 phố Lê Hồng Phong", lon: "105.7651", lat: "20.9711", operator: "Hộ bà Chín", contact: "Phạm Thị Chín" });
  await owner.click('main form button[type="submit"]:not([value="draft"])');
  await owner.waitForSelector("text=Đã nhận đăng ký");

  const commune = await world.signIn("commune", { viewport: DESK });
  await commune.click("text=Quầy lụa Bà Chín");
  await commune.waitForSelector("h1:has-text('Quầy lụa Bà Chín')");
  const id = commune.url().match(/ho-so\/([0-9a-f]+)/)[1];
  await world.shot(commune, "ho-so-nhap");
  await step(commune, id, "nominate");
  await commune.waitForSelector("text=Đã đề nghị lên Sở Công Thương");

  const surveyor = await world.signIn("surveyor", { viewport: PHONE });
  await surveyor.click("text=Quầy lụa Bà Chín");
  await step(surveyor, id, "accept");
  await surveyor.waitForSelector("text=Đã tiếp nhận");
  await world.clean(surveyor);
  const history = await surveyor.textContent("main");
  must(history.includes("Đề nghị lên Sở") && history.includes("Tiếp nhận"), "the history tells both steps");
  await world.mail("khaosat@ocop.example", "Quầy lụa Bà Chín");
});
